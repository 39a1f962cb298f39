"""On which line of a TOML text a key stands; the parser of the standard library does not tell."""

from __future__ import annotations

import re
from collections.abc import Iterable

Path = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\s-]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*[.=]")


class TomlPlaces:
    """Lines of keys by path, such as `("form", 0, "check", 2, "rule")`."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._places: dict[Path, int] = {}
        self._sizes: dict[Path, int] = {}
        table: Path = ()
        for number, line in enumerate(self._lines, start=1):
            header = _HEADER.match(line)
            if header:
                table = self._enter([part.strip() for part in header[2].split(".")], array=header[1] == "[[")
                self._places.setdefault(table, number)
            elif key := _KEY.match(line):
                self._places.setdefault((*table, key[1]), number)

    def _enter(self, parts: Iterable[str], *, array: bool) -> Path:
        path: Path = ()
        *parents, last = parts
        for part in parents:
            path = (*path, part)
            if path in self._sizes:
                path = (*path, self._sizes[path] - 1)
        path = (*path, last)
        if not array:
            return path
        self._sizes[path] = self._sizes.get(path, 0) + 1
        return (*path, self._sizes[path] - 1)

    def line(self, path: Path, *, word: str = "") -> int:
        """The line of the key or of the closest thing around it that has one.

        Tables written inside a line have no place of their own: there `word`, a code in quotes, shows the way.
        """
        known = path
        while known and known not in self._places:
            known = known[:-1]
        line = self._places.get(known, 1)
        if word and any(isinstance(part, int) for part in path[len(known) :]):
            for number, text in enumerate(self._lines[line - 1 :], start=line):
                if f'"{word}"' in text or f"'{word}'" in text:
                    return number
        return line
