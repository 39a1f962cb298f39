"""After a restore: what the log and its journal hold and the database has lost comes back, row by row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connections, transaction

from audit.domain.checkpoints import EMPTY, TreeHead, parse_checkpoint
from audit.domain.notes import VerifierKey, verify
from audit.domain.tiles import TILE_WIDTH, Edge, Tile, bundle_entries, extend
from audit.journal import Journal, Line, afterwards, kept_tables
from audit.log_folder import LogFolder
from audit.models import LogIndex
from audit.services.sealing import LogContradiction, one_publisher

_AT_ONCE = 1_000

_INSERT_EVENTS = """
    INSERT INTO audit_event SELECT * FROM jsonb_populate_recordset(NULL::audit_event, %s)
"""
_INSERT_INDEXES = """
    WITH taken AS (DELETE FROM audit_unsealedevent WHERE event_id = ANY(%(ids)s))
    INSERT INTO audit_logindex (index, event_id, leaf_hash)
    SELECT place.index, event.id, sha256('\\x00'::bytea || event.entry)
    FROM unnest(%(indexes)s::bigint[], %(ids)s::bigint[]) AS place (index, id)
    JOIN audit_event event ON event.id = place.id
"""
_INSERT_CHECKPOINTS = """
    INSERT INTO audit_checkpoint SELECT given.* FROM jsonb_populate_recordset(NULL::audit_checkpoint, %s) given
    WHERE given.size > (SELECT COALESCE(max(size), -1) FROM audit_checkpoint) ORDER BY given.size
"""


class NothingToReplay(Exception):
    """The database holds everything that was published."""


class NotReplayable(Exception):
    """The log cannot be brought back like this; nothing was changed."""


@dataclass
class Replayed:
    """What came back: entries `first` to `end` − 1, rows by table, checkpoints, and kinds without any row."""

    first: int
    end: int
    rows: dict[str, int] = field(default_factory=dict)
    checkpoints: int = 0
    kinds: dict[str, int] = field(default_factory=dict)


def replay_log(
    *, journal: Journal, log_folder: LogFolder, key: VerifierKey, now: datetime, without_journal: bool = False
) -> Replayed:
    """Bring the events that the database has lost back, with all that was recorded with them, in one transaction.

    Every entry is held against the published tiles. Where the journal is lost too, `without_journal` brings back the
    bare entries, so that the log can go on; what they imply must then be recorded again by people. Runs as the
    database's owner. Raises `NothingToReplay`, `NotReplayable`, `LogContradiction`, `JournalDamaged`,
    `AnotherPublisher`.
    """
    with one_publisher(), transaction.atomic(using="owner", durable=True):
        published = _published(log_folder, key)
        size = LogIndex.objects.using("owner").count()
        end = published.size if without_journal else max(published.size, journal.next_index())
        if size >= end:
            raise NothingToReplay
        _check_no_strangers()
        edge = _check_what_is_here(size, published, log_folder)
        lines = _bare_lines(size, end, log_folder, now) if without_journal else journal.lines(size)
        done = _bring_back(lines, Replayed(size, end))
        _check_root(edge, size, published)
        _follow_up(done)
        return done


def _published(folder: LogFolder, key: VerifierKey) -> TreeHead:
    note = folder.checkpoint()
    return parse_checkpoint(verify(note, [key]), key.name) if note else EMPTY


def _check_no_strangers() -> None:
    """Events recorded after the restore have ids and will have places that belong to what is lost."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM audit_unsealedevent waiting "
            "WHERE waiting.event_id > (SELECT COALESCE(max(event_id), 0) FROM audit_logindex)"
        )
        waiting = cursor.fetchone()[0]
        if waiting:
            raise NotReplayable(
                f"{waiting} events were recorded since the backup and are not sealed: they would take the places of "
                "what is lost. Restore again with everything else stopped."
            )


