"""What the station must do next for a protocol: one step each, so that a tired person need not work it out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tallies.domain.lifecycle import State


class Step(StrEnum):
    """The next step of one officer for one protocol. Those named WAIT are somebody else's."""

    WAIT_FOR_CLOSING = "wait_for_closing"
    KEY = "key"
    KEY_AS_SECOND = "key_as_second"
    KEY_ANEW = "key_anew"
    KEY_REPEAT = "key_repeat"
    CORRECT_OWN = "correct_own"
    ATTACH = "attach"
    PRINT = "print"
    WAIT_FOR_SECOND = "wait_for_second"
    WAIT_FOR_TWO = "wait_for_two"
    WAIT_FOR_PERSON = "wait_for_person"
    WAIT_FOR_DISTRICT = "wait_for_district"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Seen:
    """What one officer may know of a protocol when they ask what to do.

    `is_mine` says that the officer is one of those who entered it, `claimed` that somebody else is keying the entry
    that this officer would key.
    """

    state: State
    is_open: bool
    is_mine: bool
    claimed: bool
    photographs: int


_TO_KEY = {State.AWAITED: Step.KEY, State.RETURNED: Step.KEY_ANEW, State.REPEAT_ORDERED: Step.KEY_REPEAT}


def next_step(seen: Seen) -> Step:
    """Return what the officer does next."""
    match seen.state:
        case State.IN_FORCE:
            return Step.PRINT if seen.photographs else Step.ATTACH
        case State.HELD:
            return Step.WAIT_FOR_DISTRICT
        case State.ANNULLED:
            return Step.NOTHING
        case State.DIFFERS:
            return Step.CORRECT_OWN if seen.is_mine else Step.WAIT_FOR_TWO
        case _:
            return _to_key(seen)


def _to_key(seen: Seen) -> Step:
    if seen.is_open:
        return Step.WAIT_FOR_CLOSING
    if seen.state is State.FIRST_ENTRY and seen.is_mine:
        return Step.WAIT_FOR_SECOND
    if seen.claimed:
        return Step.WAIT_FOR_PERSON
    return _TO_KEY.get(seen.state, Step.KEY_AS_SECOND)
