"""A protocol moves along the arrows of the lifecycle, and along no others."""

from __future__ import annotations

from itertools import product

import pytest

from tallies.domain.lifecycle import (
    OPEN_TO_ENTRY,
    STATES,
    TRANSITIONS,
    Action,
    NotAllowed,
    State,
    next_state,
    pointers_before,
    states_before,
)

ARROWS = {
    ("awaited", "enter", "first_entry"),
    ("returned", "enter", "first_entry"),
    ("first_entry", "enter", "first_entry"),
    ("first_entry", "differ", "differs"),
    ("differs", "differ", "differs"),
    ("first_entry", "accept", "in_force"),
    ("first_entry", "hold", "held"),
    ("differs", "accept", "in_force"),
    ("differs", "hold", "held"),
    ("awaited", "accept", "in_force"),
    ("awaited", "hold", "held"),
    ("returned", "accept", "in_force"),
    ("returned", "hold", "held"),
    ("held", "accept_held", "in_force"),
    ("held", "return", "returned"),
    ("in_force", "correct", "in_force"),
    ("in_force", "recount", "in_force"),
    ("in_force", "annul", "annulled"),
    ("differs", "choose", "in_force"),
    ("annulled", "order_repeat", "repeat_ordered"),
    ("repeat_ordered", "enter", "first_entry"),
    ("repeat_ordered", "accept", "in_force"),
    ("repeat_ordered", "hold", "held"),
}


@pytest.mark.parametrize(("before", "action", "after"), sorted(ARROWS))
def test_an_arrow_leads_where_the_law_says(before: str, action: str, after: str) -> None:
    assert next_state(State(before), Action(action)) is State(after)


MISSING = sorted(
    (state.value, action.value)
    for state, action in product(State, Action)
    if not any((state, action) == (before, taken) for before, taken, _ in ARROWS)
)


@pytest.mark.parametrize(("state", "action"), MISSING)
def test_where_there_is_no_arrow_nothing_happens(state: str, action: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        next_state(State(state), Action(action))
    assert (refused.value.state, refused.value.action) == (state, action)


def test_every_action_leads_to_one_state_wherever_it_starts() -> None:
    for action in Action:
        assert len({next_state(state, action) for state in states_before(action)}) == 1


def test_only_a_repeat_voting_gives_an_annulled_protocol_a_future() -> None:
    assert [action for action in Action if State.ANNULLED in states_before(action)] == [Action.ORDER_REPEAT]


def test_a_state_offers_as_methods_the_steps_it_allows_and_no_others() -> None:
    for state, each in STATES.items():
        steps = {name.rstrip("_") for name in dir(each) if not name.startswith("_")} - {"state"}
        assert steps == {action.value for before, action in TRANSITIONS if before is state}


def test_the_pointer_of_a_protocol_between_two_entries_says_what_was_before() -> None:
    assert set(OPEN_TO_ENTRY) == {State.AWAITED, State.RETURNED, State.REPEAT_ORDERED}
    assert set(pointers_before(Action.CHOOSE)) == set(pointers_before(Action.ACCEPT)) == set(OPEN_TO_ENTRY)
    assert pointers_before(Action.ANNUL) == (State.IN_FORCE,)