def _check_what_is_here(size: int, published: TreeHead, folder: LogFolder) -> Edge:
    """The database's log must be the beginning of the published one."""
    common = min(size, published.size)
    leaves = LogIndex.objects.using("owner").filter(index__lt=common).order_by("index")
    edge, _tiles = extend(Edge(), [bytes(leaf) for leaf in leaves.values_list("leaf_hash", flat=True)])
    with suppress(FileNotFoundError):
        for tile in (Tile(0, number) for number in range(common // TILE_WIDTH)):
            _check_tile(tile, folder)
        if published.size == common and edge.root() != published.root:
            raise LogContradiction("the database's log is not the one that was published")
    return edge


def _check_tile(tile: Tile, folder: LogFolder) -> None:
    first = tile.number * TILE_WIDTH
    rows = LogIndex.objects.using("owner").filter(index__gte=first, index__lt=first + TILE_WIDTH).order_by("index")
    if folder.read(tile) != b"".join(bytes(leaf) for leaf in rows.values_list("leaf_hash", flat=True)):
        raise LogContradiction(f"the database's entries from {first} on are not those that were published")


def _bare_lines(first: int, end: int, folder: LogFolder, now: datetime) -> Iterator[Line]:
    """The published entries themselves, with new ids: what they imply is not known here."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT COALESCE(max(id), 0) FROM audit_event")
        last_id = cursor.fetchone()[0]
    for index in range(first, end):
        number, place = divmod(index, TILE_WIDTH)
        tile = Tile(None, number, min(TILE_WIDTH, end - number * TILE_WIDTH))
        entry = bundle_entries(folder.read(tile))[place]
        told = json.loads(entry)
        event = {name: told.get(name, "") for name in ("kind", "election", "contest", "area", "station")}
        event |= {
            "id": last_id + 1 + index - first,
            "version": told["v"],
            "occurred_at": told["at"],
            "entry": f"\\x{entry.hex()}",
        }
        yield Line(index, event)
    note = folder.checkpoint() or ""
    head = parse_checkpoint(note.split("\n\n")[0] + "\n", note.split("\n")[0])
    told = {"size": head.size, "root": f"\\x{head.root.hex()}", "note": note, "signed_at": now.isoformat()}
    yield Line(None, checkpoint=told)


def _bring_back(lines: Iterable[Line], done: Replayed) -> Replayed:
    expected = done.first
    batch: list[Line] = []
    checkpoints: list[dict[str, Any]] = []
    for line in lines:
        if line.index is None:
            checkpoints.append(line.checkpoint)
            continue
        if line.index != expected:
            raise NotReplayable(f"the journal lacks the entry at index {expected}")
        expected += 1
        batch.append(line)
        if len(batch) == _AT_ONCE:
            _insert(batch, done)
            batch = []
    _insert(batch, done)
    if expected < done.end:
        raise NotReplayable(f"the journal ends before the entry at index {expected}")
    _insert_checkpoints(checkpoints, done)
    return done


def _insert(batch: list[Line], done: Replayed) -> None:
    if not batch:
        return
    if any(line.event["kind"] == "election.loaded" for line in batch):
        raise NotReplayable("an election was loaded after the backup was written: restore a later one")
    ids = [line.event["id"] for line in batch]
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_event WHERE id = ANY(%s)", [ids])
        if cursor.fetchone()[0]:
            raise NotReplayable("other events have taken the ids of what is lost: restore again, all else stopped")
        cursor.execute(_INSERT_EVENTS, [json.dumps([line.event for line in batch])])
        cursor.execute(_INSERT_INDEXES, {"ids": ids, "indexes": [line.index for line in batch]})
        for table, kept in kept_tables().items():
            rows = [row for line in batch for row in line.rows.get(table, [])]
            if rows:
                done.rows[table] = done.rows.get(table, 0) + _insert_rows(table, kept.key, rows, cursor)
    for line in batch:
        done.kinds[line.event["kind"]] = done.kinds.get(line.event["kind"], 0) + 1


def _insert_rows(table: str, key: tuple[str, ...], rows: list[dict[str, Any]], cursor: Any) -> int:
    """Insert the rows; those that are there stay, or where they change give way to the later one."""
    columns = list(rows[0])
    known_by = key or columns
    latest = {tuple(json.dumps(row[name]) for name in known_by): row for row in rows}
    update = ", ".join(f'"{name}" = EXCLUDED."{name}"' for name in columns)
    conflict = f"({', '.join(key)}) DO UPDATE SET {update}" if key else "DO NOTHING"
    names = ", ".join(f'"{name}"' for name in columns)
    cursor.execute(
        f"INSERT INTO {table} ({names}) SELECT {names} "  # noqa: S608 (names of our own tables)
        f"FROM jsonb_populate_recordset(NULL::{table}, %s) ON CONFLICT {conflict}",
        [json.dumps(list(latest.values()))],
    )
    return int(cursor.rowcount)


def _insert_checkpoints(checkpoints: list[dict[str, Any]], done: Replayed) -> None:
    """One statement each: the guard holds every checkpoint against the last one."""
    with connections["owner"].cursor() as cursor:
        for told in sorted(checkpoints, key=lambda each: int(each["size"])):
            row = {**told, "root": told["root"] if told["root"].startswith("\\x") else f"\\x{told['root']}"}
            if row["size"] <= done.end:
                cursor.execute(_INSERT_CHECKPOINTS, [json.dumps([row])])
                done.checkpoints += cursor.rowcount


def _check_root(edge: Edge, size: int, published: TreeHead) -> None:
    """What stands in the database now must be what was published, to the last bit."""
    if published.size <= size:
        return
    leaves = LogIndex.objects.using("owner").filter(index__gte=size, index__lt=published.size).order_by("index")
    grown, _tiles = extend(edge, [bytes(leaf) for leaf in leaves.values_list("leaf_hash", flat=True)])
    if grown.root() != published.root:
        raise LogContradiction("what came back is not what was published; nothing was changed")


def _follow_up(done: Replayed) -> None:
    """What follows from rows, and the numbers that the next rows get."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(event_id) FROM audit_logindex WHERE index >= %s AND index < %s", [done.first, done.end]
        )
        ids = cursor.fetchone()[0]
        for statement in afterwards():
            cursor.execute(statement, {"events": ids})
        for table in ("audit_event", *kept_tables()):
            cursor.execute("SELECT pg_get_serial_sequence(%s, column_name) FROM information_schema.columns "
                           "WHERE table_schema = 'public' AND table_name = %s AND column_name = 'id' "
                           "AND is_identity = 'YES'", [table, table])  # fmt: skip
            found = cursor.fetchone()
            if found and found[0]:
                cursor.execute(
                    f"SELECT setval(%s, GREATEST((SELECT COALESCE(max(id), 1) FROM {table}), "  # noqa: S608
                    f"(SELECT last_value FROM {found[0]})))",
                    [found[0]],
                )
