"""States of a station's protocol of one contest."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a protocol stands. Awaited has no row: nothing was said yet."""

    HELD = "held"
    RETURNED = "returned"
    IN_FORCE = "in_force"
    ANNULLED = "annulled"
