"""Figures in words: what a second reader compares, as on a bank transfer."""

from __future__ import annotations

from functools import lru_cache

from num2words import num2words

# What the library calls the languages of the pages.
_LIBRARY = {"kk": "kz", "ru": "ru", "en": "en"}


@lru_cache(maxsize=20_000)
def in_words(number: int, language: str) -> str:
    """Return a whole number from zero in words of `kk`, `ru` or `en`; in English for any other language."""
    return str(num2words(number, lang=_LIBRARY.get(language, "en")))
