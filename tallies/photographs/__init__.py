"""Photographs of signed protocols as files: examined, copied without metadata, stored by hash, shown beside figures."""
