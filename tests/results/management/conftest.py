"""Fixtures of the commands."""

from tests.results.exports.published import night

__all__ = ["night"]
