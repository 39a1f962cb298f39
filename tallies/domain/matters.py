"""What a commission must do about a protocol, in the order in which it matters."""

from __future__ import annotations

from enum import StrEnum


class Matter(StrEnum):
    """What a protocol is to a commission's desk. The order of the members is the order of urgency.

    A protocol that two people enter differently stays on the station's table but the commission may have to help. One
    that has not come in is `late` once its station has been closed for longer than the election allows, `missing`
    from its closing on, and `not_closed` before.
    """

    HELD = "held"
    DIFFERS = "differs"
    RETURNED = "returned"
    LATE = "late"
    MISSING = "missing"
    NOT_CLOSED = "not_closed"
    ODD = "odd"
    DONE = "done"
    ANNULLED = "annulled"


# What somebody must still do something about.
WAITING = (Matter.HELD, Matter.DIFFERS, Matter.RETURNED, Matter.LATE, Matter.MISSING, Matter.NOT_CLOSED)
# What is a worry to the commission above: a district with any of these is shown before one without.
TROUBLE = (Matter.HELD, Matter.DIFFERS, Matter.LATE, Matter.RETURNED)
