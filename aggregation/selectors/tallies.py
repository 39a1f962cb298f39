"""Reading sums: as they are now, and as they were at a log size."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from django.db import connections

from aggregation.models import Tally
from aggregation.summing import COUNTS, WHOLE_COUNTRY_GROUPS, by_width, sums
from stations.models import Area, Station
from stations.selectors import layouts_of


@dataclass(frozen=True)
class Sum:
    """A contest's figures in an area, by code, and the stations behind them."""

    figures: dict[str, int] = field(default_factory=dict)
    expected: int = 0
    reported: int = 0
    held: int = 0
    annulled: int = 0


# The latest change of each protocol whose event has an index below the log size.
_LATEST = """
    SELECT DISTINCT ON (change.contest_id, change.station_id)
           change.contest_id, change.station_id, change.state, change.version_id
    FROM tallies_standingchange change
    JOIN audit_logindex log ON log.event_id = change.event_id
    WHERE log.index < %(size)s AND change.contest_id = ANY(%(contests)s)
    ORDER BY change.contest_id, change.station_id, log.index DESC"""

_NOW = """
    SELECT contest_id, station_id, state, version_id FROM tallies_standing WHERE contest_id = ANY(%(contests)s)"""

_PLACES = """
    FROM stations_ballot ballot
    JOIN stations_station station ON station.id = ballot.station_id
    JOIN stations_area district ON district.id = station.area_id
    JOIN stations_area region ON region.id = district.parent_id
    JOIN stations_area nation ON nation.id = region.parent_id
    LEFT JOIN standing ON standing.contest_id = ballot.contest_id AND standing.station_id = station.id
    LEFT JOIN tallies_protocolversion version ON version.id = standing.version_id AND standing.state = 'in_force'
    WHERE ballot.contest_id = ANY(%(contests)s)"""

_EVERY_AREA = f"""
    WITH standing AS ({{standing}})
    SELECT ballot.contest_id, COALESCE(district.id, region.id, nation.id), {{sums}}, {COUNTS}
    {_PLACES} GROUP BY {WHOLE_COUNTRY_GROUPS}"""

_ONE_PLACE = f"""
    WITH standing AS ({{standing}})
    SELECT {{sums}}, {COUNTS}
    {_PLACES} AND %(place)s = {{place}}"""

_EVERY_STATION = """
    WITH standing AS ({standing})
    SELECT ballot.contest_id, station.id, standing.state, version.figures
    FROM stations_ballot ballot
    JOIN stations_station station ON station.id = ballot.station_id
    LEFT JOIN standing ON standing.contest_id = ballot.contest_id AND standing.station_id = station.id
    LEFT JOIN tallies_protocolversion version ON version.id = standing.version_id AND standing.state = 'in_force'
    WHERE ballot.contest_id = ANY(%(contests)s)
    ORDER BY station.code"""

# A tally is quiet when nothing is pending for it or beneath it. Then it must equal the plain sum.
_PENDING_AT_OR_BENEATH = """
    SELECT contest_id, area_id FROM tallies_pendingarea
    UNION
    SELECT pending.contest_id, area.parent_id FROM tallies_pendingarea pending
    JOIN stations_area area ON area.id = pending.area_id WHERE area.parent_id IS NOT NULL
    UNION
    SELECT pending.contest_id, parent.parent_id FROM tallies_pendingarea pending
    JOIN stations_area area ON area.id = pending.area_id
    JOIN stations_area parent ON parent.id = area.parent_id WHERE parent.parent_id IS NOT NULL"""


def standings(size: int | None) -> str:
    """Return the SQL of every protocol's standing, now or as of log size %(size)s, in the contests %(contests)s."""
    return _NOW if size is None else _LATEST


def tally(contest_id: int, area_id: int, *, using: str = "default") -> Sum:
    """Return the sum that the workers keep. Without one yet: zeros, and the stations that are expected."""
    found = Tally.objects.using(using).filter(contest=contest_id, area=area_id).first()
    if found is None:
        area = Area.objects.using(using).get(pk=area_id)
        return now_in(contest_id, area, using=using)
    return Sum(
        layouts_of([contest_id])[contest_id].mapping(found.figures),
        found.stations_expected,
        found.stations_reported,
        found.stations_held,
        found.stations_annulled,
    )


