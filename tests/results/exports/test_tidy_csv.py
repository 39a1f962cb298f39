"""The rows hold every figure once, say what they stand on, and start no formula."""

from __future__ import annotations

import csv
import io
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.exports import tidy_csv
from results.exports.model import ExportedResult, SnapshotKind, StationState
from tests.results.exports import sample

ALL_STATES = (StationState.REPORTED, StationState.HELD, StationState.ANNULLED, StationState.MISSING)


def read(result: ExportedResult) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(tidy_csv.chunks(result)), newline="")))


def test_every_figure_is_in_the_file_once() -> None:
    result = sample.result(states=ALL_STATES, plurality=True)
    found = {
        (row["contest"], row["area"], row["code"]): int(row["value"])
        for row in read(result)
        if row["code"] and not row["code"].startswith("seats:") and row["level"] != "constituency"
    }
    expected = {
        (contest.code, place, code): value
        for contest in result.contests
        for place, figures in [
            *((tally.area, tally.figures) for tally in contest.tallies),
            *((station.station, station.figures) for station in contest.stations),
        ]
        for code, value in figures.items()
    }
    assert found == expected
    keys = Counter((row["contest"], row["area"], row["level"], row["code"]) for row in read(result))
    assert set(keys.values()) == {1}


@pytest.mark.parametrize("plurality", [True, False])
def test_the_file_is_its_rows_written_one_by_one(plurality: bool) -> None:
    result = sample.result(states=ALL_STATES, plurality=plurality)
    assert "".join(tidy_csv.chunks(result)) == "".join(tidy_csv.written([tidy_csv.HEADER, *tidy_csv.rows(result)]))


def test_each_level_sums_to_the_one_above() -> None:
    sums: dict[str, Counter[str]] = {}
    for row in read(sample.result(states=ALL_STATES)):
        if row["code"].startswith("votes:"):
            sums.setdefault(row["level"], Counter())[row["code"]] += int(row["value"])
    assert sums["station"] == sums["district"] == sums["region"] == sums["nation"]


def test_a_station_without_figures_still_says_what_became_of_it() -> None:
    rows = [row for row in read(sample.result(states=ALL_STATES, stations=4)) if row["level"] == "station"]
    silent = {row["area"]: (row["stations_reported"], row["stations_held"], row["stations_annulled"]) for row in rows}
    assert silent == {"s0": ("1", "0", "0"), "s1": ("0", "1", "0"), "s2": ("0", "0", "1"), "s3": ("0", "0", "0")}
    assert [row["value"] for row in rows if row["area"] == "s3"] == [""]


def test_seats_stand_at_the_electorate() -> None:
    seats = {
        (row["contest"], row["area"], row["level"], row["code"]): row["value"]
        for row in read(sample.result(plurality=True))
        if row["code"].startswith("seats:")
    }
    assert seats["mazhilis", "kz", "nation", "seats:amanat"] == "7"
    assert seats["okrug-1", "okrug-1", "constituency", "seats:1"] == "1"


def test_every_row_says_what_it_stands_on() -> None:
    rows = read(sample.result(kind=SnapshotKind.FINAL, synthetic=True))
    assert {(row["snapshot"], row["as_of_size"], row["as_of_time"], row["synthetic"]) for row in rows} == {
        ("final", "70000", "2023-03-20T01:02:01+00:00", "yes")
    }
    assert {row["snapshot"] for row in read(sample.result())} == {"bulletin 3"}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_formula_is_neutralised(start: str) -> None:
    assert tidy_csv.neutralise(f"{start}SUM(A1)") == f"'{start}SUM(A1)"


def test_other_text_stays_as_it_is() -> None:
    for text in ("", "amanat", "Ақ жол", "votes:amanat", "a=b", "1-2", " =1"):
        assert tidy_csv.neutralise(text) == text


def test_the_end_of_a_line_within_a_code_ends_no_line() -> None:
    text = "".join(tidy_csv.chunks(sample.result(codes="a\nb\r", stations=4)))
    table = list(csv.reader(io.StringIO(text, newline="")))
    assert {len(row) for row in table} == {len(tidy_csv.HEADER)}


@given(st.sampled_from("=+-@\t\r"), st.text(max_size=20))
def test_no_cell_of_the_file_starts_a_formula(start: str, rest: str) -> None:
    text = "".join(tidy_csv.chunks(sample.result(codes=start + rest, stations=4)))
    for row in csv.reader(io.StringIO(text, newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
