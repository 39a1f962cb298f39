"""What the public is shown of a contest in a place: the final result, a bulletin, or live sums."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from aggregation import selectors as sums
from aggregation.selectors import Sum
from audit.models import Checkpoint
from audit.selectors import checkpoint_at, latest_checkpoint
from results.models import SnapshotTally
from stations.models import Area, Contest, Station
from stations.selectors import layouts_of


class NothingPublished(Exception):
    """The log has no checkpoint for what is asked."""


class Status(StrEnum):
    """What figures are, said wherever they are shown."""

    LIVE = "live"
    AS_OF = "as_of"
    BULLETIN = "bulletin"
    FINAL = "final"


@dataclass(frozen=True)
class Basis:
    """Where shown figures come from. `size` is the log size they are as of, None for live sums."""

    status: Status
    size: int | None = None
    at: datetime | None = None
    snapshot_id: int | None = None
    number: int | None = None


@dataclass(frozen=True)
class Shown:
    """A contest's figures in a place, with what they are based on."""

    contest: Contest
    place: Area | Station
    basis: Basis
    sum: Sum = field(default_factory=Sum)


def basis_as_of(size: int | datetime, *, using: str = "default") -> Basis:
    """Return the basis for a log size or a moment. Raises NothingPublished if no checkpoint covers it."""
    checkpoint: Checkpoint | None
    if isinstance(size, datetime):
        checkpoint = checkpoint_at(size, using)
        if checkpoint is None:
            raise NothingPublished
        return Basis(Status.AS_OF, checkpoint.size, checkpoint.signed_at)
    checkpoint = latest_checkpoint(using)
    if checkpoint is None or size > checkpoint.size:
        raise NothingPublished
    return Basis(Status.AS_OF, size)


def show(contest: Contest, place: Area | Station, basis: Basis, *, using: str = "default") -> Shown:
    """Return a contest's figures in an area or at a station on this basis."""
    if basis.snapshot_id is not None and isinstance(place, Area):
        return Shown(contest, place, basis, _snapshot_sum(basis.snapshot_id, contest.pk, place.pk, using))
    if basis.size is not None:
        return Shown(contest, place, basis, sums.as_of(contest.pk, place, basis.size, using=using))
    if isinstance(place, Station):
        return Shown(contest, place, basis, sums.now_in(contest.pk, place, using=using))
    return Shown(contest, place, basis, sums.tally(contest.pk, place.pk, using=using))


@lru_cache(maxsize=20_000)
def _snapshot_sum(snapshot_id: int, contest_id: int, area_id: int, using: str) -> Sum:
    """A snapshot never changes, so what was read from it stays."""
    tally = SnapshotTally.objects.using(using).filter(snapshot=snapshot_id, contest=contest_id, area=area_id).first()
    if tally is None:
        return Sum()
    return Sum(
        layouts_of([contest_id])[contest_id].mapping(tally.figures),
        tally.stations_expected,
        tally.stations_reported,
        tally.stations_held,
        tally.stations_annulled,
    )
