"""One value a row: for spreadsheets, statistics and anyone who sums for themselves."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import UTC
from itertools import chain

from results.exports.model import ExportedContest, ExportedResult, Snapshot, StationCounts

HEADER = (
    "contest",
    "area",
    "level",
    "stations_expected",
    "stations_reported",
    "stations_held",
    "stations_annulled",
    "code",
    "value",
    "snapshot",
    "as_of_size",
    "as_of_time",
    "synthetic",
)

Row = tuple[str | int, ...]

STATION = "station"
CONSTITUENCY = "constituency"

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def rows(result: ExportedResult) -> Iterator[Row]:
    """The rows below `HEADER`: contest by contest, areas before stations, every figure, then `seats:<choice>`.

    The level is the area's, `station`, or `constituency` for a contest whose voters live in no single area; there
    the contest's code stands for the area.

    A station without a protocol in force has one row with an empty code and value, so that its counts still say
    what became of it. Text is neutralised; numbers are numbers.
    """
    levels = {area.code: area.level for area in result.areas}
    label = _label(result.snapshot)
    for contest in result.contests:
        for row in _contest_rows(contest, levels):
            yield (*row, *label)


def lines(result: ExportedResult) -> Iterator[str]:
    """The whole file as text, a line at a time, header first (RFC 4180)."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in chain([HEADER], rows(result)):
        writer.writerow(row)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def neutralise(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula: an apostrophe before = + - @, tab and return."""
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def _contest_rows(contest: ExportedContest, levels: Mapping[str, str]) -> Iterator[Row]:
    code = neutralise(contest.code)
    for tally in contest.tallies:
        place = (code, neutralise(tally.area), levels[tally.area], *_counts(tally.stations))
        yield from _figure_rows(place, tally.figures)
    electorate = contest.electorate or contest.code
    level = levels[contest.electorate] if contest.electorate else CONSTITUENCY
    whole = (code, neutralise(electorate), level, *_counts(contest.total.stations))
    if contest.electorate not in {tally.area for tally in contest.tallies}:
        yield from _figure_rows(whole, contest.total.figures)
    for station in contest.stations:
        place = (code, neutralise(station.station), STATION, *_counts(station.counts))
        if station.figures:
            yield from _figure_rows(place, station.figures)
        else:
            yield (*place, "", "")
    for choice, seats in (contest.seats_by_choice or {}).items():
        yield (*whole, neutralise(f"seats:{choice}"), seats)


def _figure_rows(place: Row, figures: Mapping[str, int]) -> Iterator[Row]:
    for code, value in figures.items():
        yield (*place, neutralise(code), value)


def _counts(counts: StationCounts) -> tuple[int, int, int, int]:
    return counts.expected, counts.reported, counts.held, counts.annulled


def _label(snapshot: Snapshot) -> tuple[str, str | int, str, str]:
    as_of = snapshot.as_of
    time = as_of.time.astimezone(UTC).isoformat() if as_of else ""
    return snapshot.label, as_of.size if as_of else "", time, "yes" if snapshot.synthetic else "no"
