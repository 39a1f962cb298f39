"""The lifecycle of a station's protocol of one contest. docs/protocol-lifecycle.md draws it."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a protocol stands.

    A protocol superseded by a correction leaves the new version in force, so it is a fact of the older version,
    not a state of the protocol. Under double entry a protocol passes through `first_entry` and perhaps `differs`;
    until two people's entries agree nothing of it stands.
    """

    AWAITED = "awaited"
    FIRST_ENTRY = "first_entry"
    DIFFERS = "differs"
    HELD = "held"
    RETURNED = "returned"
    IN_FORCE = "in_force"
    ANNULLED = "annulled"


# While two people enter a protocol, whoever looks from outside sees it as awaited (or returned).
BETWEEN_ENTRIES = (State.FIRST_ENTRY, State.DIFFERS)


class Action(StrEnum):
    """What people do to a protocol."""

    ENTER = "enter"
    DIFFER = "differ"
    ACCEPT = "accept"
    HOLD = "hold"
    ACCEPT_HELD = "accept_held"
    RETURN = "return"
    CORRECT = "correct"
    ANNUL = "annul"


# Each arrow of docs/protocol-lifecycle.md. What is not here is not allowed.
TRANSITIONS: dict[tuple[State, Action], State] = {
    (State.AWAITED, Action.ENTER): State.FIRST_ENTRY,
    (State.RETURNED, Action.ENTER): State.FIRST_ENTRY,
    (State.FIRST_ENTRY, Action.ENTER): State.FIRST_ENTRY,
    (State.FIRST_ENTRY, Action.DIFFER): State.DIFFERS,
    (State.DIFFERS, Action.DIFFER): State.DIFFERS,
    (State.FIRST_ENTRY, Action.ACCEPT): State.IN_FORCE,
    (State.FIRST_ENTRY, Action.HOLD): State.HELD,
    (State.DIFFERS, Action.ACCEPT): State.IN_FORCE,
    (State.DIFFERS, Action.HOLD): State.HELD,
    (State.AWAITED, Action.ACCEPT): State.IN_FORCE,
    (State.AWAITED, Action.HOLD): State.HELD,
    (State.RETURNED, Action.ACCEPT): State.IN_FORCE,
    (State.RETURNED, Action.HOLD): State.HELD,
    (State.HELD, Action.ACCEPT_HELD): State.IN_FORCE,
    (State.HELD, Action.RETURN): State.RETURNED,
    (State.IN_FORCE, Action.CORRECT): State.IN_FORCE,
    (State.IN_FORCE, Action.ANNUL): State.ANNULLED,
}


class NotAllowed(Exception):
    """The lifecycle has no such arrow."""

    def __init__(self, state: State, action: Action) -> None:
        super().__init__(f"a protocol that is {state} cannot be the object of: {action}")
        self.state = state
        self.action = action


def next_state(state: State, action: Action) -> State:
    """Return where `action` takes a protocol that is `state`. Raises NotAllowed."""
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise NotAllowed(state, action) from None


def states_before(action: Action) -> tuple[State, ...]:
    """Return the states in which `action` is allowed."""
    return tuple(state for state, allowed in TRANSITIONS if allowed is action)
