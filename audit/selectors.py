"""What can be asked of the log: checkpoints, events, proofs. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.db.models import Max, QuerySet

from audit.domain.merkle import consistency_path, inclusion_path, root_of_hashes
from audit.domain.tiles import TILE_WIDTH, Tile, subtrees_of_tiles, tile_hashes, tiles_beneath
from audit.log_folder import LogFolder
from audit.models import Alarm, Checkpoint, Cosignature, Disclosure, Event, LogIndex, UnsealedEvent
from audit.witnesses import witness_vkeys

_TILES_KEPT = 1024
"""8 KiB each, at most, while many entries are proved."""


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


def alarms() -> list[Alarm]:
    """Return what is wrong with the log now, what lasts longest first."""
    return list(Alarm.objects.order_by("since", "id"))


def oldest_unsealed_at(using: str = "default") -> datetime | None:
    """Return the moment of the event that waits longest for its index, None when none waits."""
    first = UnsealedEvent.objects.using(using).select_related("event").order_by("event_id").first()
    return first.event.occurred_at if first else None


def index_of(event_id: int, using: str = "default") -> int | None:
    """Return the event's place in the log, None while it is unsealed."""
    return LogIndex.objects.using(using).filter(event_id=event_id).values_list("index", flat=True).first()


def entries_at(indexes: Iterable[int], using: str = "default") -> dict[int, bytes]:
    """Return the bytes of the entries at these places of the log, by place; what the log has not is not there."""
    rows = LogIndex.objects.using(using).filter(index__in=list(indexes)).values_list("index", "event__entry")
    return {index: bytes(entry) for index, entry in rows}


def checkpoint_of(size: int, using: str = "default") -> Checkpoint | None:
    """Return the checkpoint signed over so many entries, None where none was."""
    return Checkpoint.objects.using(using).filter(size=size).first()


def checkpoints(*, before: int | None = None, using: str = "default") -> QuerySet[Checkpoint]:
    """Return the signed checkpoints, the largest first; `before` leaves out those of this size and more."""
    found = Checkpoint.objects.using(using).order_by("-size")
    return found if before is None else found.filter(size__lt=before)


def best_checkpoint(index: int, using: str = "default") -> Checkpoint | None:
    """Return the checkpoint to prove an entry against: the last one that witnesses cosigned, else the last one signed.

    None where no checkpoint covers the entry yet.
    """
    covering = Checkpoint.objects.using(using).filter(size__gt=index).order_by("-size")
    keys = witness_vkeys()
    return covering.filter(cosignatures__vkey__in=keys).first() or covering.first()


def cosignatures_on(size: int, using: str = "default") -> list[Cosignature]:
    """Return what registered witnesses stated about the checkpoint of this size, by their names."""
    found = Cosignature.objects.using(using).filter(checkpoint=size, vkey__in=witness_vkeys())
    return list(found.select_related("checkpoint").order_by("witness"))


def cosignatures(size: int, using: str = "default") -> list[Cosignature]:
    """Return, for each registered witness that vouches for the first `size` entries, its earliest cosignature.

    A witness that cosigned a larger checkpoint vouches for all that it contains: it saw that its log only grew.
    """
    found = Cosignature.objects.using(using).filter(checkpoint__gte=size, vkey__in=witness_vkeys())
    return list(found.order_by("witness", "vkey", "checkpoint").distinct("witness", "vkey"))


def last_cosigned(using: str = "default") -> dict[str, Cosignature]:
    """Return the largest checkpoint each registered witness has cosigned, by its vkey."""
    found = Cosignature.objects.using(using).filter(vkey__in=witness_vkeys())
    return {each.vkey: each for each in found.order_by("vkey", "-checkpoint").distinct("vkey")}


def cosignature_lines(note: str, using: str = "default") -> list[str]:
    """Return the lines by which registered witnesses cosigned this published checkpoint."""
    if not settings.LOG_WITNESSES:
        return []
    size = int(note.split("\n", 2)[1])
    return [each.line for each in cosignatures_on(size, using) if each.checkpoint.note == note]


def cosigned_note(checkpoint: Checkpoint, using: str = "default") -> str:
    """Return the checkpoint as the log signed it, with the cosignatures of registered witnesses beneath."""
    return checkpoint.note + "".join(each.line for each in cosignatures_on(checkpoint.size, using))


def inclusion_proof(
    *, index: int, size: int, log_folder: LogFolder | None = None, using: str = "default"
) -> InclusionProof:
    """Return the proof that entry `index` is in the log of `size` entries. Raises ValueError when it is not."""
    return inclusion_prover(size=size, log_folder=log_folder, using=using)(index)


def inclusion_prover(
    *, size: int, log_folder: LogFolder | None = None, using: str = "default"
) -> Callable[[int], InclusionProof]:
    """Return what proves entry after entry in the log of `size` entries, reading each tile once.

    It raises ValueError for an entry that is not in that log, as this does for a size that the log has not reached.
    """
    read = lru_cache(maxsize=_TILES_KEPT)(_tile_reader(size, log_folder, using))
    subtrees = subtrees_of_tiles(size, read)

    def prove(index: int) -> InclusionProof:
        path = inclusion_path(index, size, subtrees)
        number, place = divmod(index, TILE_WIDTH)
        tile = Tile(0, number, min(TILE_WIDTH, size - number * TILE_WIDTH))
        return InclusionProof(index, size, tile_hashes(read(tile), tile)[place], tuple(path))

    return prove


def consistency_proof(
    *, old_size: int, size: int, log_folder: LogFolder | None = None, using: str = "default"
) -> list[bytes]:
    """Return the proof that the log of `size` entries extends that of `old_size`. Raises ValueError if it cannot."""
    return consistency_path(old_size, size, subtrees_of_tiles(size, _tile_reader(size, log_folder, using)))


def _tile_reader(size: int, log_folder: LogFolder | None, using: str) -> Callable[[Tile], bytes]:
    """Return what reads a tile of the tree of this size: from the published folder where it is there, else from the
    database's leaf hashes. Proofs of one entry need a few tiles of 256 hashes, however long the log is.
    """
    last = LogIndex.objects.using(using).aggregate(last=Max("index"))["last"]
    entries = 0 if last is None else last + 1
    if size > entries:
        raise ValueError(f"the log has {entries} entries, not {size}")

    def read(tile: Tile) -> bytes:
        if log_folder is not None:
            with suppress(FileNotFoundError):
                return log_folder.read(tile)
        return _leaves(tile, using) if tile.level == 0 else b"".join(map(root_of_tile, tiles_beneath(tile)))

    def root_of_tile(tile: Tile) -> bytes:
        return root_of_hashes(tile_hashes(read(tile), tile))

    return read


def _leaves(tile: Tile, using: str) -> bytes:
    first = tile.number * TILE_WIDTH
    rows = LogIndex.objects.using(using).filter(index__gte=first, index__lt=first + tile.width).order_by("index")
    return b"".join(bytes(leaf) for leaf in rows.values_list("leaf_hash", flat=True))
