"""Reading the day's turnout."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction

from django.db import connections

from aggregation.models import Turnout


@dataclass(frozen=True)
class HourSum:
    """Voters by an hour in an area, of the `stations` that reported it, which have `registered_voters`."""

    hour: str
    voters: int
    stations: int
    registered_voters: int

    @property
    def share(self) -> Fraction | None:
        """Voters ÷ the registers of the stations that reported; None where those are empty."""
        return Fraction(self.voters, self.registered_voters) if self.registered_voters else None


def turnout_of(area_ids: Collection[int], *, using: str = "default") -> dict[int, list[HourSum]]:
    """Return the hours that anything was reported of, in order, by area id."""
    hours: dict[int, list[HourSum]] = defaultdict(list)
    rows = Turnout.objects.using(using).filter(area__in=area_ids).order_by("area", "hour")
    for row in rows:
        hours[row.area_id].append(HourSum(row.hour, row.voters, row.stations, row.registered_voters))
    return hours


_STATIONS = """
    SELECT COALESCE(district.id, region.id, region.parent_id), count(*)
    FROM stations_station station
    JOIN stations_area district ON district.id = station.area_id
    JOIN stations_area region ON region.id = district.parent_id
    WHERE station.election_id = %s
    GROUP BY GROUPING SETS (district.id, region.id, region.parent_id)
"""


def stations_by_area(election_id: int, *, using: str = "default") -> dict[int, int]:
    """Return how many stations each area of an election has, by area id."""
    with connections[using].cursor() as cursor:
        cursor.execute(_STATIONS, [election_id])
        return dict(cursor.fetchall())


def turnout_mark(*, using: str = "default") -> str:
    """Return what changes whenever any sum of turnout does: two equal marks, nothing new."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT count(*), sum(voters), sum(stations), sum(registered_voters) FROM aggregation_turnout")
        return "-".join(str(value) for value in cursor.fetchone())
