"""The seats of a contest: as a snapshot states them, or computed from the live sum and said to be preliminary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aggregation.allocation_sentences import consequence
from aggregation.domain.seats import Allocation, Change
from results.models import SnapshotAllocation
from results.public.ground import READER
from results.public.showing import Basis
from results.publication.computing import allocation_of, margins_of
from stations.domain.layout import VOTES
from stations.models import Choice, Contest


def allocation_on(
    contest: Contest, choices: Sequence[Choice], figures: Mapping[str, int], basis: Basis
) -> Allocation | None:
    """Return the allocation; None where a contest has no seats or nothing was counted yet."""
    if not contest.seats or not any(figures.get(VOTES + choice.code) for choice in choices):
        return None
    if basis.snapshot_id is None:
        return allocation_of(contest, list(choices), dict(figures))
    stored = SnapshotAllocation.objects.using(READER).filter(snapshot=basis.snapshot_id, contest=contest).first()
    return Allocation.from_data(stored.steps) if stored else None


@dataclass(frozen=True)
class Shift:
    """So many votes more, or fewer, and what would then be otherwise."""

    votes: int
    consequence: str


@dataclass(frozen=True)
class ChoiceMargin:
    """How far a choice is from a change; None where no number of votes changes anything."""

    choice: Choice
    more: Shift | None
    fewer: Shift | None


def margins_on(contest: Contest, choices: Sequence[Choice], figures: Mapping[str, int]) -> list[ChoiceMargin]:
    """Return for each choice the smallest number of votes that would have changed a seat, the closest first."""
    names = {choice.code: choice.name for choice in choices}
    by_code = {choice.code: choice for choice in choices}
    rows = [
        ChoiceMargin(by_code[margin.choice], _shift(margin.more, names), _shift(margin.fewer, names))
        for margin in margins_of(contest, list(choices), dict(figures))
    ]
    return sorted(rows, key=_closeness)


def _shift(change: Change | None, names: Mapping[str, str]) -> Shift | None:
    return None if change is None else Shift(change.votes, consequence(change, names))


def _closeness(row: ChoiceMargin) -> tuple[bool, int]:
    shifts = [shift.votes for shift in (row.more, row.fewer) if shift]
    return not shifts, min(shifts, default=0)
