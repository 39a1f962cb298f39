"""The lifecycle of a station's protocol of one contest. docs/protocol-lifecycle.md draws it.

Each state is a type, and each of its methods is a step that may be taken from there, to the state it returns: what is
not written here cannot be done, and the type checker says so. `TRANSITIONS` is read off these types for whoever needs
the steps as data (SQL, documents, tests).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, get_type_hints


class State(StrEnum):
    """Where a protocol stands, as rows and events name it.

    A protocol superseded by a correction or a recount leaves the new version in force, so it is a fact of the older
    version, not a state of the protocol.
    """

    AWAITED = "awaited"
    FIRST_ENTRY = "first_entry"
    DIFFERS = "differs"
    HELD = "held"
    RETURNED = "returned"
    IN_FORCE = "in_force"
    ANNULLED = "annulled"
    REPEAT_ORDERED = "repeat_ordered"


class Action(StrEnum):
    """What people do to a protocol: the methods of the states below."""

    ENTER = "enter"
    DIFFER = "differ"
    ACCEPT = "accept"
    HOLD = "hold"
    CHOOSE = "choose"
    ACCEPT_HELD = "accept_held"
    RETURN = "return"
    CORRECT = "correct"
    RECOUNT = "recount"
    ANNUL = "annul"
    ORDER_REPEAT = "order_repeat"


class Lifecycle:
    """What all states have in common: the name by which rows and events know them."""

    state: ClassVar[State]


@dataclass(frozen=True)
class _OpenToEntry(Lifecycle):
    """Nothing stands: the station may enter its protocol."""

    def enter(self) -> FirstEntry:
        """Under double entry one person has keyed it."""
        return FirstEntry()

    def accept(self) -> InForce:
        """No check of severity `error` fails, and one person's entry is enough or two agree."""
        return InForce()

    def hold(self) -> Held:
        """The signed paper itself breaks a check."""
        return Held()


class Awaited(_OpenToEntry):
    """The station has not sent it. No row says so: it is the absence of one."""

    state = State.AWAITED


class Returned(_OpenToEntry):
    """A commission sent it back: the station must enter it anew."""

    state = State.RETURNED


class RepeatOrdered(_OpenToEntry):
    """The vote is held once more where its result was annulled: the station enters the new protocol."""

    state = State.REPEAT_ORDERED


class FirstEntry(Lifecycle):
    """Under double entry: one person has keyed it, the second has not."""

    state = State.FIRST_ENTRY

    def enter(self) -> FirstEntry:
        """The same person keys it again."""
        return FirstEntry()

    def differ(self) -> Differs:
        """The second person's entry is not equal."""
        return Differs()

    def accept(self) -> InForce:
        return InForce()

    def hold(self) -> Held:
        return Held()


class Differs(Lifecycle):
    """Under double entry: two people have keyed it and some lines differ."""

    state = State.DIFFERS

    def differ(self) -> Differs:
        """One of the two looked again, and lines still differ."""
        return Differs()

    def accept(self) -> InForce:
        return InForce()

    def hold(self) -> Held:
        return Held()

    def choose(self) -> InForce:
        """The commission compares both entries with the paper and puts one of them in force."""
        return InForce()


class Held(Lifecycle):
    """The signed paper itself breaks a check: counted nowhere until a commission decides."""

    state = State.HELD

    def accept_held(self) -> InForce:
        return InForce()

    def return_(self) -> Returned:
        return Returned()


class InForce(Lifecycle):
    """One version counts, and a pointer names it."""

    state = State.IN_FORCE

    def correct(self) -> InForce:
        """The commission puts right what was keyed or written wrongly."""
        return InForce()

    def recount(self) -> InForce:
        """The ballots were counted again, on the order of a commission above or of a court."""
        return InForce()

    def annul(self) -> Annulled:
        return Annulled()


class Annulled(Lifecycle):
    """The central commission took it out on a legal ground: it counts as zero and stays to be seen."""

    state = State.ANNULLED

    def order_repeat(self) -> RepeatOrdered:
        return RepeatOrdered()


STATES: dict[State, type[Lifecycle]] = {
    each.state: each for each in (Awaited, FirstEntry, Differs, Held, Returned, InForce, Annulled, RepeatOrdered)
}


def _steps(each: type[Lifecycle]) -> dict[Action, State]:
    taken = {action: getattr(each, action.value, None) or getattr(each, f"{action.value}_", None) for action in Action}
    return {action: get_type_hints(step)["return"].state for action, step in taken.items() if step is not None}


# Each arrow of docs/protocol-lifecycle.md, read off the types.
TRANSITIONS: dict[tuple[State, Action], State] = {
    (state, action): after for state, each in STATES.items() for action, after in _steps(each).items()
}

# While two people enter a protocol, whoever looks from outside sees it as what it was before.
BETWEEN_ENTRIES = (State.FIRST_ENTRY, State.DIFFERS)


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


# The states in which a station may enter its protocol: nothing stands.
OPEN_TO_ENTRY = tuple(state for state in states_before(Action.ENTER) if state not in BETWEEN_ENTRIES)


def pointers_before(action: Action) -> tuple[State, ...]:
    """Return the states in which the pointer of a protocol may be when `action` is taken.

    The states between two entries stand in no pointer: there the pointer still says what was before.
    """
    before = states_before(action)
    beneath = OPEN_TO_ENTRY if any(state in BETWEEN_ENTRIES for state in before) else ()
    return tuple(dict.fromkeys([*(state for state in before if state not in BETWEEN_ENTRIES), *beneath]))
