"""What one vote more or less would have done is exact: no smaller number changes anything."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregation.domain.seats import METHODS, Allocation, ChoiceVotes, Margin, allocate, margins
from aggregation.domain.seats.margins import Change
from tests.aggregation.domain.test_seats import MAZHILIS_2023

ALL_CODES = "abcde"
MOST_TRIED = 120


def allocated(votes: list[ChoiceVotes], seats: int, threshold: str, method: str) -> Allocation:
    return allocate(votes=votes, seats=seats, threshold_percent=threshold, method=method)


def margin_of(code: str, found: tuple[Margin, ...]) -> Margin:
    return next(margin for margin in found if margin.choice == code)


@st.composite
def small_ballots(draw: st.DrawFn) -> list[ChoiceVotes]:
    counts = draw(st.lists(st.integers(0, 30), min_size=1, max_size=5))
    ranked = draw(st.booleans())
    lists = [
        ChoiceVotes(code, votes, place if ranked else None)
        for place, (code, votes) in enumerate(zip(ALL_CODES, counts, strict=False))
    ]
    return [*lists, ChoiceVotes("against_all", draw(st.integers(0, 10)), against_all=True)]


def first_by_trying(
    votes: list[ChoiceVotes], place: int, seats: int, threshold: str, method: str, sign: int
) -> int | None:
    start = allocated(votes, seats, threshold, method)
    most = MOST_TRIED if sign > 0 else votes[place].votes
    for number in range(1, most + 1):
        changed = list(votes)
        changed[place] = replace(votes[place], votes=votes[place].votes + sign * number)
        result = allocated(changed, seats, threshold, method)
        if (result.seats, result.lots and set(result.lots.choices)) != (
            start.seats,
            start.lots and set(start.lots.choices),
        ):
            return number
    return None


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=40)
@given(small_ballots(), st.integers(1, 9), st.sampled_from(["0", "5", "12.5", "40"]), st.data())
def test_trying_every_number_of_votes_finds_the_same(
    method: str, votes: list[ChoiceVotes], seats: int, threshold: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(votes) - 1))
    found = margins(votes=votes, seats=seats, threshold_percent=threshold, method=method)[place]
    for change, sign in ((found.more, 1), (found.fewer, -1)):
        tried = first_by_trying(votes, place, seats, threshold, method, sign)
        if change is None or change.votes > MOST_TRIED:
            assert tried is None
        else:
            assert change.votes == tried
            changed = list(votes)
            changed[place] = replace(votes[place], votes=votes[place].votes + sign * change.votes)
            result = allocated(changed, seats, threshold, method)
            before = allocated(votes, seats, threshold, method)
            assert result.lots == change.lots
            assert {code: result.seats[code] - before.seats[code] for code in change.seats} == change.seats


def test_the_last_seat_of_2023_hung_on_so_many_votes() -> None:
    votes = [ChoiceVotes(code, count) for code, (count, _) in MAZHILIS_2023.items()]
    votes.append(ChoiceVotes("against_all", 248_291, against_all=True))
    found = margins(votes=votes, seats=69, threshold_percent="5", method="hare-kz")
    for margin in found:
        place = next(number for number, choice in enumerate(votes) if choice.code == margin.choice)
        for change, sign in ((margin.more, 1), (margin.fewer, -1)):
            if change is None:
                continue
            for number, differs in ((change.votes - 1, False), (change.votes, True)):
                tried = list(votes)
                tried[place] = replace(votes[place], votes=votes[place].votes + sign * number)
                seats = allocated(tried, 69, "5", "hare-kz").seats
                assert (seats != allocated(votes, 69, "5", "hare-kz").seats) is differs
    baytaq = margin_of("baytaq", found).more
    assert baytaq is not None
    # 146,431 + more must be 5 percent of 6,366,442 + more: it is the threshold that Baytaq lacks.
    assert baytaq.votes == 180_938
    assert baytaq.seats["baytaq"] > 0


def test_a_list_beyond_reach_is_said_to_change_nothing() -> None:
    alone = margins(votes=[ChoiceVotes("a", 10)], seats=3, threshold_percent="5", method="hare")
    assert alone == (Margin("a", more=None, fewer=Change(10, {"a": -3})),)
