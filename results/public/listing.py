"""Lists: the contests of the election, and what was published of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page
from django.db.models import QuerySet

from aggregation.models import Tally
from aggregation.selectors import Sum
from results.models import Snapshot, SnapshotTally
from results.public.ground import READER, Ground, Published
from results.public.links import Links
from results.public.registry import contests
from results.publication.selectors import published
from stations.models import AreaLevel, Contest, Election


@dataclass(frozen=True)
class ContestRow:
    """A contest of the list; no sum while figures are not public."""

    contest: Contest
    url: str
    sum: Sum | None


@dataclass(frozen=True)
class PublishedRow:
    """A published snapshot of the list."""

    snapshot: Snapshot
    url: str


def contests_of(ground: Ground, words: str) -> QuerySet[Contest]:
    """Return the contests of the ground's election that match."""
    return contests(_election(ground), words)


def contests_page(ground: Ground, page: Page[Contest], words: str) -> dict[str, Any]:
    """Tell a page of the list of contests with how far each is counted."""
    sums = _sums(ground, [contest.pk for contest in page])
    return {
        "rows": [ContestRow(contest, Links().contest(contest.code), sums.get(contest.pk)) for contest in page],
        "page": page,
        "words": words,
        "has_figures": ground.basis is not None,
    }


def _sums(ground: Ground, contest_ids: list[int]) -> dict[int, Sum]:
    """Return how many stations of each contest are counted. Figures are not read."""
    if ground.basis is None:
        return {}
    if ground.basis.snapshot_id is not None:
        tallies = SnapshotTally.objects.using(READER).filter(snapshot=ground.basis.snapshot_id)
    else:
        tallies = Tally.objects.using(READER).all()  # type: ignore[assignment]
    rows = tallies.filter(contest__in=contest_ids, area__level=AreaLevel.NATION).values_list(
        "contest", "stations_expected", "stations_reported", "stations_held", "stations_annulled"
    )
    return {contest_id: Sum({}, *counts) for contest_id, *counts in rows}


def bulletins_page(ground: Ground) -> dict[str, Any]:
    """Tell what was published, the newest first."""
    snapshots = list(published(_election(ground), using=READER)) if ground.is_public else []
    final = [snapshot for snapshot in snapshots if snapshot.kind == Snapshot.Kind.FINAL][:1]
    numbered = [snapshot for snapshot in snapshots if snapshot.kind == Snapshot.Kind.BULLETIN]
    return {
        "election": _election(ground),
        "final": [_row(snapshot) for snapshot in final],
        "bulletins": [_row(snapshot) for snapshot in numbered],
    }


def _row(snapshot: Snapshot) -> PublishedRow:
    kind = Snapshot.Kind(snapshot.kind)
    number = snapshot.number if kind is Snapshot.Kind.BULLETIN else None
    return PublishedRow(snapshot, Links(Published(kind, number)).front())


def _election(ground: Ground) -> Election:
    return Election.objects.using(READER).get(pk=ground.election_id)
