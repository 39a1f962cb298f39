"""What can be asked of the log: checkpoints, events, proofs. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, QuerySet

from audit.domain.merkle import consistency_path, inclusion_path, subtrees_of_hashes
from audit.models import Checkpoint, Disclosure, Event, LogIndex, UnsealedEvent


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That the entry with this index and leaf hash is in the log of this size."""

    index: int
    size: int
    leaf_hash: bytes
    path: tuple[bytes, ...]


def latest_checkpoint(using: str = "default") -> Checkpoint | None:
    """Return the last signed checkpoint, None before the first."""
    return Checkpoint.objects.using(using).order_by("-size").first()


def checkpoint_at(moment: datetime, using: str = "default") -> Checkpoint | None:
    """Return the last checkpoint signed at or before the moment, None when there was none yet."""
    return Checkpoint.objects.using(using).filter(signed_at__lte=moment).order_by("-size").first()


def log_is_public(now: datetime, using: str = "default") -> bool:
    """Say whether entries, tiles and proofs may be seen: every election that is known has reached its moment.

    One log holds all elections, so the latest moment decides; while no election is known, nothing is public.
    """
    latest = Disclosure.objects.using(using).aggregate(latest=Max("figures_public_from"))["latest"]
    return latest is not None and latest <= now


def events(
    *,
    kind: str = "",
    election: str = "",
    contest: str = "",
    area: str = "",
    station: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    using: str = "default",
) -> QuerySet[Event]:
    """Return events with their index where they have one, newest first; each filter narrows, empty ones do not.

    `since` is inclusive, `until` exclusive; both are of the moment the event tells.
    """
    wanted: dict[str, object] = {
        "kind": kind, "election": election, "contest": contest, "area": area, "station": station,
        "occurred_at__gte": since, "occurred_at__lt": until,
    }  # fmt: skip
    given = {field: value for field, value in wanted.items() if value}
    return Event.objects.using(using).filter(**given).select_related("log_index").order_by("-id")


def oldest_unsealed_at(using: str = "default") -> datetime | None:
    """Return the moment of the event that waits longest for its index, None when none waits."""
    first = UnsealedEvent.objects.using(using).select_related("event").order_by("event_id").first()
    return first.event.occurred_at if first else None


def index_of(event_id: int, using: str = "default") -> int | None:
    """Return the event's place in the log, None while it is unsealed."""
    return LogIndex.objects.using(using).filter(event_id=event_id).values_list("index", flat=True).first()


def inclusion_proof(*, index: int, size: int, using: str = "default") -> InclusionProof:
    """Return the proof that entry `index` is in the log of `size` entries. Raises ValueError when it is not."""
    leaves = _leaf_hashes(size, using)
    path = inclusion_path(index, size, subtrees_of_hashes(leaves))
    return InclusionProof(index, size, leaves[index], tuple(path))


def consistency_proof(*, old_size: int, size: int, using: str = "default") -> list[bytes]:
    """Return the proof that the log of `size` entries extends that of `old_size`. Raises ValueError if it cannot."""
    return consistency_path(old_size, size, subtrees_of_hashes(_leaf_hashes(size, using)))


def _leaf_hashes(size: int, using: str) -> list[bytes]:
    rows = LogIndex.objects.using(using).filter(index__lt=size).order_by("index")
    leaves = [bytes(leaf) for leaf in rows.values_list("leaf_hash", flat=True)]
    if len(leaves) != size:
        raise ValueError(f"the log has {len(leaves)} entries, not {size}")
    return leaves
