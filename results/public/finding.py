"""Finding places, contests and people by what readers type: an index of the registry, searched in memory.

Letters that keyboards lack are found by those they have: "Кызылорда" finds "Қызылорда", "Ә" is found by "а".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

LONGEST_WORDS = 100
MOST_WORDS = 8
# So many of each kind are shown.
A_KIND = 20

_BETWEEN_WORDS = re.compile(r"[^\w]+|_")
_ACCENTS = re.compile("[\u0300-\u036f]")
# Kazakh letters as people type them who have a Russian keyboard.
_PLAIN_LETTERS = str.maketrans("әғқңөұүһі", "агкноуухи")


class Kind(StrEnum):
    """What can be found, in the order in which it is shown."""

    STATION = "station"
    AREA = "area"
    CONTEST = "contest"
    CANDIDATE = "candidate"


@dataclass(frozen=True)
class Entry:
    """Something that can be found: its words, folded, with a space before each; and what `row` says of it."""

    kind: Kind
    code: str
    words: str
    row: int


@dataclass(frozen=True)
class Found:
    """The best of a kind, and how many there are of it in all."""

    kind: Kind
    entries: list[Entry]
    count: int


def folded(text: str) -> str:
    """Return the text in small plain letters: without accents, Kazakh letters as their Russian neighbours."""
    plain = text.lower().translate(_PLAIN_LETTERS)
    return plain if plain.isascii() else _ACCENTS.sub("", unicodedata.normalize("NFKD", plain))


def words_of(*texts: str) -> str:
    """Return the words of these texts as an entry keeps them."""
    return "".join(f" {word}" for word in dict.fromkeys(_split(" ".join(texts))))


def find(entries: Iterable[Entry], asked: str) -> list[Found]:
    """Return what has all the words asked for, as words or beginnings of words, or else anywhere within.

    An equal code comes first, then whole words, then the order of the entries.
    """
    code = asked.strip().lower()
    words = _split(asked[:LONGEST_WORDS])[:MOST_WORDS]
    if not words:
        return []
    known = list(entries)
    hits = _with(known, [f" {word}" for word in words]) or _with(known, words)
    wholes = [f" {word} " for word in words]
    hits.sort(key=lambda entry: (entry.code.lower() != code, -sum(whole in f"{entry.words} " for whole in wholes)))
    return _by_kind(hits)


def _with(entries: list[Entry], parts: Sequence[str]) -> list[Entry]:
    for part in parts:
        entries = [entry for entry in entries if part in entry.words]
    return entries


def _by_kind(hits: Sequence[Entry]) -> list[Found]:
    of_kind = [(kind, [entry for entry in hits if entry.kind is kind]) for kind in Kind]
    return [Found(kind, entries[:A_KIND], len(entries)) for kind, entries in of_kind if entries]


def _split(text: str) -> list[str]:
    return [word for word in _BETWEEN_WORDS.split(folded(text)) if word]