def now_in(contest_id: int, place: Area | Station, *, using: str = "default") -> Sum:
    """Return the sum of the protocols in force in an area or of one station, added up now."""
    return _one_place(_NOW, contest_id, place, size=0, using=using)


def as_of(contest_id: int, place: Area | Station, size: int, *, using: str = "default") -> Sum:
    """Return the sum of the protocols that were in force when the log held `size` events."""
    return _one_place(_LATEST, contest_id, place, size=size, using=using)


def every_area_as_of(
    contest_ids: Collection[int], size: int, *, using: str = "default"
) -> Iterator[tuple[int, int, list[int], tuple[int, int, int, int]]]:
    """Yield (contest id, area id, figures in layout order, (expected, reported, held, annulled)) of every area."""
    return _every_area(_LATEST, contest_ids, size=size, using=using)


def every_station(
    contest_ids: Collection[int], *, size: int | None, using: str = "default"
) -> Iterator[tuple[int, int, str | None, list[int | None] | None]]:
    """Yield (contest id, station id, state, figures in layout order) of every station that votes, by its code.

    As of log size `size`, or as it is now for None. The state is None before the first protocol; figures are those
    in force and None in any other state.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(
            _EVERY_STATION.format(standing=standings(size)),
            {"contests": list(contest_ids), "size": size},
        )
        yield from cursor.fetchall()


def unequal_tallies(contest_ids: Collection[int], *, using: str = "default") -> list[tuple[int, int]]:
    """Return the (contest id, area id) whose quiet tally differs from the plain sum of the versions in force.

    Run it in one REPEATABLE READ transaction: pending rows, tallies and protocols must be of one moment.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(_PENDING_AT_OR_BENEATH)
        moving = set(cursor.fetchall())
    kept = {
        (row[0], row[1]): (list(row[2]), row[3:])
        for row in Tally.objects.using(using)
        .filter(contest__in=list(contest_ids))
        .values_list(
            "contest_id",
            "area_id",
            "figures",
            "stations_expected",
            "stations_reported",
            "stations_held",
            "stations_annulled",
        )
    }
    plain = _every_area(_NOW, contest_ids, size=0, using=using)
    return sorted(
        (contest_id, area_id)
        for contest_id, area_id, figures, counts in plain
        if (contest_id, area_id) not in moving and not _agree(kept.get((contest_id, area_id)), figures, counts)
    )


def _agree(kept: tuple[list[int], tuple[int, ...]] | None, figures: list[int], counts: tuple[int, ...]) -> bool:
    """Say whether a tally is the plain sum. One that was never made stands for a sum of nothing."""
    if kept is None:
        _, *said = counts
        return not any(said)
    return kept == (figures, counts)


def _one_place(standing: str, contest_id: int, place: Area | Station, *, size: int, using: str) -> Sum:
    layout = layouts_of([contest_id])[contest_id]
    column = "station.id" if isinstance(place, Station) else f"{place.level}.id"
    with connections[using].cursor() as cursor:
        cursor.execute(
            _ONE_PLACE.format(standing=standing, sums=sums("version.figures", len(layout.codes)), place=column),
            {"contests": [contest_id], "size": size, "place": place.pk},
        )
        figures, *counts = cursor.fetchone()
    return Sum(layout.mapping(figures), *counts)


def _every_area(
    standing: str, contest_ids: Collection[int], *, size: int, using: str
) -> Iterator[tuple[int, int, list[int], tuple[int, int, int, int]]]:
    for width, contests in by_width(contest_ids).items():
        with connections[using].cursor() as cursor:
            cursor.execute(
                _EVERY_AREA.format(standing=standing, sums=sums("version.figures", width)),
                {"contests": contests, "size": size},
            )
            rows = cursor.fetchall()
        for contest_id, area_id, figures, *counts in rows:
            yield contest_id, area_id, [int(figure) for figure in figures], tuple(counts)
