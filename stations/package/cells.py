"""The tables of a package: from bytes to rows, from cells to values.

A cell that is wrong is reported and read as something harmless, so that reading goes on and finds the next problem.
A column that is missing altogether is reported once and its cells are silent.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from django.utils.translation import gettext as _

from stations.package.content import Names
from stations.package.problems import Problems, with_suggestion
from stations.package.time_zones import is_time_zone

LARGEST_NUMBER: Final = 2**31 - 1
LONGEST_CODE: Final = 64
LONGEST_TEXT: Final = 300
LONGEST_WORDS: Final = 200
NAMES: Final = ("name_en", "name_kk", "name_ru")

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
_WHOLE = re.compile(r"[0-9]+", re.ASCII)
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}", re.ASCII)
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "": False}
_LARGEST_TILE = 1000


@dataclass(frozen=True)
class Columns:
    """The columns of a table: those it must have and those it may have."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return self.required + self.optional


def decode(file: str, content: bytes, problems: Problems) -> str | None:
    """The text of a file, without a byte order mark; None if it is not UTF-8 or holds NUL bytes, which is reported."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.add(file, line, "", _("This is not UTF-8. Save the file as “CSV UTF-8” or as text in UTF-8."))
        return None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        problems.add(file, line, "", _("There is a NUL byte here. Save the file again as text in UTF-8."))
        return None
    return text


def complaint_about_code(code: str) -> str | None:
    """Why this cannot be a code, or None."""
    if not code:
        return _("The code is missing.")
    if len(code) > LONGEST_CODE:
        return _("The code is longer than %(limit)s characters.") % {"limit": LONGEST_CODE}
    if not _CODE.fullmatch(code):
        return _(
            "%(code)s cannot be a code: use Latin letters, digits, dots, hyphens and underscores, "
            "beginning with a letter or digit."
        ) % {"code": code}
    return None


def complaint_about_text(text: str, limit: int) -> str | None:
    """Why this text cannot be taken, or None."""
    if len(text) > limit:
        return _("This is longer than %(limit)s characters.") % {"limit": limit}
    if any(unicodedata.category(character) == "Cc" for character in text):
        return _("This holds a line break or another character that cannot be printed.")
    return None


class Row:
    """One row of a table. Every method reads one cell and reports what is wrong with it."""

    def __init__(self, file: str, line: int, cells: Mapping[str, str], problems: Problems) -> None:
        self.file = file
        self.line = line
        self._cells = cells
        self._problems = problems

    def report(self, column: str, sentence: str) -> None:
        self._problems.add(self.file, self.line, column, sentence)

    def raw(self, column: str) -> str:
        """The cell as it stands, empty if there is none."""
        return self._cells.get(column, "")

    def code(self, column: str) -> str:
        """A code. A wrong one is returned as it stands, so that whatever refers to it is not reported as well."""
        cell = self.raw(column)
        complaint = complaint_about_code(cell) if column in self._cells else None
        if complaint:
            self.report(column, complaint)
        return cell

    def reference(self, column: str) -> str:
        """A code of something else; whether it exists is checked later."""
        cell = self.raw(column)
        if not cell and column in self._cells:
            self.report(column, _("This must not be empty."))
        return cell

    def text(self, column: str, *, limit: int = LONGEST_TEXT) -> str:
        """A text that may be empty."""
        cell = self.raw(column)
        complaint = complaint_about_text(cell, limit)
        if complaint:
            self.report(column, complaint)
        return cell

    def names(self) -> Names:
        """The three names, none of them empty."""
        for column in NAMES:
            if column in self._cells and not self.raw(column):
                self.report(column, _("The name is missing."))
        return Names(*(self.text(column) for column in NAMES))

    def whole(self, column: str, *, least: int = 0, most: int = LARGEST_NUMBER) -> int:
        """A whole number that must be there; `least` if it is not."""
        value = self.optional_whole(column, least=least, most=most)
        if value is None and column in self._cells and not self.raw(column):
            self.report(column, _("A number is missing."))
        return least if value is None else value

    def optional_whole(self, column: str, *, least: int = 0, most: int = LARGEST_NUMBER) -> int | None:
        """A whole number, or None for an empty or wrong cell."""
        cell = self.raw(column)
        if not cell:
            return None
        if cell.startswith("-") and _WHOLE.fullmatch(cell[1:]):
            self.report(column, _("%(cell)s is negative.") % {"cell": cell})
        elif not _WHOLE.fullmatch(cell):
            self.report(column, _("%(cell)s is not a whole number; write digits only.") % {"cell": cell})
        elif len(cell) > len(str(LARGEST_NUMBER)) + 10 or int(cell) > most:
            self.report(
                column, _("%(cell)s is too large; at most %(most)s is possible.") % {"cell": cell, "most": most}
            )
        elif int(cell) < least:
            self.report(
                column, _("%(cell)s is too small; at least %(least)s is needed.") % {"cell": cell, "least": least}
            )
        else:
            return int(cell)
        return None

    def tile(self, column: str) -> int | None:
        return self.optional_whole(column, most=_LARGEST_TILE)

    def percent(self, column: str) -> Decimal:
        """A percentage from 0 to 100 with at most three decimals; an empty cell is 0."""
        cell = self.raw(column) or "0"
        try:
            value = Decimal(cell)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", cell, re.ASCII):
            self.report(column, _("%(cell)s is not a number; write it with a decimal point.") % {"cell": cell})
        elif not 0 <= value <= 100:  # noqa: PLR2004
            self.report(column, _("%(cell)s is not a percentage from 0 to 100.") % {"cell": cell})
        elif value != round(value, 3):
            self.report(column, _("%(cell)s has more than three decimals.") % {"cell": cell})
        else:
            return value
        return Decimal(0)

    def one_of(self, column: str, known: Collection[str], *, default: str = "") -> str:
        """One of the known words; the default for an empty cell, if there is one."""
        cell = self.raw(column)
        if cell in known or column not in self._cells:
            return cell or default
        if not cell and default:
            return default
        words = ", ".join(known)
        sentence = (
            _("%(cell)s is not known here; use one of %(words)s.") % {"cell": cell, "words": words}
            if cell
            else _("This must not be empty; use one of %(words)s.") % {"words": words}
        )
        self.report(column, with_suggestion(sentence, cell, known))
        return default

    def words(self, column: str) -> tuple[str, ...]:
        """Codes with spaces between them, or none."""
        found = tuple(self.text(column, limit=LONGEST_WORDS).split())
        for word in found:
            complaint = complaint_about_code(word)
            if complaint:
                self.report(column, complaint)
        return found

    def truth(self, column: str) -> bool:
        """True or false; an empty cell is false."""
        cell = self.raw(column).lower()
        if cell not in _TRUTH:
            self.report(column, _("%(cell)s is neither true nor false.") % {"cell": cell})
        return _TRUTH.get(cell, False)

    def clock(self, column: str) -> dt.time | None:
        """A time of day such as 07:00, or None for an empty cell."""
        cell = self.raw(column)
        if not cell:
            return None
        if re.fullmatch(r"([01]?[0-9]|2[0-3]):[0-5][0-9]", cell, re.ASCII):
            hour, minute = cell.split(":")
            return dt.time(int(hour), int(minute))
        self.report(column, _("%(cell)s is not a time of day such as 07:00.") % {"cell": cell})
        return None

    def colour(self, column: str) -> str:
        cell = self.raw(column)
        if cell and not _COLOUR.fullmatch(cell):
            self.report(column, _("%(cell)s is not a colour such as #1b6ca8.") % {"cell": cell})
            return ""
        return cell

    def time_zone(self, column: str, *, default: str) -> str:
        cell = self.raw(column)
        if cell and not is_time_zone(cell):
            self.report(column, _("%(cell)s is not a time zone such as Asia/Almaty.") % {"cell": cell})
        return cell or default


@dataclass(frozen=True)
class Table:
    """The rows of a file. `usable` says whether all its required columns are there."""

    rows: tuple[Row, ...]
    usable: bool


def read_table(file: str, content: bytes, columns: Columns, problems: Problems) -> Table:
    """Rows of a CSV file with the header it needs; whatever is wrong is reported."""
    text = decode(file, content, problems)
    if text is None:
        return Table((), usable=False)
    records = _records(file, text, problems)
    _line, header = next(records, (1, []))
    header = [name.strip().lower() for name in header]
    if not _check_header(file, header, columns, problems):
        return Table(tuple(_rows(file, header, records, problems)), usable=False)
    return Table(tuple(_rows(file, header, records, problems)), usable=True)


def _records(file: str, text: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Records with the line each begins on; empty lines are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problems.add(
                file, line, "", _("This line cannot be read as comma-separated: %(error)s.") % {"error": error}
            )
            return
        if record and any(cell.strip() for cell in record):
            yield line, record
        line = reader.line_num + 1


def _check_header(file: str, header: list[str], columns: Columns, problems: Problems) -> bool:
    """Report unknown, doubled and missing columns; say whether the required ones are there."""
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        problems.add(file, 1, "", _("Separate the columns by commas."))
        return False
    missing = [name for name in columns.required if name not in header]
    open_places = [name for name in columns.all if name not in header]
    for index, name in enumerate(header):
        if name in header[:index]:
            problems.add(file, 1, name, _("This column stands here twice."))
        elif name not in columns.all:
            sentence = _("The column %(name)s is not known.") % {"name": name or index + 1}
            problems.add(file, 1, name, with_suggestion(sentence, name, open_places))
    for name in missing:
        problems.add(file, 1, name, _("The column %(name)s is missing.") % {"name": name})
    return not missing


def _rows(file: str, header: list[str], records: Iterator[tuple[int, list[str]]], problems: Problems) -> Iterator[Row]:
    for line, record in records:
        if len(record) != len(header):
            sentence = _("This line has %(found)s cells, but the table has %(expected)s columns.")
            problems.add(file, line, "", sentence % {"found": len(record), "expected": len(header)})
        cells = dict(zip(header, (cell.strip() for cell in record), strict=False))
        yield Row(file, line, cells, problems)
