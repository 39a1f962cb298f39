"""The distributions say what the literature says they say, on figures whose answer is known."""

from __future__ import annotations

import csv
import math
import os
import random
from fractions import Fraction
from pathlib import Path

import pytest

from config.data_folder import CHECKOUT
from observers.domain.distributions import (
    StationFigures,
    benford_second,
    fingerprint,
    identical,
    integer_spikes,
    last_digits,
    nearest_percent,
    second_digits,
)

GEORGIA = Path(
    os.environ.get("GEORGIA_2016_CSV") or CHECKOUT.parent / "shared" / "data" / "georgia-2016" / "precincts.csv"
)


def station(
    code: str = "s", on_list: int = 1000, issued: int = 500, votes: tuple[int, ...] = (300, 200)
) -> StationFigures:
    return StationFigures(code, on_list, issued, sum(votes), votes)


def test_a_fingerprint_puts_each_station_where_its_turnout_and_share_are() -> None:
    figures = [station("a"), station("b"), station("c", issued=1000, votes=(1000, 0)), station("d", issued=1200)]
    cells = fingerprint(figures, 0)
    assert [(cell.x, cell.y, cell.stations) for cell in cells] == [(25, 30, ("a", "b")), (49, 49, ("c",))]
    assert fingerprint([StationFigures("e", None, None, 0, (0, 0))], 0) == []


def test_a_last_digit_that_people_like_is_seen_and_chance_is_not() -> None:
    dice = random.Random(7)
    honest = [dice.randrange(100, 1000) for _ in range(5000)]
    invented = [number // 10 * 10 if dice.random() < 0.15 else number for number in honest]
    assert last_digits(honest).p_value > 0.01
    assert last_digits(invented).p_value < 1e-6
    assert last_digits([7, 42, 99]).numbers == 0, "too small to have a last digit like any other"


def test_the_tail_of_chi_square_is_that_of_the_tables() -> None:
    # 16.919 and 21.666: the 5 and 1 percent points with nine degrees of freedom in every table.
    for value, tail in ((16.919, 0.05), (21.666, 0.01), (0.0, 1.0)):
        counted = last_digits([])
        assert counted.p_value == 1.0
        from observers.domain.distributions import _chi_square_tail  # noqa: PLC0415

        assert math.isclose(_chi_square_tail(value), tail, abs_tol=1e-4)


def test_benfords_second_digits_are_the_known_ones() -> None:
    assert [round(benford_second(digit), 4) for digit in (0, 1, 9)] == [0.1197, 0.1139, 0.0850]
    assert math.isclose(sum(map(benford_second, range(10))), 1)
    assert second_digits([10, 25, 9]).counted[:6] == (1, 0, 0, 0, 0, 1)


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [(1, 2, 50), (333, 1000, None), (3333, 10000, None), (3305, 10000, 33), (3306, 10000, None), (3295, 10000, 33),
     (3294, 10000, None), (1000, 1000, 100)],
)  # fmt: skip
def test_a_whole_percent_is_within_a_twentieth_of_a_point(part: int, whole: int, percent: int | None) -> None:
    assert nearest_percent(part, whole) == percent
    if percent is not None:
        assert abs(Fraction(part, whole) - Fraction(percent, 100)) <= Fraction(1, 2000)


def test_round_targets_are_seen_as_spikes_and_honest_counts_are_not() -> None:
    dice = random.Random(11)
    wholes = [dice.randrange(900, 2500) for _ in range(3000)]
    honest = [(f"s{number}", round(dice.gauss(0.54, 0.1) * whole), whole) for number, whole in enumerate(wholes)]
    forged = [
        (code, round(whole * 0.85) if number % 20 == 0 else part, whole)
        for number, (code, part, whole) in enumerate(honest)
    ]
    assert abs(integer_spikes(honest).deviation) < 3
    spikes = integer_spikes(forged)
    assert spikes.deviation > 5
    assert spikes.by_percent[85] > 100 and len(spikes.stations[85]) == spikes.by_percent[85]
    assert integer_spikes([("all", 10, 10), ("none", 0, 10)]).shares == 0


def test_small_stations_with_round_shares_by_nature_are_expected_to_have_them() -> None:
    spikes = integer_spikes((f"s{number}", number % 19 + 1, 20) for number in range(500))
    assert spikes.counted == spikes.shares, "of twenty ballots every share is a whole percent"
    assert spikes.expected == pytest.approx(spikes.counted) and spikes.deviation == 0


def test_stations_with_the_same_votes_are_found_together() -> None:
    large, small = (100, 90, 30, 7), (1, 2, 3, 4)
    figures = [station(code, votes=votes) for code, votes in (("a", large), ("b", large), ("c", small), ("d", small))]
    assert identical(figures, minimum_votes=200, minimum_choices=4) == [((100, 90, 30, 7), ("a", "b"))]


@pytest.mark.skipif(not GEORGIA.exists(), reason="the data set of Georgia 2016 is not here")
def test_georgias_real_protocols_are_told_by_every_method() -> None:
    with GEORGIA.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    figures = [_georgian(row) for row in rows]
    assert sum(sum(each.votes) for each in figures) == 1_751_506
    leading = max(range(len(figures[0].votes)), key=lambda place: sum(each.votes[place] for each in figures))
    assert sum(each.votes[leading] for each in figures) == 852_576
    cells = fingerprint(figures, leading)
    with_share = [each for each in figures if each.turnout is not None and each.share(leading) is not None]
    assert sum(len(cell.stations) for cell in cells) == len(with_share) > 3_500
    digits = last_digits(number for each in figures for number in each.votes)
    assert digits.numbers > 4_000 and 0 < digits.p_value < 1
    turnout = integer_spikes(
        (each.station, each.issued, each.on_list) for each in figures if each.issued and each.on_list
    )
    assert turnout.shares > 3_500 and abs(turnout.deviation) < 10


def _georgian(row: dict[str, str]) -> StationFigures:
    def whole(column: str) -> int:
        return int(float(row[column] or 0))

    columns = list(row)
    parties = columns[columns.index("valid votes") + 1 :]
    votes = tuple(whole(column) for column in parties if (row[column] or "0").replace(".", "").isdigit())
    return StationFigures(
        row["precinct_id"],
        whole("possible voters") + whole("special voters"),
        whole("ballots signed for"),
        sum(votes),
        votes,
    )
