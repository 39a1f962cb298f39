"""What a receipt says of a protocol in force: the version, and the record of the public log that put it in force."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import connections

from tallies.domain.lifecycle import State


@dataclass(frozen=True)
class Record:
    """The log entry that put a version in force. `sha256` is of its bytes, exactly as the log publishes them.

    `index` is its place in the signed log, None until the log has taken it up.
    """

    version_id: int
    number: int
    kind: str
    at: datetime
    sha256: str
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


def records_in_force(contest_id: int, station_id: int, *, using: str = "default") -> list[Record]:
    """Return the records of every version that is or was in force, the first one first."""
    with connections[using].cursor() as cursor:
        cursor.execute(_RECORDS, [contest_id, station_id, State.IN_FORCE.value])
        return [
            Record(version_id, number, kind, at, hashlib.sha256(bytes(entry)).hexdigest(), index)
            for version_id, number, kind, at, entry, index in cursor.fetchall()
        ]
