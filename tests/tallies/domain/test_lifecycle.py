"""A protocol moves along the arrows of the lifecycle, and along no others."""

from __future__ import annotations

from itertools import product

import pytest

from tallies.domain.lifecycle import Action, NotAllowed, State, next_state, states_before

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
    ("in_force", "annul", "annulled"),
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


def test_nothing_leaves_an_annulled_protocol() -> None:
    assert not any(State.ANNULLED in states_before(action) for action in Action)
