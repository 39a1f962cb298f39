"""The journal: what the log's entries imply in the database, kept beside the log's key before anything is signed.

The log itself tells nothing of what is held or entered once, and of words only their hashes; a database restored from
an older backup can therefore not be brought up to date from the log alone. The publisher writes each sealed event with
the rows that were recorded with it into files that only ever grow, durably, before it signs: `replay_log` puts them
back. The journal holds what the database holds and is guarded like it (docs/adr/0014).
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from audit.durable import replace_file, sync_folder
from audit.models import Checkpoint

SEGMENT_BYTES = 64 * 2**20
_EVENTS_AT_ONCE = 5_000
_SUFFIX = ".jsonl"


class JournalDamaged(Exception):
    """A line of the journal cannot be read, or an entry is missing in it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of a table that belong to events: `join` leads from `event` to them under the name `kept`.

    `kinds` are the beginnings of the kinds of events that have such rows, all where there are none. Rows are never
    changed, or, where `key` names the columns they are known by, the latest one counts.
    """

    table: str
    join: str
    kinds: tuple[str, ...] = ("",)
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the journal: an event at its index with its rows by table, or a checkpoint."""

    index: int | None
    event: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    checkpoint: dict[str, Any] = field(default_factory=dict)


_kept: dict[str, Kept] = {}
_afterwards: list[str] = []


def keep(*kept: Kept, afterwards: Sequence[str] = ()) -> None:
    """Let the journal keep these rows: each room says so when it is loaded.

    `afterwards` are statements over `%(events)s`, ids of events that were brought back, for what follows from rows.
    """
    _kept.update({each.table: each for each in kept})
    _afterwards.extend(statement for statement in afterwards if statement not in _afterwards)


def by_event(table: str, *kinds: str) -> Kept:
    """Rows that name their event, one of these kinds."""
    return Kept(table, f"JOIN {table} kept ON kept.event_id = event.id", kinds or ("",))


def kept_tables() -> dict[str, Kept]:
    """Return what is kept, by table."""
    return dict(_kept)


def afterwards() -> tuple[str, ...]:
    """Return the statements to run after rows were brought back."""
    return tuple(_afterwards)


class Journal:
    """One journal's folder. The publisher alone writes it; segments are named by the first index in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._next: int | None = None

    def next_index(self) -> int:
        """Return how many entries the journal holds: the index of the first one it lacks."""
        if self._next is None:
            self._next = self._read_next()
        return self._next

    def catch_up(self, size: int) -> None:
        """Keep every entry below `size` that is not kept yet; return when the disk has them."""
        while self.next_index() < size:
            first = self.next_index()
            end = min(size, first + _EVENTS_AT_ONCE)
            self._append(first, _lines(first, end))
            self._next = end

    def keep_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a signed checkpoint."""
        told = {
            "size": checkpoint.size,
            "root": bytes(checkpoint.root).hex(),
            "note": checkpoint.note,
            "signed_at": checkpoint.signed_at.isoformat(),
        }
        self._append(self.next_index(), [json.dumps({"checkpoint": told}, ensure_ascii=False)])

    def erase_words(self, index: int, subject: str) -> None:
        """Empty the text of this subject, and its salt, in the rows of the entry at this index, where it is kept.

        The publisher must not run. A segment is replaced whole: a crash leaves the old one or the new one.
        """
        path = next((path for path in reversed(self._segments()) if int(path.stem) <= index), None)
        if path is None:
            return
        lines = path.read_bytes().splitlines(keepends=True)
        for number, line in enumerate(lines):
            told = _told(path, number + 1, line) if line.endswith(b"\n") else {}
            if told.get("index") == index and _emptied(told, subject):
                lines[number] = f"{json.dumps(told, ensure_ascii=False)}\n".encode()
                replace_file(path, b"".join(lines), mode=0o600)
                return

    def lines(self, first: int) -> Iterator[Line]:
        """Yield what the journal holds from this index on, in order. Raises `JournalDamaged`."""
        segments = self._segments()
        starts = [int(path.stem) for path in segments]
        for number, path in enumerate(segments):
            if number + 1 < len(starts) and starts[number + 1] <= first:
                continue
            yield from (line for line in _read(path) if line.index is None or line.index >= first)

    def _append(self, index: int, lines: Sequence[str]) -> None:
        path = self._segment(index)
        is_new = not path.exists()
        with path.open("ab") as file:
            file.write("".join(f"{line}\n" for line in lines).encode())
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            sync_folder(self.folder)

    def _segment(self, index: int) -> Path:
        segments = self._segments()
        if segments and segments[-1].stat().st_size < SEGMENT_BYTES:
            return segments[-1]
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.folder / f"{index:012}{_SUFFIX}"

    def _segments(self) -> list[Path]:
        return sorted(self.folder.glob(f"*{_SUFFIX}"))

    def _read_next(self) -> int:
        segments = self._segments()
        if not segments:
            return 0
        _cut_what_is_torn(segments[-1])
        last = int(segments[-1].stem)
        for line in _read(segments[-1]):
            last = last if line.index is None else line.index + 1
        return last


