"""Each state of a protocol leaves an officer with one step, and never with a wrong one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tallies.domain.lifecycle import State
from tallies.domain.steps import Seen, Step, next_step

AWAITED = Seen(State.AWAITED, is_open=False, is_mine=False, claimed=False, photographs=0)


@pytest.mark.parametrize(
    ("state", "step"),
    [
        (State.AWAITED, Step.KEY),
        (State.FIRST_ENTRY, Step.KEY_AS_SECOND),
        (State.RETURNED, Step.KEY_ANEW),
        (State.REPEAT_ORDERED, Step.KEY_REPEAT),
        (State.DIFFERS, Step.WAIT_FOR_TWO),
        (State.HELD, Step.WAIT_FOR_DISTRICT),
        (State.IN_FORCE, Step.ATTACH),
        (State.ANNULLED, Step.NOTHING),
    ],
)
def test_every_state_has_its_step(state: State, step: Step) -> None:
    assert next_step(replace(AWAITED, state=state)) is step


def test_who_has_entered_waits_for_the_other_and_corrects_only_their_own() -> None:
    assert next_step(replace(AWAITED, state=State.FIRST_ENTRY, is_mine=True)) is Step.WAIT_FOR_SECOND
    assert next_step(replace(AWAITED, state=State.DIFFERS, is_mine=True)) is Step.CORRECT_OWN


def test_what_somebody_else_is_keying_is_not_keyed_twice() -> None:
    for state in (State.AWAITED, State.FIRST_ENTRY, State.RETURNED, State.REPEAT_ORDERED):
        assert next_step(replace(AWAITED, state=state, claimed=True)) is Step.WAIT_FOR_PERSON


def test_nothing_is_keyed_while_the_station_is_open() -> None:
    for state in (State.AWAITED, State.RETURNED, State.REPEAT_ORDERED):
        assert next_step(replace(AWAITED, state=state, is_open=True)) is Step.WAIT_FOR_CLOSING


def test_the_receipt_comes_after_the_photograph() -> None:
    assert next_step(replace(AWAITED, state=State.IN_FORCE, photographs=1)) is Step.PRINT
