"""The order of names: Kazakh and Russian have alphabets of their own, and ten comes after nine."""

from __future__ import annotations

import re

KAZAKH = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
RUSSIAN = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"

_ORDER = {
    "kk": {letter: chr(0xE000 + place) for place, letter in enumerate(KAZAKH)},
    # Russian dictionaries take ё for е.
    "ru": {letter: chr(0xE000 + place) for place, letter in enumerate(RUSSIAN)}
    | {"ё": chr(0xE000 + RUSSIAN.index("е"))},
}
_NUMBERS = re.compile(r"(\d+)")


def order(name: str, language: str) -> list[tuple[int, int, str]]:
    """Return the key that sorts names as a reader of this language looks them up.

    Letters of other alphabets stand before those of the language; digits count as numbers and stand first of all.
    """
    letters = str.maketrans(_ORDER.get(language, {}))
    parts = _NUMBERS.split(name.casefold())
    return [
        (0, int(part), "") if place % 2 else (1, 0, part.translate(letters)) for place, part in enumerate(parts) if part
    ]