def _cut_what_is_torn(path: Path) -> None:
    """A crash can leave half a line at the end; nothing that was signed stands in it."""
    with path.open("r+b") as file:
        content = file.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            file.truncate(whole)
            os.fsync(file.fileno())


def _read(path: Path) -> Iterator[Line]:
    with path.open("rb") as file:
        for number, text in enumerate(file, 1):
            if not text.endswith(b"\n"):
                return
            told = _told(path, number, text)
            yield Line(told.get("index"), told.get("event", {}), told.get("rows", {}), told.get("checkpoint", {}))


def _told(path: Path, number: int, text: bytes) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError as reason:
        raise JournalDamaged(f"{path}, line {number}") from reason
    if not isinstance(told, dict):
        raise JournalDamaged(f"{path}, line {number}")
    return told


def _emptied(told: dict[str, Any], subject: str) -> bool:
    """Empty what rows of texts hold of a subject; say whether there was any."""
    texts = [row for rows in told["rows"].values() for row in rows if row.get("subject") == subject and row.get("text")]
    for row in texts:
        row.update(text="", salt="\\x")
    return bool(texts)


def _lines(first: int, end: int) -> list[str]:
    """The entries first to end − 1 with their rows, of one moment of the database.

    PostgreSQL writes the JSON; here it is only put together, since the night has many.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(
            "SELECT log.index, event.id, event.kind, to_jsonb(event.*)::text "
            "FROM audit_logindex log JOIN audit_event event ON event.id = log.event_id "
            "WHERE log.index >= %s AND log.index < %s ORDER BY log.index",
            [first, end],
        )
        events = cursor.fetchall()
        if [index for index, *_event in events] != list(range(first, end)):
            raise JournalDamaged(f"the database lacks entries between {first} and {end}")
        rows = _rows_of([(event_id, kind) for _index, event_id, kind, _event in events], cursor)
    return [
        f'{{"index": {index}, "event": {event}, "rows": {{{", ".join(rows.get(event_id, ()))}}}}}'
        for index, event_id, _kind, event in events
    ]


def _rows_of(events: list[tuple[int, str]], cursor: Any) -> dict[int, list[str]]:
    """By event: `"table": [row, …]` for each table that has some."""
    found: dict[int, list[str]] = defaultdict(list)
    for kept in _kept.values():
        ids = [event_id for event_id, kind in events if kind.startswith(kept.kinds)]
        if not ids:
            continue
        cursor.execute(
            f"SELECT event_id, '\"{kept.table}\": [' || string_agg(row::text, ', ') || ']' FROM ("  # noqa: S608
            f"SELECT DISTINCT event.id AS event_id, to_jsonb(kept.*) AS row FROM audit_event event {kept.join} "
            "WHERE event.id = ANY(%s)) found GROUP BY event_id",
            [ids],
        )
        for event_id, rows in cursor.fetchall():
            found[event_id].append(rows)
    return found
