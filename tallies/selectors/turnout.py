"""Reading what stations reported through the day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connections
from django.db.models import Q

from stations.models import Ballot, Election, Station
from tallies.domain.turnout import hours_due, strikes_at
from tallies.models import TurnoutReport
from tallies.selectors.protocols import Scope


@dataclass(frozen=True)
class OwedTurnout:
    """A station that reports turnout, as the service needs it. `hours` are those of its election."""

    station_id: int
    station: str
    area_id: int
    area: str
    election: str
    hours: tuple[str, ...]
    day: date
    time_zone: str
    registered_voters: int


def owed_turnout(station: str) -> OwedTurnout | None:
    """Return the station with this code; None when there is none. Of two elections the later one is meant."""
    found = (
        Station.objects.select_related("area", "election")
        .filter(code=station)
        .order_by("-election__date", "-election_id")
        .first()
    )
    return owed_by(found) if found else None


def owed_by(station: Station) -> OwedTurnout:
    """Return what the service needs of a station read with its area and election."""
    return OwedTurnout(
        station.pk,
        station.code,
        station.area_id,
        station.area.code,
        station.election.code,
        tuple(station.election.turnout_hours),
        station.election.date,
        station.time_zone,
        station.registered_voters,
    )


def reports_of(station_id: int) -> dict[str, TurnoutReport]:
    """Return the report that counts of each hour, by hour."""
    reports = TurnoutReport.objects.filter(station=station_id).order_by("hour", "number")
    return {report.hour: report for report in reports}


@dataclass(frozen=True)
class HourOfStation:
    """An hour on the station's page: whether it has struck, and what was reported."""

    hour: str
    is_due: bool
    report: TurnoutReport | None


def hours_of(owed: OwedTurnout, *, now: datetime) -> list[HourOfStation]:
    """Return every hour of the day in order."""
    due = set(hours_due(owed.hours, owed.day, owed.time_zone, now))
    reports = reports_of(owed.station_id)
    return [HourOfStation(hour, hour in due, reports.get(hour)) for hour in owed.hours]


@dataclass(frozen=True)
class TurnoutOwed:
    """What a station owes of the day's reports: hours that passed unreported, the one that is due, the next one."""

    late: list[str]
    due: str | None
    next_hour: str | None


def turnout_owed(stations: Collection[Station], election: Election, *, now: datetime) -> dict[int, TurnoutOwed]:
    """Return what each of these stations owes, by station id: one statement, none where no hours are reported."""
    hours = sorted(election.turnout_hours)
    if not hours:
        return {}
    found = TurnoutReport.objects.filter(station__in=[station.pk for station in stations])
    reported = set(found.values_list("station_id", "hour"))
    owed = {}
    for station in stations:
        struck = hours_due(hours, election.date, station.time_zone, now)
        missing = [hour for hour in struck if (station.pk, hour) not in reported]
        owed[station.pk] = TurnoutOwed(
            late=[hour for hour in missing if hour != struck[-1]],
            due=next((hour for hour in missing if hour == struck[-1]), None),
            next_hour=next((hour for hour in hours if hour not in struck), None),
        )
    return owed


def voters_by_hour(station_id: int, *, using: str = "default") -> dict[str, int]:
    """Return the voters of each hour that a station reported, by the report that counts."""
    reports = TurnoutReport.objects.using(using).filter(station=station_id).order_by("hour", "number")
    return dict(reports.values_list("hour", "voters"))


_LAST = """
    SELECT DISTINCT ON (station_id) station_id, hour, voters FROM (
        SELECT DISTINCT ON (station_id, hour) station_id, hour, voters FROM tallies_turnoutreport
        WHERE station_id = ANY(%s) ORDER BY station_id, hour, number DESC) AS counting
    ORDER BY station_id, hour DESC
"""


def last_reports(station_ids: Collection[int], *, using: str = "default") -> dict[int, tuple[str, int]]:
    """Return the last hour each of these stations reported, with the voters by then; those without are left out."""
    with connections[using].cursor() as cursor:
        cursor.execute(_LAST, [list(station_ids)])
        return {station_id: (hour, voters) for station_id, hour, voters in cursor.fetchall()}


@dataclass(frozen=True)
class MissingReports:
    """Stations that have not reported an hour that has struck there: the first of them by number, and how many."""

    stations: list[Station]
    count: int


def missing_reports(scope: Scope, election: Election, hour: str, *, now: datetime, limit: int) -> MissingReports:
    """Return the stations of a scope that have not reported this hour though it has struck on their own clock."""
    stations = Station.objects.filter(election=election)
    if not scope.everything:
        stations = stations.filter(
            Q(area__in=scope.districts)
            | Q(area__parent__in=scope.regions)
            | Q(pk__in=scope.stations)
            | Q(pk__in=Ballot.objects.filter(contest__in=scope.contests).values("station"))
        )
    zones = Station.objects.filter(election=election).values_list("time_zone", flat=True).distinct()
    struck = [zone for zone in zones if strikes_at(hour, election.date, zone) <= now]
    reported = TurnoutReport.objects.filter(hour=hour, station__election=election).values("station")
    missing = stations.filter(time_zone__in=struck).exclude(pk__in=reported)
    return MissingReports(list(missing.select_related("area__parent").order_by("code")[:limit]), missing.count())
