"""Mandates follow from seats, lots, the order of lists and what was given up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregation.domain.mandates import (
    Consequence,
    LotsRefused,
    Place,
    Verdict,
    check_quota,
    consequence_of,
    holders,
    with_lots,
)
from aggregation.domain.seats import Allocation, ChoiceVotes, allocate

AGAIN = Consequence(Verdict.REPEAT_VOTING, ("x", "y"))
WOMAN, YOUNG, BOTH, OTHER = (frozenset(groups.split()) for groups in ("women", "youth", "women youth", ""))


def allocated(votes: dict[str, int], seats: int, method: str) -> Allocation:
    return allocate(
        votes=[ChoiceVotes(code, count, against_all=code == "against_all") for code, count in votes.items()],
        seats=seats, threshold_percent="0", method=method,
    )  # fmt: skip


@pytest.mark.parametrize(("people", "needed"), [(0, 0), (1, 1), (3, 1), (4, 2), (10, 3), (11, 4), (40, 12)])
def test_thirty_percent_of_people_are_whole_people(people: int, needed: int) -> None:
    check = check_quota([Place(number) for number in range(people)], percent=30, groups=["women"])
    assert (check.people, check.needed, check.is_met) == (people, needed, needed == 0)


def test_who_is_in_two_groups_counts_once() -> None:
    places = [Place(1, BOTH), Place(2, YOUNG), Place(3, OTHER), Place(4, WOMAN)]
    assert check_quota(places, percent=75, groups=["women", "youth"]).inside == 3
    assert check_quota(places, percent=75, groups=["youth"]).inside == 2


@given(st.sets(st.integers(1, 30)), st.integers(0, 30), st.sets(st.integers(1, 30)))
def test_mandates_go_down_the_list_past_those_who_gave_up(numbers: set[int], seats: int, gave_up: set[int]) -> None:
    held = [place.number for place in holders([Place(each) for each in numbers], seats=seats, gave_up=gave_up)]
    assert held == sorted(numbers - gave_up)[:seats]


def test_lots_give_the_tied_seats_and_nothing_else() -> None:
    tied = allocated({"a": 10, "b": 10, "c": 10}, 2, "plurality")
    decided = with_lots(tied, ["a", "c"])
    assert (decided.seats, decided.lots) == ({"a": 1, "b": 0, "c": 1}, None)
    for won, code in ((["a"], "wrong_number"), (["a", "a"], "wrong_number"), (["a", "x"], "not_tied")):
        with pytest.raises(LotsRefused, match=code):
            with_lots(tied, won)
    with pytest.raises(LotsRefused, match="no_tie"):
        with_lots(decided, ["a"])


def test_a_drawn_runner_up_gets_all_its_seats() -> None:
    votes = [ChoiceVotes("a", 900), ChoiceVotes("b", 30), ChoiceVotes("c", 30)]
    tied = allocate(votes=votes, seats=9, threshold_percent="5", method="hare-kz")
    assert with_lots(tied, ["b"]).seats == {"a": 7, "b": 2, "c": 0}


@pytest.mark.parametrize(
    ("votes", "on_tie", "on_against_all", "expected"),
    [
        ({"x": 5, "y": 3, "against_all": 9}, "lots", "elected", Consequence(Verdict.ELECTED, ("x",))),
        ({"x": 5, "y": 3, "against_all": 9}, "lots", "repeat_election", Consequence(Verdict.REPEAT_ELECTION)),
        ({"x": 5, "y": 3, "against_all": 5}, "lots", "repeat_election", Consequence(Verdict.ELECTED, ("x",))),
        ({"x": 5, "y": 5, "against_all": 0}, "lots", "elected", Consequence(Verdict.LOTS, ("x", "y"))),
        ({"x": 5, "y": 5, "against_all": 0}, "repeat_voting", "elected", AGAIN),
        ({"x": 0, "y": 0, "against_all": 0}, "lots", "elected", Consequence(Verdict.REPEAT_ELECTION)),
    ],
)  # fmt: skip
def test_what_follows_from_votes_for_candidates(
    votes: dict[str, int], on_tie: str, on_against_all: str, expected: Consequence
) -> None:
    counted = [ChoiceVotes(code, count, against_all=code == "against_all") for code, count in votes.items()]
    found = consequence_of(allocated(votes, 1, "plurality"), counted, on_tie=on_tie, on_against_all=on_against_all)
    assert found == expected
