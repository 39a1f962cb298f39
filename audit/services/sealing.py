"""Publishing: unsealed events become a signed log, so that a crash at any point leaves nothing to repair by hand.

1. A transaction assigns indexes, durably. 2. Tiles and bundles, a pure function of the indexes, are written. 3. The
signer remembers what it is about to sign, then signs. 4. A transaction stores the checkpoint. 5. The file `checkpoint`
is renamed into place. Whatever was lost after step 1 is done again by the next pass, with the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from django.db import DatabaseError, connection, transaction
from django.db.models import Max

from audit.domain.checkpoints import EMPTY, TreeHead, parse_checkpoint
from audit.domain.merkle import consistency_path, leaf_hash
from audit.domain.notes import text_of
from audit.domain.tiles import (
    TILE_WIDTH,
    Edge,
    Tile,
    bundle,
    edge_of_tiles,
    edge_tiles,
    extend,
    subtrees_of_tiles,
)
from audit.journal import Journal
from audit.log_folder import LogFolder
from audit.models import Checkpoint, LogIndex, UnsealedEvent
from audit.signer import Signer, SmallerTree, check_extension

EVENTS_A_PASS = 100_000
"""How many events one pass takes: it bounds the length of a transaction, not what can be sealed."""

_ENTRIES_AT_ONCE = 64 * TILE_WIDTH
"""How many entries are in memory at a time."""

# The pair of numbers is the publisher's alone among the advisory locks of the database.
_PUBLISHER_LOCK = (0x4C4F47, 1)

_WAITING = "SELECT event_id FROM audit_unsealedevent ORDER BY event_id LIMIT %s"
# The ids are given as a list, so that the planner knows how few or many they are.
_ASSIGN_INDEXES = """
    WITH taken AS (DELETE FROM audit_unsealedevent WHERE event_id = ANY(%(ids)s) RETURNING event_id)
    INSERT INTO audit_logindex (index, event_id, leaf_hash)
    SELECT %(first)s + row_number() OVER (ORDER BY event.id) - 1, event.id, sha256('\\x00'::bytea || event.entry)
    FROM taken JOIN audit_event AS event ON event.id = taken.event_id AND event.id = ANY(%(ids)s)
"""


class AnotherPublisher(Exception):
    """Another publisher is at work on this database."""


class LogContradiction(Exception):
    """The database, the tiles and the checkpoints do not tell the same log. Nothing was signed; somebody must look."""


def seal(*, now: datetime, log_folder: LogFolder, signer: Signer, journal: Journal | None = None) -> Checkpoint | None:
    """Seal what has been recorded: one pass. Return the checkpoint published, None when there was nothing to do.

    With a journal, every entry is kept in it with its rows before it is signed. An empty log is published too, once.
    Raises `AnotherPublisher`, `LogContradiction`, `SigningRefused`, `PublishedDiffers`, `JournalDamaged`; in each case
    the log stands as it stood. Must not run inside a transaction.
    """
    with one_publisher():
        if journal and journal.next_index() > (size := _size_of_index()):
            raise SmallerTree(f"the journal holds {journal.next_index()} entries, the database {size}")
        log_folder.publish_vkey(str(signer.verifier_key))
        stored = Checkpoint.objects.order_by("-size").first()
        if _nothing_to_do(stored, log_folder):
            return None
        edge = _edge_of(_head_of(stored), log_folder)
        # Before any index is given: where an older database has lost events, their indexes are not for others.
        for seen in _heads_the_world_may_have_seen(stored, log_folder, signer):
            _check_still_there(seen, edge, log_folder)
        size = _assign_indexes()
        if journal:
            # Before anything is signed: what the world sees can be brought back with all it implies.
            journal.catch_up(size)
        head = _write_tiles(edge, size, log_folder)
        note = signer.sign(head, _consistency(signer.last_signed(), head, log_folder))
        checkpoint = _store(head, note, now)
        if journal:
            journal.keep_checkpoint(checkpoint)
        log_folder.publish_checkpoint(note)
        return checkpoint


@contextmanager
def one_publisher() -> Iterator[None]:
    """Be the only publisher while the body runs, or raise `AnotherPublisher`. May be nested."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", _PUBLISHER_LOCK)
        if not cursor.fetchone()[0]:
            raise AnotherPublisher
    try:
        yield
    finally:
        # With the connection lost the lock is gone already.
        with suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", _PUBLISHER_LOCK)


def _nothing_to_do(stored: Checkpoint | None, folder: LogFolder) -> bool:
    return (
        stored is not None
        and stored.note == folder.checkpoint()
        and stored.size == _size_of_index()
        and not UnsealedEvent.objects.exists()
    )


