"""Printed results: data in, PDF out, the same bytes for the same data."""
