"""The log: every event's bytes, its place, its leaf hash, and every checkpoint's root and signature."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from results.verification.reading import Reader
from results.verification.verdict import Differences
from verifier.hattama_verify import (
    LONGEST_ENTRY,
    LogKey,
    NotCanonical,
    Tree,
    is_event,
    leaf_of,
    read_canonical,
    says,
)

# Sealed events in the order of the log, then the unsealed ones.
_LOG = """
    SELECT log.index, log.leaf_hash, event.id, event.entry, unsealed.event_id IS NOT NULL, change.event_id IS NOT NULL,
           event.kind, event.version,
           to_char(event.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
           event.election, event.contest, event.area, event.station
    FROM audit_event event
    FULL JOIN audit_logindex log ON log.event_id = event.id
    LEFT JOIN audit_unsealedevent unsealed ON unsealed.event_id = event.id
    LEFT JOIN tallies_standingchange change ON change.event_id = event.id
    ORDER BY log.index, event.id
"""
_WAITING_FOR_NOTHING = """
    SELECT event_id FROM audit_unsealedevent unsealed
    WHERE NOT EXISTS (SELECT FROM audit_event event WHERE event.id = unsealed.event_id) ORDER BY event_id
"""
_CHECKPOINTS = "SELECT size, root, note FROM audit_checkpoint ORDER BY size"

_COLUMNS = ("kind", "v", "at", "election", "contest", "area", "station")


class LoggedEvent(NamedTuple):
    log_index: int | None
    leaf_hash: bytes | None
    id: int | None
    entry: bytes | None
    waits: bool
    changes_a_standing: bool
    kind: str
    version: int
    at: str
    election: str
    contest: str
    area: str
    station: str


class Checkpoint(NamedTuple):
    size: int
    root: bytes
    note: str


Texts = dict[int, dict[str, str]]
"""By event: the commitments to what people wrote, each by its subject."""


class Log:
    """What one pass over the log leaves behind for the checks that follow."""

    def __init__(self) -> None:
        self.leaves = bytearray()
        self.size = 0
        self.tree = Tree(b"")
        """Over all leaves, once they have been read."""
        self.checkpoints: list[Checkpoint] = []
        self.texts: Texts = {}
        self.erased: set[tuple[int, str]] = set()
        """Texts whose erasure is logged: the index of the entry each came with, and its subject."""
        self.publications: dict[tuple[str, str, int], list[tuple[int | None, dict[str, Any]]]] = {}
        """Events about published results, by (kind, election, number): index and body."""
        self.registered: dict[str, list[tuple[str, str]]] = {}
        """By election: each package that was loaded or amended, as (when, its hash)."""


def check_log(reader: Reader, key: LogKey | None, differences: Differences, counts: Counter[str]) -> Log:
    """Check the whole log in one pass. Without a key, signatures are left out."""
    log = Log()
    log.checkpoints = [Checkpoint(*row) for row in reader.rows(_CHECKPOINTS)]
    for event in reader.stream(_LOG, LoggedEvent._make):
        if event.entry is None:
            differences.add("audit_event", "row", expected="the event of this index", found=None, index=event.log_index)
        else:
            _check_event(event, log, differences)
        if event.log_index is not None:
            _check_index(event, log, differences)
    log.tree = Tree(log.leaves)
    for checkpoint in log.checkpoints:
        _check_checkpoint(log, checkpoint, key, differences)
    for (event_id,) in reader.rows(_WAITING_FOR_NOTHING):
        differences.add("audit_event", "row", expected="the event that waits to be sealed", found=None, event=event_id)
    counts["events"] = log.size
    counts["checkpoints"] = len(log.checkpoints)
    return log


def _check_index(event: LoggedEvent, log: Log, differences: Differences) -> None:
    """The index must be the next one and the leaf hash that of the entry; the leaf then enters the tree."""
    index = log.size
    if event.log_index != index:
        differences.add("audit_logindex", "index", expected=index, found=event.log_index, event=event.id)
    leaf = leaf_of(event.entry) if event.entry is not None else event.leaf_hash or b""
    if event.leaf_hash != leaf:
        differences.add(
            "audit_logindex", "leaf_hash", expected=leaf, found=event.leaf_hash, event=event.id, index=event.log_index
        )
    log.leaves += leaf
    log.size += 1


def _check_checkpoint(log: Log, checkpoint: Checkpoint, key: LogKey | None, differences: Differences) -> None:
    size = checkpoint.size
    if size > log.size:
        differences.add("audit_checkpoint", "size", expected=f"at most {log.size}", found=size, size=size)
        return
    root = log.tree.root(size)
    if checkpoint.root != root:
        differences.add("audit_checkpoint", "root", expected=root, found=checkpoint.root, size=size)
    if key and not says(checkpoint.note, key, size, root):
        expected = f"signed by {key.name}: size {size}, root {root.hex()}"
        differences.add("audit_checkpoint", "note", expected=expected, found=checkpoint.note, size=size)


def _check_event(event: LoggedEvent, log: Log, differences: Differences) -> None:
    place = {"event": event.id, "index": event.log_index}
    if event.waits == (event.log_index is not None):
        expected = "a row until the event is sealed" if event.log_index is None else None
        differences.add(
            "audit_unsealedevent", "row", expected=expected, found="a row" if event.waits else None, **place
        )
    entry = event.entry or b""
    if len(entry) > LONGEST_ENTRY:
        differences.add("audit_event", "entry", expected=f"{LONGEST_ENTRY} bytes", found=f"{len(entry)} bytes", **place)
    try:
        value = read_canonical(entry)
    except NotCanonical as reason:
        differences.add("audit_event", "entry", expected="canonical JSON", found=reason, **place)
        return
    if not is_event(value):
        differences.add("audit_event", "entry", expected="an event", found=entry[:80], **place)
        return
    said = (
        value["kind"], value["v"], value["at"], value.get("election", ""), value.get("contest", ""),
        value.get("area", ""), value.get("station", ""),
    )  # fmt: skip
    stored = event[6:]
    if said != stored:
        for column, right, found in zip(_COLUMNS, said, stored, strict=True):
            differences.compare("audit_event", column, expected=right, found=found, **place)
    if event.kind.startswith("protocol.") and not event.changes_a_standing:
        differences.add("tallies_standingchange", "row", expected=f"the change of {event.kind}", found=None, **place)
    _remember(event, value["body"], log)


def _remember(event: LoggedEvent, body: Mapping[str, Any], log: Log) -> None:
    if "texts" in body and event.id is not None:
        log.texts[event.id] = dict(body["texts"])
    if event.kind.startswith(("bulletin.", "final.")):
        about = event.kind, event.election, int(body.get("number", 0))
        log.publications.setdefault(about, []).append((event.log_index, dict(body)))
    elif event.kind == "text.erased":
        log.erased.add((int(body.get("index", -1)), str(body.get("subject"))))
    elif event.kind in {"election.loaded", "election.amended"}:
        log.registered.setdefault(event.election, []).append((event.at, str(body.get("package_sha256"))))
