"""What a receipt says of a protocol in force: the version, and the record of the public log that put it in force."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connections

from audit.domain.merkle import leaf_hash
from tallies.domain.lifecycle import State


@dataclass(frozen=True)
class Record:
    """The log entry that put a version in force. `sha256` is of its bytes, exactly as the log publishes them;
    `leaf_hash` is what the log's tree holds of it (RFC 6962, section 2.1).

    `index` is its place in the signed log, None until the log has taken it up.
    """

    version_id: int
    number: int
    kind: str
    at: datetime
    sha256: str
    leaf_hash: str
    index: int | None


# A version comes into force once; what is annulled or ordered anew later does not put one in force.
_RECORDS = """
    SELECT change.version_id, version.number, event.kind, event.occurred_at, event.entry, log.index
    FROM tallies_standingchange change
    JOIN tallies_protocolversion version ON version.id = change.version_id
    JOIN audit_event event ON event.id = change.event_id
    LEFT JOIN audit_logindex log ON log.event_id = change.event_id
    WHERE change.contest_id = %s AND change.station_id = %s AND change.state = %s
    ORDER BY change.event_id
"""

_RECORDS_AT = """
    SELECT DISTINCT ON (change.station_id)
        change.station_id, change.version_id, version.number, event.kind, event.occurred_at, event.entry, log.index
    FROM tallies_standingchange change
    JOIN tallies_protocolversion version ON version.id = change.version_id
    JOIN audit_event event ON event.id = change.event_id
    JOIN audit_logindex log ON log.event_id = change.event_id
    WHERE change.contest_id = %s AND change.station_id = ANY(%s) AND change.state = %s AND log.index < %s
    ORDER BY change.station_id, change.event_id DESC
"""


def records_in_force(contest_id: int, station_id: int, *, using: str = "default") -> list[Record]:
    """Return the records of every version that is or was in force, the first one first."""
    with connections[using].cursor() as cursor:
        cursor.execute(_RECORDS, [contest_id, station_id, State.IN_FORCE.value])
        return [_record(row) for row in cursor.fetchall()]


def records_at(contest_id: int, station_ids: Sequence[int], *, size: int, using: str = "default") -> dict[int, Record]:
    """Return, by station, the last record that put a version in force within the first `size` entries of the log."""
    with connections[using].cursor() as cursor:
        cursor.execute(_RECORDS_AT, [contest_id, list(station_ids), State.IN_FORCE.value, size])
        return {station_id: _record(row) for station_id, *row in cursor.fetchall()}


def _record(row: Sequence[Any]) -> Record:
    version_id, number, kind, at, entry, index = row
    sha256 = hashlib.sha256(bytes(entry)).hexdigest()
    return Record(version_id, number, kind, at, sha256, leaf_hash(bytes(entry)).hex(), index)
