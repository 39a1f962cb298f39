"""How protocols stand where something is to be established, for one contest or for all of them in a few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace

from django.db import connections

from audit.selectors import latest_checkpoint
from results.certification.domain.conditions import Count
from results.certification.domain.levels import Cell
from results.certification.plan import Place, Plan

Asked = dict[str, list[int] | int]

_PROTOCOLS = """
    SELECT ballot.contest_id, station.area_id, count(*),
           count(*) FILTER (WHERE standing.state = 'in_force'),
           count(*) FILTER (WHERE standing.state = 'annulled'),
           count(*) FILTER (WHERE standing.state = 'held'),
           count(*) FILTER (WHERE standing.state IS NULL OR standing.state IN ('returned', 'repeat_ordered')),
           count(*) FILTER (WHERE (standing.state IS NULL OR standing.state IN ('returned', 'repeat_ordered'))
                            AND entry.first_entry_id IS NOT NULL AND entry.second_entry_id IS NOT NULL)
    FROM stations_station station
    JOIN stations_ballot ballot ON ballot.station_id = station.id
    LEFT JOIN tallies_standing standing
        ON standing.contest_id = ballot.contest_id AND standing.station_id = station.id
    LEFT JOIN tallies_openentry entry ON entry.contest_id = ballot.contest_id AND entry.station_id = station.id
    WHERE station.area_id = ANY(%(districts)s) AND ballot.contest_id = ANY(%(contests)s)
    GROUP BY 1, 2
"""

# A query about two stations stands in the way of both their districts.
_QUERIED = """
    SELECT asked.contest_id, asked.area_id, count(*)
    FROM (
        SELECT query.id, query.contest_id, query.area_id FROM tallies_query query
        UNION
        SELECT query.id, query.contest_id, other.area_id FROM tallies_query query
        JOIN stations_station other ON other.id = query.other_station_id
    ) asked
    WHERE asked.contest_id = ANY(%(contests)s) AND asked.area_id = ANY(%(districts)s)
      AND NOT EXISTS (SELECT FROM tallies_queryclosing closing WHERE closing.query_id = asked.id)
    GROUP BY 1, 2
"""
_COMPLAINED = """
    SELECT complaint.contest_id, station.area_id, count(*)
    FROM tallies_complaint complaint JOIN stations_station station ON station.id = complaint.station_id
    WHERE complaint.contest_id = ANY(%(contests)s) AND station.area_id = ANY(%(districts)s)
      AND NOT EXISTS (SELECT FROM tallies_complaintend ended WHERE ended.complaint_id = complaint.id)
    GROUP BY 1, 2
"""
# From the few events that the last checkpoint does not cover.
_UNSEALED = """
    SELECT change.contest_id, change.area_id, count(*)
    FROM (
        SELECT event_id FROM audit_unsealedevent
        UNION ALL SELECT event_id FROM audit_logindex WHERE index >= %(size)s
    ) beyond
    JOIN tallies_standingchange change ON change.event_id = beyond.event_id
    WHERE change.contest_id = ANY(%(contests)s) AND change.area_id = ANY(%(districts)s)
    GROUP BY 1, 2
"""
_PENDING = """
    SELECT contest_id, area_id, count(*) FROM tallies_pendingarea WHERE contest_id = ANY(%(contests)s) GROUP BY 1, 2
"""


def counts_of(cells: Collection[Cell], plan: Plan) -> Mapping[Place, Count]:
    """Return how the protocols beneath each of these cells stand, by the cell's place. Five statements."""
    contests = sorted({cell.contest for cell in cells})
    districts = sorted({district for cell in cells for district in plan.districts_of(cell)})
    checkpoint = latest_checkpoint()
    asked: Asked = {"contests": contests, "districts": districts, "size": checkpoint.size if checkpoint else 0}
    by_district: dict[Place, Count] = {
        (contest, district): Count(*numbers) for contest, district, *numbers in _rows(_PROTOCOLS, asked)
    }
    for name, statement in (("queried", _QUERIED), ("complained", _COMPLAINED), ("unsealed", _UNSEALED)):
        for contest, district, number in _rows(statement, asked):
            place = (contest, district)
            by_district[place] = replace(by_district.get(place, Count()), **{name: number})
    pending: dict[Place, int] = defaultdict(int)
    for contest, area, number in _rows(_PENDING, asked):
        pending[contest, area] += number
    return {(cell.contest, cell.area): _sum(cell, plan, by_district, pending) for cell in cells}


def _sum(cell: Cell, plan: Plan, by_district: Mapping[Place, Count], pending: Mapping[Place, int]) -> Count:
    districts = plan.districts_of(cell)
    whole = sum((by_district.get((cell.contest, district), Count()) for district in districts), Count())
    areas = {*districts, *cell.beneath, cell.area}
    return replace(whole, pending=sum(pending.get((cell.contest, area), 0) for area in areas))


def _rows(statement: str, asked: Asked) -> list[tuple[int, ...]]:
    with connections["default"].cursor() as cursor:
        cursor.execute(statement, asked)
        rows: list[tuple[int, ...]] = cursor.fetchall()
    return rows
