"""What must be settled before a commission can establish its result."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Unmet(StrEnum):
    """A condition that is not met; the order is that in which people look into them."""

    MISSING = "missing"
    DIFFERING = "differing"
    HELD = "held"
    QUERIED = "queried"
    COMPLAINED = "complained"
    BENEATH = "beneath"
    PENDING = "pending"
    UNSEALED = "unsealed"
    UNEQUAL = "unequal"


@dataclass(frozen=True)
class Count:
    """How protocols of a contest stand in an area, and what is open about them.

    `missing` are awaited, returned, or to be voted once more; `differing` have entries that differ; `pending` are
    changes not summed up yet, `unsealed` those not in the signed log yet.
    """

    expected: int = 0
    in_force: int = 0
    annulled: int = 0
    held: int = 0
    missing: int = 0
    differing: int = 0
    queried: int = 0
    complained: int = 0
    pending: int = 0
    unsealed: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(*(mine + theirs for mine, theirs in zip(_values(self), _values(other), strict=True)))

    @property
    def settled(self) -> int:
        return self.in_force + self.annulled


def unmet(count: Count, *, beneath: int, equal: bool) -> dict[Unmet, int]:
    """Return the conditions that are not met, each with how often.

    `beneath` is how many certificates of the level below do not stand; `equal` whether the tally that everybody sees
    is the plain sum of the protocols.
    """
    found = {
        Unmet.MISSING: count.missing - count.differing,
        Unmet.DIFFERING: count.differing,
        Unmet.HELD: count.held,
        Unmet.QUERIED: count.queried,
        Unmet.COMPLAINED: count.complained,
        Unmet.BENEATH: beneath,
        Unmet.PENDING: count.pending,
        Unmet.UNSEALED: count.unsealed,
        Unmet.UNEQUAL: 0 if equal or count.pending else 1,
    }
    return {condition: number for condition, number in found.items() if number}


def _values(count: Count) -> tuple[int, ...]:
    return (
        count.expected, count.in_force, count.annulled, count.held, count.missing, count.differing, count.queried,
        count.complained, count.pending, count.unsealed,
    )  # fmt: skip
