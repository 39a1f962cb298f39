"""Two people key a protocol independently; it stands when they agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stations.domain.layout import Layout

Figures = Sequence[int | None]


@dataclass(frozen=True)
class Keying:
    """What one person keyed: who (an opaque id), the figures in the layout's order, and whether for a station."""

    by: int
    figures: Figures
    on_behalf: bool = False


class ThirdPerson(Exception):
    """Two people have keyed this protocol already, and this is neither of them."""


class LockedLine(Exception):
    """Once two entries differ, each person looks again at the lines that differ, and changes no others.

    `codes` names the lines that were changed all the same.
    """

    def __init__(self, codes: list[str]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


def differing(one: Figures, other: Figures, layout: Layout) -> list[str]:
    """Return the codes of the lines on which two keyings do not agree."""
    return [code for code, left, right in zip(layout.codes, one, other, strict=True) if left != right]


def place_of(by: int, first: Keying | None, second: Keying | None) -> int:
    """Return 0 when a person's keying is the first one, 1 when it is the second. Raises ThirdPerson."""
    if first is None or first.by == by:
        return 0
    if second is None or second.by == by:
        return 1
    raise ThirdPerson


def check_only_differing_lines(new: Keying, before: Keying, other: Keying, layout: Layout) -> None:
    """Raise LockedLine when a person who looks again changed a line on which both had agreed."""
    open_lines = set(differing(before.figures, other.figures, layout))
    changed = differing(before.figures, new.figures, layout)
    locked = [code for code in changed if code not in open_lines]
    if locked:
        raise LockedLine(locked)
