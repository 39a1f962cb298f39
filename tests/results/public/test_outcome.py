"""Shares and turnout are exact, whatever the form asks for."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from results.public.outcome import outcome_of
from stations.models import Choice
from stations.templatetags.written import percent


def choices(*codes: str) -> list[Choice]:
    kinds = {"against_all": Choice.Kind.AGAINST_ALL}
    return [
        Choice(code=code, kind=kinds.get(code, Choice.Kind.LIST), position=place) for place, code in enumerate(codes)
    ]


def test_percentages_are_of_valid_ballots_those_against_all_included() -> None:
    told = outcome_of({"votes:a": 30, "votes:against_all": 10}, choices("a", "against_all"))
    assert [row.share for row in told.choices] == [Fraction(3, 4), Fraction(1, 4)]


def test_against_all_stands_last_and_never_leads() -> None:
    told = outcome_of({"votes:a": 1, "votes:b": 2, "votes:against_all": 9}, choices("a", "against_all", "b"))
    assert [row.choice.code for row in told.choices] == ["b", "a", "against_all"]
    assert [row.choice.code for row in told.leading] == ["b", "a"]


def test_a_form_without_its_lines_has_no_turnout_and_its_valid_ballots_are_the_votes() -> None:
    told = outcome_of({"votes:a": 3}, choices("a"))
    assert (told.valid, told.invalid, told.turnout, told.invalid_share) == (3, None, None, None)


def test_nothing_counted_divides_by_nothing() -> None:
    told = outcome_of({"voters_on_list": 0, "ballots_issued": 0, "ballots_invalid": 0, "votes:a": 0}, choices("a"))
    assert (told.turnout, told.invalid_share, told.choices[0].share) == (None, None, None)


def test_a_withdrawn_choice_is_shown_only_with_votes() -> None:
    listed = choices("a", "b")
    listed[1].withdrawn = True
    assert len(outcome_of({"votes:a": 1, "votes:b": 0}, listed).choices) == 1
    assert len(outcome_of({"votes:a": 1, "votes:b": 1}, listed).choices) == 2


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=9))
def test_shares_add_up_to_one(votes: list[int]) -> None:
    codes = [f"c{number}" for number in range(len(votes))]
    told = outcome_of({f"votes:{code}": count for code, count in zip(codes, votes, strict=True)}, choices(*codes))
    shares = [row.share for row in told.choices]
    assert sum(share for share in shares if share is not None) == (1 if any(votes) else 0)


def test_halves_are_rounded_up() -> None:
    assert percent(Fraction(12345, 1_000_000)) == "1.23%"
    assert percent(Fraction(12350, 1_000_000)) == "1.24%"
    assert percent(Fraction(1)) == "100.00%"
    assert percent(None) == "—"
