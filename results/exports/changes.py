"""What changed between two sizes of the log: which protocols, and in which areas sums changed with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connections

from stations.models import Election


@dataclass(frozen=True)
class Change:
    """A protocol's change in the log: which entry, of which contest and station, and how it stands since.

    `areas` are those above the station, the district first.
    """

    index: int
    at: datetime
    kind: str
    contest: str
    station: str
    areas: tuple[str, ...]
    state: str


_CHANGES = """
    SELECT log.index, event.occurred_at, event.kind, contest.code, station.code,
           district.code, region.code, nation.code, change.state
    FROM audit_logindex log
    JOIN tallies_standingchange change ON change.event_id = log.event_id
    JOIN audit_event event ON event.id = log.event_id
    JOIN stations_contest contest ON contest.id = change.contest_id
    JOIN stations_station station ON station.id = change.station_id
    JOIN stations_area district ON district.id = station.area_id
    LEFT JOIN stations_area region ON region.id = district.parent_id
    LEFT JOIN stations_area nation ON nation.id = region.parent_id
    WHERE log.index >= %(since)s AND log.index < %(until)s AND contest.election_id = %(election)s
      AND (%(kinds)s::text[] IS NULL OR event.kind = ANY(%(kinds)s::text[]))
    ORDER BY log.index {direction} LIMIT %(limit)s"""


def changes_between(election: Election, *, since: int, until: int, limit: int, using: str = "default") -> list[Change]:
    """Return at most `limit` changes among the entries from `since` to before `until`, in the log's order."""
    asked = {"since": since, "until": until, "election": election.pk, "limit": limit, "kinds": None}
    return _read(_CHANGES.format(direction="ASC"), asked, using)


def latest_changes(
    election: Election, *, until: int, kinds: Sequence[str], limit: int, using: str = "default"
) -> list[Change]:
    """Return the latest changes of these kinds in a log of this size, the newest first."""
    asked = {"since": 0, "until": until, "election": election.pk, "limit": limit, "kinds": list(kinds)}
    return _read(_CHANGES.format(direction="DESC"), asked, using)


def _read(statement: str, asked: Mapping[str, Any], using: str) -> list[Change]:
    with connections[using].cursor() as cursor:
        cursor.execute(statement, asked)
        rows = cursor.fetchall()
    return [
        Change(index, at, kind, contest, station, tuple(area for area in areas if area), state)
        for index, at, kind, contest, station, *areas, state in rows
    ]
