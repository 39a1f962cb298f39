"""The table a person checks with a calculator is the allocation, in whole numbers."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from aggregation.domain.seats import ChoiceVotes, DivisorSheet, QuotaSheet, allocate, worksheet
from tests.aggregation.domain.test_seats import MAZHILIS_2023

COUNTS = st.lists(st.integers(0, 10**7), min_size=2, max_size=7)


def ranked(counts: list[int]) -> list[ChoiceVotes]:
    return [ChoiceVotes(f"list-{place}", votes, place) for place, votes in enumerate(counts)]


@given(COUNTS, st.integers(1, 80))
def test_whole_parts_and_the_first_remainders_are_the_seats(counts: list[int], seats: int) -> None:
    allocation = allocate(votes=ranked(counts), seats=seats, threshold_percent="5", method="hare")
    sheet = worksheet(allocation)
    if sheet is None:
        assert not any(counts)
        return
    assert isinstance(sheet, QuotaSheet)
    assert sum(row.votes for row in sheet.rows) == sheet.votes
    assert sorted(row.rank for row in sheet.rows) == list(range(1, len(sheet.rows) + 1))
    for row in sheet.rows:
        assert row.whole * sheet.votes + row.rest == row.product == row.votes * seats
        assert row.by_remainder is (row.rank <= sheet.left)
        assert row.seats == row.whole + row.by_remainder
    by_rank = sorted(sheet.rows, key=lambda row: row.rank)
    assert [row.rest for row in by_rank] == sorted((row.rest for row in by_rank), reverse=True)


@given(COUNTS, st.integers(1, 80), st.sampled_from(["dhondt", "sainte-lague"]))
def test_no_quotient_without_a_seat_is_larger_than_one_with_a_seat(counts: list[int], seats: int, method: str) -> None:
    sheet = worksheet(allocate(votes=ranked(counts), seats=seats, threshold_percent="5", method=method))
    if sheet is None:
        assert not any(counts)
        return
    assert isinstance(sheet, DivisorSheet)
    assert sum(row.seats for row in sheet.rows) == seats
    won = [row.last for row in sheet.rows if row.last is not None]
    assert min(won) >= max(row.next for row in sheet.rows)
    for row in sheet.rows:
        assert row.last is None or row.last == Fraction(row.votes, row.last_divisor)


def test_the_last_seats_of_2023_went_to_the_two_largest_remainders() -> None:
    votes = [ChoiceVotes(code, count) for code, (count, _) in MAZHILIS_2023.items()]
    votes.append(ChoiceVotes("against_all", 248_291, against_all=True))
    sheet = worksheet(allocate(votes=votes, seats=69, threshold_percent="5", method="hare-kz"))
    assert isinstance(sheet, QuotaSheet)
    assert (sheet.votes, sheet.given, sheet.left) == (5_971_719, 67, 2)
    assert [(row.choice, row.rest) for row in sheet.rows if row.by_remainder] == [
        ("amanat", 3_877_149),
        ("nsdp", 4_927_845),
    ]


def test_where_the_steps_say_all_there_is_no_table() -> None:
    for method, votes in (("plurality", {"a": 5, "b": 3}), ("hare-kz", {"a": 99, "b": 1})):
        counted = [ChoiceVotes(code, count) for code, count in votes.items()]
        assert worksheet(allocate(votes=counted, seats=4, threshold_percent="5", method=method)) is None