def _heads_the_world_may_have_seen(stored: Checkpoint | None, folder: LogFolder, signer: Signer) -> set[TreeHead]:
    """What the new head must extend: the last checkpoint of the database, the published one, and the last signed.

    They differ after a crash or a restore only.
    """
    published = folder.checkpoint()
    heads = {_head_of(stored), signer.last_signed()}
    return heads | ({parse_checkpoint(text_of(published), signer.origin)} if published else set())


def _head_of(stored: Checkpoint | None) -> TreeHead:
    return TreeHead(stored.size, bytes(stored.root)) if stored else EMPTY


def _edge_of(head: TreeHead, folder: LogFolder) -> Edge:
    """The tree's right edge, from its tiles; the empty tree when they are gone, so that all are written again."""
    try:
        edge = edge_of_tiles(head.size, folder.read)
    except FileNotFoundError:
        return Edge()
    if edge.root() != head.root:
        raise LogContradiction(f"the tiles of the first {head.size} entries do not have the root that was signed")
    return edge


def _check_still_there(seen: TreeHead, edge: Edge, folder: LogFolder) -> None:
    """Raise `SigningRefused` unless the database's log, as its indexes stand, contains the tree the world has seen."""
    if seen.size <= edge.size:
        head = TreeHead(edge.size, edge.root())
        check_extension(seen, head, _consistency(seen, head, folder))
        return
    leaves = LogIndex.objects.filter(index__gte=edge.size, index__lt=seen.size).order_by("index")
    grown, _ = extend(edge, [bytes(leaf) for leaf in leaves.values_list("leaf_hash", flat=True)])
    check_extension(seen, TreeHead(grown.size, grown.root()), [])


def _assign_indexes() -> int:
    """Give waiting events their index, in the order of their ids; return the size of the log."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        first = _size_of_index()
        cursor.execute(_WAITING, [EVENTS_A_PASS])
        ids = [row[0] for row in cursor.fetchall()]
        if ids:
            cursor.execute("SET LOCAL synchronous_commit = on")
            cursor.execute(_ASSIGN_INDEXES, {"ids": ids, "first": first})
            if cursor.rowcount != len(ids):
                raise LogContradiction(f"{len(ids)} events wait for an index, {cursor.rowcount} could be given one")
    return first + len(ids)


def _size_of_index() -> int:
    last: int | None = LogIndex.objects.aggregate(last=Max("index"))["last"]
    return 0 if last is None else last + 1


def _write_tiles(edge: Edge, size: int, folder: LogFolder) -> TreeHead:
    """Write every tile and bundle between the edge and `size`; return the new head."""
    first = edge.size - edge.size % TILE_WIDTH
    tiles: dict[Tile, bytes] = {}
    for start in range(first, size, _ENTRIES_AT_ONCE):
        folder.write(tiles)
        entries = _entries(start, min(start + _ENTRIES_AT_ONCE, size))
        edge, filled = extend(edge, [leaf_hash(entry) for entry in entries[edge.size - start :]])
        tiles = _bundles(start, entries) | filled
    folder.write(tiles | edge_tiles(edge))
    return TreeHead(edge.size, edge.root())


def _entries(start: int, end: int) -> list[bytes]:
    """Return the entries with the indexes start to end − 1; each must still have the hash its index was given for."""
    rows = LogIndex.objects.filter(index__gte=start, index__lt=end).order_by("index")
    entries: list[bytes] = []
    for index, leaf, entry in rows.values_list("index", "leaf_hash", "event__entry").iterator(chunk_size=TILE_WIDTH):
        content = bytes(entry)
        if index != start + len(entries) or leaf_hash(content) != bytes(leaf):
            raise LogContradiction(f"the entry at index {start + len(entries)} is missing or was changed")
        entries.append(content)
    if len(entries) != end - start:
        raise LogContradiction(f"the entry at index {start + len(entries)} is missing")
    return entries


def _bundles(start: int, entries: list[bytes]) -> dict[Tile, bytes]:
    pieces = [entries[i : i + TILE_WIDTH] for i in range(0, len(entries), TILE_WIDTH)]
    return {Tile(None, start // TILE_WIDTH + i, len(piece)): bundle(piece) for i, piece in enumerate(pieces)}


def _consistency(before: TreeHead, head: TreeHead, folder: LogFolder) -> list[bytes]:
    """The consistency path from the tiles; empty where there can be none, which no check accepts."""
    if before.size > head.size:
        return []
    return consistency_path(before.size, head.size, subtrees_of_tiles(head.size, folder.read))


def _store(head: TreeHead, note: str, now: datetime) -> Checkpoint:
    """Store the checkpoint, or return the one stored before a crash."""
    with transaction.atomic(durable=True):
        values = {"root": head.root, "note": note, "signed_at": now}
        return Checkpoint.objects.get_or_create(size=head.size, defaults=values)[0]
