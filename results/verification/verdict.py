"""What a verification found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

SHOWN_AT_MOST = 100
"""How many differences are kept; all are counted."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it must be. `place` names contest, area, station and the like by their codes."""

    table: str
    place: tuple[tuple[str, str], ...]
    figure: str
    expected: str
    found: str


class Differences:
    """Collects differences: the first ones whole, of the others how many there are."""

    def __init__(self) -> None:
        self.first: list[Difference] = []
        self.total = 0

    def add(self, table: str, figure: str, *, expected: object, found: object, **place: object) -> None:
        """Note that `figure` of `table` at `place` should be `expected`. A place that is None is left out."""
        self.total += 1
        if len(self.first) < SHOWN_AT_MOST:
            places = tuple((name, str(value)) for name, value in place.items() if value is not None)
            self.first.append(Difference(table, places, figure, _shown(expected), _shown(found)))

    def compare(self, table: str, figure: str, *, expected: object, found: object, **place: object) -> bool:
        """Note a difference unless both are equal; say whether they are."""
        if expected == found:
            return True
        self.add(table, figure, expected=expected, found=found, **place)
        return False


@dataclass(frozen=True)
class Verdict:
    """What was verified, how much of it, and what was not as it must be.

    `counts` says how many of each thing were checked (see `verify`); `unchecked` names, by code, what could not be.
    """

    differences: list[Difference] = field(default_factory=list)
    total_differences: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    unchecked: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.total_differences == 0


def _shown(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    return "nothing" if value is None else str(value)
