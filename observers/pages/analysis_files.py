"""The numbers behind the pictures of the analysis, as files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from observers.dataset import Dataset
from observers.domain.distributions import BINS, DigitTest, Spikes, StationFigures
from observers.domain.distributions import Cell as Place
from observers.downloads import Cell, Table

Title = Mapping[str, Any]
Row = Sequence[Cell]


def stations_table(title: Title, data: Dataset, figures: Sequence[StationFigures]) -> Table:
    """Every protocol in force: what all pictures are made from."""
    votes = [f"votes:{choice.code}" for choice in data.choices]
    columns = ("station", "voters_on_list", "ballots_issued", "valid", *votes)
    rows = [(each.station, each.on_list, each.issued, each.valid, *each.votes) for each in figures]
    return Table("stations", title, columns, lambda: rows)


def cells_table(title: Title, cells: Iterable[Place]) -> Table:
    """How many stations each cell of the histogram holds; a cell is named by the percents that it begins at."""
    step = 100 // BINS
    rows = [(cell.x * step, cell.y * step, len(cell.stations), station) for cell in cells for station in cell.stations]
    return Table(
        "cells", title, ("turnout_from_percent", "share_from_percent", "stations_in_cell", "station"), lambda: rows
    )


def whole_percents_table(title: Title, spikes: Mapping[str, Spikes]) -> Table:
    """How many stations have each whole percent, and what chance gives for all of them together."""
    rows: list[Row] = [
        (of, percent, count, each.shares, each.counted, each.expected, each.deviation)
        for of, each in spikes.items()
        for percent, count in enumerate(each.by_percent)
    ]
    columns = ("of", "percent", "stations", "shares", "whole_percents", "expected_by_chance", "standard_deviations")
    return Table("whole_percents", title, columns, lambda: rows)


def digits_table(title: Title, tests: Mapping[str, DigitTest]) -> Table:
    """How often each digit stands in each place, how often it is expected to, and the test of the whole."""
    rows: list[Row] = [
        (place, digit, counted, expected, test.chi_square, test.p_value)
        for place, test in tests.items()
        for digit, (counted, expected) in enumerate(zip(test.counted, test.expected, strict=True))
    ]
    return Table("digits", title, ("place", "digit", "counted", "expected", "chi_square", "p_value"), lambda: rows)


def identical_table(title: Title, data: Dataset, found: Iterable[tuple[Sequence[int], Sequence[str]]]) -> Table:
    """Stations that gave every choice the same votes, by group."""
    rows: list[Row] = [
        (number, station, *votes) for number, (votes, stations) in enumerate(found, start=1) for station in stations
    ]
    columns = ("group", "station", *(f"votes:{choice.code}" for choice in data.choices))
    return Table("identical", title, columns, lambda: rows)


def below_table(title: Title, below: Sequence[tuple[str, int, int]]) -> Table:
    """Protocols that know of fewer voters than were reported through the day."""
    return Table("below_reported", title, ("station", "ballots_issued", "voters_reported"), lambda: below)
