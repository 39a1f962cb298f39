"""A figure in words is what a second reader compares."""

from __future__ import annotations

import pytest

from tallies.number_words import in_words


@pytest.mark.parametrize(
    ("number", "kk", "ru", "en"),
    [
        (0, "нөл", "ноль", "zero"),
        (1, "бір", "один", "one"),
        (21, "жиырма бір", "двадцать один", "twenty-one"),
        (1212, "бір мың екі жүз он екі", "одна тысяча двести двенадцать", "one thousand, two hundred and twelve"),
        (10_000, "он мың", "десять тысяч", "ten thousand"),
    ],
)
def test_numbers_are_said_in_each_language_of_the_pages(number: int, kk: str, ru: str, en: str) -> None:
    assert (in_words(number, "kk"), in_words(number, "ru"), in_words(number, "en")) == (kk, ru, en)


def test_any_other_language_hears_english() -> None:
    assert in_words(7, "de") == "seven"
