"""Every step of an allocation can be said in a sentence."""

from __future__ import annotations

import pytest
from django.utils import translation

from aggregation.allocation_sentences import sentences, shown
from aggregation.domain.seats import ChoiceVotes, StepCode, allocate

SITUATIONS = [
    ("hare-kz", 69, "5", {"a": 900, "b": 40, "against_all": 50}),
    ("hare-kz", 9, "5", {"a": 900, "b": 30, "c": 30}),
    ("hare-kz", 9, "5", {"a": 900, "b": 0}),
    ("hare-kz", 9, "5", {"a": 0}),
    ("hare-kz", 9, "90", {"a": 5, "b": 5}),
    ("hare", 0, "5", {"a": 5}),
    ("hare", 3, "5", {"a": 5, "b": 3, "c": 1}),
    ("dhondt", 3, "5", {"a": 5, "b": 5}),
    ("plurality", 4, "0", {"a": 5, "b": 5}),
]


def test_every_kind_of_step_has_its_sentence() -> None:
    said: set[StepCode] = set()
    for method, seats, threshold, votes in SITUATIONS:
        choices = [ChoiceVotes(code, count, against_all=code == "against_all") for code, count in votes.items()]
        allocation = allocate(votes=choices, seats=seats, threshold_percent=threshold, method=method)
        with translation.override("en"):
            lines = sentences(allocation)
        assert len(lines) == len(allocation.steps)
        assert not any("%" in line for line in lines)
        said |= {step.code for step in allocation.steps}
    assert said == set(StepCode)


def test_choices_are_called_by_their_names() -> None:
    choices = [ChoiceVotes("amanat", 5, 2), ChoiceVotes("auyl", 5, 1)]
    allocation = allocate(votes=choices, seats=1, threshold_percent="5", method="hare")
    with translation.override("en"):
        last = sentences(allocation, {"amanat": "AMANAT", "auyl": "Ауыл"})[-1]
    assert last == ("Seat 1 goes to Ауыл for its remainder of 0.5. It was registered earlier than the equal AMANAT.")


@pytest.mark.parametrize(
    ("language", "figure", "text"),
    [
        ("en", "123/7", "17.5714…"),
        ("en", "6366441", "6,366,441"),
        ("en", "87573/17515060", "0.0049…"),
        ("en", "21/5", "4.2"),
        ("en", "1/1000000", "0.0000…"),
        ("ru", "1990573/23", "86\N{NO-BREAK SPACE}546,6521…"),
        ("kk", "7/2", "3,5"),
        ("en", "1" + "0" * 60, "1" + ",000" * 20),
    ],
)
def test_a_fraction_is_cut_and_never_rounded_up(language: str, figure: str, text: str) -> None:
    with translation.override(language):
        assert shown(figure) == text
