"""Reading protocols: what is owed, what stands, what was said."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connections, models

from tallies.domain.lifecycle import State
from tallies.models import ProtocolVersion, Standing


@dataclass(frozen=True)
class OwedProtocol:
    """That a station owes a protocol of a contest. `area_id` is the station's district."""

    contest_id: int
    contest: str
    station_id: int
    station: str
    area_id: int
    area: str
    election: str
    revision: int


_OWED = """
    SELECT contest.id, contest.code, station.id, station.code, area.id, area.code, election.code,
           election.revision
    FROM stations_contest contest
    JOIN stations_election election ON election.id = contest.election_id
    JOIN stations_station station ON station.election_id = election.id
    JOIN stations_area area ON area.id = station.area_id
    JOIN stations_ballot ballot ON ballot.contest_id = contest.id AND ballot.station_id = station.id
    WHERE contest.code = %s AND station.code = %s
    ORDER BY election.date DESC, election.id DESC
    LIMIT 1
"""


def owed_protocol(contest: str, station: str) -> OwedProtocol | None:
    """Return what the station with this code owes for the contest with this code; None when it owes nothing.

    Where two elections use the same codes, the later one is meant.
    """
    with connections["default"].cursor() as cursor:
        cursor.execute(_OWED, [contest, station])
        row = cursor.fetchone()
    return OwedProtocol(*row) if row else None


def standing(owed: OwedProtocol) -> Standing | None:
    """Return where the protocol stands, with its version; None while it is awaited."""
    return Standing.objects.select_related("version").filter(contest=owed.contest_id, station=owed.station_id).first()


def state_of(owed: OwedProtocol) -> State:
    """Return the state of the protocol."""
    found = standing(owed)
    return State(found.state) if found else State.AWAITED


def versions(contest_id: int, station_id: int, *, using: str = "default") -> models.QuerySet[ProtocolVersion]:
    """Return every version of a protocol, the first one first."""
    return ProtocolVersion.objects.using(using).filter(contest=contest_id, station=station_id).order_by("number")
