"""The seats of a contest: as a snapshot states them, or computed from the live sum and said to be preliminary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aggregation.domain.seats import Allocation
from results.models import SnapshotAllocation
from results.public.ground import READER
from results.public.showing import Basis
from results.publication.computing import allocation_of
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
