"""Whatever open votes will be, the seats stay within the bounds: every completion of small counts is tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregation.domain.bounds import MOST_UNCERTAIN, Bounds, bounds, votes_that_change_nothing
from aggregation.domain.seats import METHODS, ChoiceVotes, LotsOver, allocate
from tests.aggregation.domain.test_seats import MAZHILIS_2023

CODES = "abcd"


@st.composite
def counts(draw: st.DrawFn) -> list[ChoiceVotes]:
    votes = draw(st.lists(st.integers(0, 25), min_size=2, max_size=4))
    ranked = draw(st.booleans())
    lists = [
        ChoiceVotes(code, count, place if ranked else None)
        for place, (code, count) in enumerate(zip(CODES, votes, strict=False))
    ]
    against = draw(st.none() | st.integers(0, 6))
    return lists if against is None else [*lists, ChoiceVotes("against_all", against, against_all=True)]


def completions(votes: list[ChoiceVotes], open_votes: int) -> Iterator[list[ChoiceVotes]]:
    """Every way in which at most so many votes can fall."""
    if not votes:
        yield []
        return
    for number in range(open_votes + 1):
        for rest in completions(votes[1:], open_votes - number):
            yield [replace(votes[0], votes=votes[0].votes + number), *rest]


def tried(
    votes: list[ChoiceVotes], open_votes: int, seats: int, threshold: str, method: str
) -> dict[str, tuple[int, int]]:
    """The least and the most seats over every completion; what lots might give counts as possible."""
    found: dict[str, tuple[int, int]] = {}
    for completion in completions(votes, open_votes):
        allocation = allocate(votes=completion, seats=seats, threshold_percent=threshold, method=method)
        for code, number in allocation.seats.items():
            lots = allocation.lots
            luck = 0
            if lots and code in lots.choices:
                luck = lots.seats if lots.over is LotsOver.RUNNER_UP else 1
            least, most = found.get(code, (number, number + luck))
            found[code] = (min(least, number), max(most, number + luck))
    return found


def bounded(votes: list[ChoiceVotes], open_votes: int, seats: int, threshold: str, method: str) -> Bounds:
    return bounds(votes=votes, open_votes=open_votes, seats=seats, threshold_percent=threshold, method=method)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=40)
@given(counts(), st.integers(0, 5), st.integers(1, 9), st.sampled_from(["0", "5", "7", "12.5", "30", "50"]))
@example([ChoiceVotes("a", 9, 1), ChoiceVotes("b", 1, 2)], 4, 5, "30")
def test_no_completion_leaves_the_bounds_and_those_called_reached_are(
    method: str, votes: list[ChoiceVotes], open_votes: int, seats: int, threshold: str
) -> None:
    found = bounded(votes, open_votes, seats, threshold, method)
    exact = tried(votes, open_votes, seats, threshold, method)
    for each in found.ranges:
        least, most = exact[each.choice]
        assert each.least <= least and most <= each.most, (each, least, most)
        if each.least_reached:
            assert each.least == least, each
        if each.most_reached:
            assert each.most == most, each
        if method != "hare-kz":
            assert each.most == most, each


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=50)
@given(counts(), st.integers(1, 9), st.sampled_from(["0", "5", "12.5", "30"]))
def test_with_nothing_open_the_bounds_are_the_seats(
    method: str, votes: list[ChoiceVotes], seats: int, threshold: str
) -> None:
    allocation = allocate(votes=votes, seats=seats, threshold_percent=threshold, method=method)
    found = bounded(votes, 0, seats, threshold, method)
    for each in found.ranges:
        assert each.now == each.least == allocation.seats[each.choice]
        if allocation.lots is None:
            assert each.most == each.least
            assert each.is_exact
    assert found.is_settled is (allocation.lots is None)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=25)
@given(counts(), st.integers(1, 6), st.sampled_from(["0", "5", "30"]))
def test_so_many_votes_change_no_seat_however_they_fall(
    method: str, votes: list[ChoiceVotes], seats: int, threshold: str
) -> None:
    number = votes_that_change_nothing(
        votes=votes, open_votes=4, seats=seats, threshold_percent=threshold, method=method
    )
    now = allocate(votes=votes, seats=seats, threshold_percent=threshold, method=method)
    assert (number is None) is (now.lots is not None)
    if number is not None:
        for least, most in tried(votes, number, seats, threshold, method).values():
            assert least == most


def test_the_end_of_the_night_of_2023() -> None:
    votes = [
        ChoiceVotes(code, count * 99 // 100, place) for place, (code, (count, _)) in enumerate(MAZHILIS_2023.items())
    ]
    votes.append(ChoiceVotes("against_all", 245_808, against_all=True))
    found = bounded(votes, 120_000, 69, "5", "hare-kz")
    assert found.is_exact
    assert {each.choice: (each.least, each.most) for each in found.ranges} == {
        "amanat": (39, 40),
        "auyl": (8, 9),
        "respublica": (6, 7),
        "aqjol": (6, 7),
        "qhp": (5, 6),
        "nsdp": (3, 5),
        "baytaq": (0, 0),
    }
    assert not any(each.threshold_is_open for each in found.ranges)


def test_with_too_many_lists_at_the_threshold_nothing_is_claimed() -> None:
    votes = [ChoiceVotes(f"list-{place}", 100 + place, place) for place in range(MOST_UNCERTAIN + 1)]
    for each in bounded(votes, 10_000, 20, "5", "hare").ranges:
        assert (each.least, each.most, each.is_exact) == (0, 20, False)
