"""Reads a file of `choice,votes[,registration_order]` for `allocate_seats`."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from aggregation.domain.seats import ChoiceVotes

AGAINST_ALL = "against_all"
MAXIMUM_BYTES = 1_000_000
_REQUIRED = ("choice", "votes")
_OPTIONAL = "registration_order"
_WHOLE_NUMBER = re.compile(r"[0-9]{1,100}", re.ASCII)
_LONGEST_CHOICE = 200
_LONGEST_SHOWN = 40
_MOST_SHOWN = 20


@dataclass(frozen=True)
class Problem:
    """Something wrong in the file; line 0 and column "" where it concerns all of it."""

    file: str
    line: int
    column: str
    sentence: str

    def __str__(self) -> str:
        place = self.file
        if self.line:
            place += ", " + _("line %(line)d") % {"line": self.line}
        if self.column:
            place += ", " + _("column “%(column)s”") % {"column": self.column}
        return f"{place}: {self.sentence}"


class VotesFileRefused(Exception):
    """The file cannot be used; `problems` names everything that is wrong with it, the message the first of it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        lines = [str(problem) for problem in problems[:_MOST_SHOWN]]
        if len(problems) > _MOST_SHOWN:
            lines.append(_("and %(count)d more problems") % {"count": len(problems) - _MOST_SHOWN})
        super().__init__("\n".join(lines))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class VotesFile:
    """The choices of the file in its order, and the columns that were not read."""

    choices: tuple[ChoiceVotes, ...]
    unread_columns: tuple[str, ...]


def read_votes(path: Path) -> VotesFile:
    """Read the file or raise VotesFileRefused with all its problems."""
    return _Reader(path.name).read(_text(path))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        raise _refusal(path.name, _("the file cannot be read: %(reason)s") % {"reason": error.strerror}) from None
    if len(content) > MAXIMUM_BYTES:
        raise _refusal(path.name, _("the file is larger than %(bytes)d bytes") % {"bytes": MAXIMUM_BYTES})
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _refusal(path.name, _("the text is not UTF-8; save the file as UTF-8"), line) from None


def _refusal(file: str, sentence: str, line: int = 0) -> VotesFileRefused:
    return VotesFileRefused([Problem(file, line, "", sentence)])


class _Reader:
    """Collects the problems of one file while reading it."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def read(self, text: str) -> VotesFile:
        rows = self._rows(text)
        _line, header = next(rows, (1, []))
        header = [name.strip() for name in header]
        self._check_header(header)
        self._refuse_if_any()
        lines: dict[str, int] = {}
        choices = [choice for line, row in rows if (choice := self._choice(line, header, row, lines))]
        if not choices and not self.problems:
            self._note(0, "", _("the file has no choices"))
        self._refuse_if_any()
        unread = tuple(name for name in header if name not in (*_REQUIRED, _OPTIONAL))
        return VotesFile(tuple(choices), unread)

    def _rows(self, text: str) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(text.splitlines(keepends=True), strict=True)
        try:
            for row in reader:
                if any(cell.strip() for cell in row):
                    yield reader.line_num, row
        except csv.Error as error:
            self._note(reader.line_num, "", _("this is not CSV: %(reason)s") % {"reason": str(error)})

    def _check_header(self, header: list[str]) -> None:
        for name in _REQUIRED:
            if name not in header:
                self._note(1, name, _("the column is missing"))
        for name in sorted({name for name in header if header.count(name) > 1}):
            self._note(1, name, _("the column is there twice"))
        if _OPTIONAL not in header:
            for name in difflib.get_close_matches(_OPTIONAL, header, cutoff=0.8):
                self._note(1, name, _("unknown column; did you mean “%(known)s”?") % {"known": _OPTIONAL})

    def _choice(self, line: int, header: list[str], row: list[str], lines: dict[str, int]) -> ChoiceVotes | None:
        if len(row) != len(header):
            sentence = _("the line has %(cells)d cells where the header has %(columns)d")
            self._note(line, "", sentence % {"cells": len(row), "columns": len(header)})
            return None
        cells = {name: cell.strip() for name, cell in zip(header, row, strict=True)}
        code = self._code(line, cells["choice"], lines)
        votes = self._whole_number(line, "votes", cells["votes"])
        order = self._whole_number(line, _OPTIONAL, cells[_OPTIONAL]) if cells.get(_OPTIONAL) else None
        if code is None or votes is None:
            return None
        return ChoiceVotes(code, votes, order, against_all=code == AGAINST_ALL)

    def _code(self, line: int, code: str, lines: dict[str, int]) -> str | None:
        if not code:
            self._note(line, "choice", _("the choice has no code"))
        elif not code.isprintable() or len(code) > _LONGEST_CHOICE:
            self._note(line, "choice", _("the code is too long or holds characters that cannot be printed"))
        elif code in lines:
            sentence = _("“%(choice)s” is already on line %(line)d")
            self._note(line, "choice", sentence % {"choice": code, "line": lines[code]})
        else:
            lines[code] = line
            return code
        return None

    def _whole_number(self, line: int, column: str, text: str) -> int | None:
        if _WHOLE_NUMBER.fullmatch(text):
            return int(text)
        shown = text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
        self._note(line, column, _("a whole number, 0 or more, is needed, not %(text)s") % {"text": repr(shown)})
        return None

    def _note(self, line: int, column: str, sentence: str) -> None:
        self.problems.append(Problem(self.file, line, column, sentence))

    def _refuse_if_any(self) -> None:
        if self.problems:
            raise VotesFileRefused(self.problems)
