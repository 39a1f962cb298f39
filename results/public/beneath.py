"""What lies beneath a place: the sums of its areas, or what each of its stations said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connections

from aggregation.models import Tally
from aggregation.selectors import Sum, every_area_as_of
from results.models import SnapshotTally
from results.public.ground import READER
from results.public.registry import expected_beneath
from results.public.showing import Basis
from stations.models import Area, Contest, Station
from stations.selectors import layouts_of
from tallies.domain.lifecycle import State


@dataclass(frozen=True)
class StationSaid:
    """A station with the state of its protocol; figures only while it is in force."""

    station: Station
    state: State
    figures: Mapping[str, int] | None


def sums_beneath(contest: Contest, area: Area, basis: Basis) -> dict[int, Sum]:
    """Return the sums of the areas directly beneath, by area id."""
    layout = layouts_of([contest.pk])[contest.pk]
    if basis.snapshot_id is None and basis.size is not None:
        return _sums_as_of(contest, area, basis.size)
    if basis.snapshot_id is not None:
        tallies = SnapshotTally.objects.using(READER).filter(snapshot=basis.snapshot_id)
    else:
        tallies = Tally.objects.using(READER).all()  # type: ignore[assignment]
    sums = {
        tally.area_id: Sum(
            layout.mapping(tally.figures),
            tally.stations_expected,
            tally.stations_reported,
            tally.stations_held,
            tally.stations_annulled,
        )
        for tally in tallies.filter(contest=contest, area__parent=area)
    }
    # Before its first protocol an area has no tally, and yet its stations are expected.
    return {area_id: Sum(expected=expected) for area_id, expected in expected_beneath(contest, area).items()} | sums


def _sums_as_of(contest: Contest, area: Area, size: int) -> dict[int, Sum]:
    """No tally is kept of the past: the protocols that were in force then are added up."""
    layout = layouts_of([contest.pk])[contest.pk]
    children = set(Area.objects.using(READER).filter(parent=area).values_list("pk", flat=True))
    return {
        area_id: Sum(layout.mapping(figures), *counts)
        for _contest_id, area_id, figures, counts in every_area_as_of([contest.pk], size, using=READER)
        if area_id in children
    }


# The latest change of each protocol of one district: now, or as of a log size.
_STATIONS = """
    SELECT station.id, station.code, station.name_en, station.name_kk, station.name_ru, station.registered_voters,
           standing.state, CASE WHEN standing.state = 'in_force' THEN version.figures END
    FROM stations_ballot ballot
    JOIN stations_station station ON station.id = ballot.station_id
    LEFT JOIN LATERAL (
        SELECT change.state, change.version_id FROM tallies_standingchange change
        LEFT JOIN audit_logindex log ON log.event_id = change.event_id
        WHERE change.contest_id = ballot.contest_id AND change.station_id = station.id
          AND (%(size)s::bigint IS NULL OR log.index < %(size)s)
        ORDER BY change.event_id DESC LIMIT 1
    ) standing ON true
    LEFT JOIN tallies_protocolversion version ON version.id = standing.version_id
    WHERE ballot.contest_id = %(contest)s AND station.area_id = %(district)s
    ORDER BY station.code"""


def stations_beneath(contest: Contest, district: Area, basis: Basis) -> list[StationSaid]:
    """Return the stations of a district that vote in the contest, by code, and what they said."""
    layout = layouts_of([contest.pk])[contest.pk]
    with connections[READER].cursor() as cursor:
        cursor.execute(_STATIONS, {"size": basis.size, "contest": contest.pk, "district": district.pk})
        rows = cursor.fetchall()
    return [
        StationSaid(
            Station(
                id=station_id,
                code=code,
                name_en=name_en,
                name_kk=name_kk,
                name_ru=name_ru,
                registered_voters=voters,
                area_id=district.pk,
            ),
            State(state or State.AWAITED),
            None if figures is None else layout.mapping(figures),
        )
        for station_id, code, name_en, name_kk, name_ru, voters, state, figures in rows
    ]
