"""Observers' own copies of protocols, held against what the protocols say."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MOST_COPIES: Final = 2_000
LARGEST_FIGURE: Final = 2**31 - 1


class Agreement(StrEnum):
    AGREES = "agrees"
    DIFFERS = "differs"
    ABSENT = "absent"
    """The protocol is not in force: there is nothing to hold a copy against yet."""


class Fault(StrEnum):
    """Why a line of a file cannot be read."""

    NO_STATION_COLUMN = "no_station_column"
    UNKNOWN_COLUMN = "unknown_column"
    NOT_A_NUMBER = "not_a_number"
    NO_STATION = "no_station"
    TWICE = "twice"
    TOO_MANY = "too_many"


@dataclass(frozen=True)
class CopyProblem:
    """A fault at a line of the file (the heading is line 1), in a column."""

    line: int
    column: str
    fault: Fault


@dataclass(frozen=True)
class OwnCopy:
    """Figures that somebody copied at a station, by code."""

    line: int
    station: str
    figures: Mapping[str, int]


@dataclass(frozen=True)
class Difference:
    code: str
    own: int
    protocol: int | None


def read_copies(text: str, names: Mapping[str, str]) -> tuple[list[OwnCopy], list[CopyProblem]]:
    """Read pasted cells or a CSV file: a column `station`, and one for each figure by its code or its name.

    `names` maps each heading that is known, in small letters, to the code of a figure. Cells may be set apart by
    commas, semicolons or tabs. Everything that is wrong is told; what can be read is returned.
    """
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=_delimiter(text))
    heading = [cell.strip().lower() for cell in next(reader, [])]
    if "station" not in heading:
        return [], [CopyProblem(1, "station", Fault.NO_STATION_COLUMN)]
    problems = [
        CopyProblem(1, column, Fault.UNKNOWN_COLUMN)
        for column in heading
        if column and column not in names and column not in ("station", "contest")
    ]
    copies: list[OwnCopy] = []
    seen: set[str] = set()
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(copies) >= MOST_COPIES:
            problems.append(CopyProblem(reader.line_num, "", Fault.TOO_MANY))
            break
        row = {column: cell.strip() for column, cell in zip(heading, cells, strict=False)}
        station = row["station"]
        if not station or station in seen:
            problems.append(CopyProblem(reader.line_num, "station", Fault.TWICE if station else Fault.NO_STATION))
            continue
        seen.add(station)
        figures = _figures(row, names, reader.line_num, problems)
        copies.append(OwnCopy(reader.line_num, station, figures))
    return copies, problems


def _figures(
    row: Mapping[str, str], names: Mapping[str, str], line: int, problems: list[CopyProblem]
) -> dict[str, int]:
    figures = {}
    for column, cell in row.items():
        if column not in names or not cell:
            continue
        # Spreadsheets set thousands apart.
        digits = cell.replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
        if not digits.isascii() or not digits.isdigit() or int(digits[:20]) > LARGEST_FIGURE:
            problems.append(CopyProblem(line, column, Fault.NOT_A_NUMBER))
            continue
        figures[names[column]] = int(digits)
    return figures


def _delimiter(text: str) -> str:
    heading = text.split("\n", 1)[0]
    return max("\t;,", key=heading.count)


def differences(own: Mapping[str, int], protocol: Mapping[str, int], order: Sequence[str]) -> tuple[Difference, ...]:
    """Return each figure of the copy that is not the protocol's, in the order of the form."""
    return tuple(
        Difference(code, own[code], protocol.get(code))
        for code in order
        if code in own and own[code] != protocol.get(code)
    )
