"""Fixtures of the exports."""

from tests.results.exports.published import night

__all__ = ["night"]
