"""The search of the static site: an index in small files, read by the page's own script as far as a question needs.

Words are found by their first two letters: a file for each such pair says which rows have which word, as steps from
row to row. Rows lie a hundred in a file, in each language. A question costs a few kilobytes, not the whole index.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Set
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import orjson

from results.exports.model import LANGUAGES
from results.exports.site.paths import contest_path, place_path
from results.public.finding import Kind
from results.public.search import Index, Row

ROWS_A_FILE = 100
LETTERS = 2
_IN_INDEX = ("en", "kk", "ru")


@dataclass(frozen=True)
class SearchFiles:
    """The files of an index beneath a folder named by their hash, and how many rows of each kind there are."""

    folder: str
    counts: tuple[int, ...]
    files: dict[str, bytes]


def search_files(index: Index, known: Set[str]) -> SearchFiles:
    """Return the files in which all of an index is found that leads to one of the known pages.

    Rows are numbered through, kind by kind, in the order in which kinds are shown.
    """
    told = [(entry, index.rows[entry.row]) for entry in index.entries]
    told = [(entry, row) for entry, row in told if _path(row) in known]
    told.sort(key=lambda each: list(Kind).index(each[0].kind))
    postings: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, (entry, _row) in enumerate(told):
        for word in entry.words.split():
            postings[word[:LETTERS]][word].append(number)
    files = {
        f"words/{letters.encode().hex()}.json": _json(
            {word: _steps(numbers) for word, numbers in sorted(words.items())}
        )
        for letters, words in sorted(postings.items())
    }
    for language in LANGUAGES:
        rows = [[_name(row, language), _detail(row, language), entry.code, _path(row)] for entry, row in told]
        for first in range(0, len(rows), ROWS_A_FILE):
            files[f"rows/{language}/{first // ROWS_A_FILE}.json"] = _json(rows[first : first + ROWS_A_FILE])
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name} {len(content)}\n".encode() + content)
    counted = Counter(entry.kind for entry, _row in told)
    return SearchFiles(digest.hexdigest()[:16], tuple(counted[kind] for kind in Kind), files)


def _steps(numbers: list[int]) -> list[int]:
    return [numbers[0], *(after - before for before, after in pairwise(numbers))]


def _path(row: Row) -> str:
    return place_path(row.place) if row.place else contest_path(row.contest)


def _name(row: Row, language: str) -> str:
    return row.names[_IN_INDEX.index(language)]


def _detail(row: Row, language: str) -> str:
    return row.details[_IN_INDEX.index(language)]


def _json(value: Any) -> bytes:
    return orjson.dumps(value)


def numbered(files: SearchFiles) -> Iterator[tuple[str, bytes]]:
    """Yield the path beneath the election's folder and the content of each file."""
    for name, content in files.files.items():
        yield f"search/{files.folder}/{name}", content
