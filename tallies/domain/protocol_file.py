"""Reading a file of protocols: `station`, one column a line code, one column `votes:CHOICE` a choice."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from stations.domain.layout import Layout

STATION = "station"
LARGEST_FILE = 200 * 1024 * 1024
MOST_DIGITS = 12


@dataclass(frozen=True)
class FileProblem(Exception):
    """Why a file, or one place in it, cannot be read. Lines count from 1, the header's line."""

    line: int
    column: str
    sentence: str

    def __str__(self) -> str:
        place = f"line {self.line}" + (f", column {self.column}" if self.column else "")
        return f"{place}: {self.sentence}"


@dataclass(frozen=True)
class FileRow:
    """One protocol of the file. `figures` leaves absent lines out; a cell that is no number stays as it was written."""

    line: int
    station: str
    figures: dict[str, object]
    cells: tuple[str, ...]


def read_header(path: Path, layout: Layout) -> list[str]:
    """Return the file's columns. Raises FileProblem when one is missing, unknown or there twice."""
    header = next(_records(path), (1, []))[1]
    if not header:
        raise FileProblem(1, "", "the file is empty")
    for column in header:
        if header.count(column) > 1:
            raise FileProblem(1, column, "this column is there twice")
        if column != STATION and column not in layout.codes:
            close = get_close_matches(column, [STATION, *layout.codes], n=1)
            raise FileProblem(1, column, "unknown column" + (f"; did you mean {close[0]}?" if close else ""))
    needed = [STATION, *(code for code in layout.codes if code not in layout.may_be_absent)]
    for column in needed:
        if column not in header:
            raise FileProblem(1, column, "this column is missing")
    return header


def read_rows(path: Path, header: list[str]) -> Iterator[FileRow | FileProblem]:
    """Yield each protocol of the file, or what is wrong with its line."""
    records = _records(path)
    next(records, None)
    for line, cells in records:
        if not cells:
            continue
        if len(cells) != len(header):
            yield FileProblem(line, "", f"{len(cells)} cells where the header has {len(header)}")
            continue
        named = dict(zip(header, cells, strict=True))
        station = named.pop(STATION)
        figures = {code: _figure(cell) for code, cell in named.items() if cell.strip()}
        yield FileRow(line, station.strip(), figures, tuple(cells))


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    if path.stat().st_size > LARGEST_FILE:
        raise FileProblem(1, "", f"the file is larger than {LARGEST_FILE // 1024 // 1024} MB")
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            for cells in reader:
                yield reader.line_num, cells
        except UnicodeDecodeError:
            raise FileProblem(reader.line_num + 1, "", "not UTF-8 text") from None
        except csv.Error as problem:
            raise FileProblem(reader.line_num, "", f"not a table of comma-separated values: {problem}") from None


def _figure(cell: str) -> object:
    digits = cell.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS else digits
