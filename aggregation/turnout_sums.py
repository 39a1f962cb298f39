"""The SQL that adds the day's reports up. A station's report of an hour is the one with the last number."""

from __future__ import annotations

from django.db import connection

_UPSERT = """
    INSERT INTO aggregation_turnout (area_id, hour, voters, stations, registered_voters)
    {select}
    ON CONFLICT (area_id, hour) DO UPDATE SET
        voters = EXCLUDED.voters, stations = EXCLUDED.stations, registered_voters = EXCLUDED.registered_voters"""

_REPORTS = """
    SELECT DISTINCT ON (report.station_id, report.hour) report.station_id, report.hour, report.voters
    FROM tallies_turnoutreport report {of}
    ORDER BY report.station_id, report.hour, report.number DESC"""

_DISTRICT = f"""
    SELECT station.area_id, report.hour, sum(report.voters), count(*), sum(station.registered_voters)
    FROM ({_REPORTS.format(of="JOIN stations_station s ON s.id = report.station_id WHERE s.area_id = %(area)s")}) report
    JOIN stations_station station ON station.id = report.station_id
    GROUP BY station.area_id, report.hour"""  # noqa: S608 (fixed fragments of this module)

_ABOVE = """
    SELECT child.parent_id, turnout.hour, sum(turnout.voters), sum(turnout.stations), sum(turnout.registered_voters)
    FROM stations_area child JOIN aggregation_turnout turnout ON turnout.area_id = child.id
    WHERE child.parent_id = %(area)s
    GROUP BY child.parent_id, turnout.hour"""

_WHOLE_COUNTRY = f"""
    SELECT COALESCE(district.id, region.id, region.parent_id), report.hour, sum(report.voters), count(*),
           sum(station.registered_voters)
    FROM ({_REPORTS.format(of="")}) report
    JOIN stations_station station ON station.id = report.station_id
    JOIN stations_area district ON district.id = station.area_id
    JOIN stations_area region ON region.id = district.parent_id
    GROUP BY report.hour, GROUPING SETS (district.id, region.id, region.parent_id)"""  # noqa: S608


def write_district(area_id: int) -> None:
    """Recompute a district's turnout from the reports of its stations."""
    _write(_DISTRICT, area=area_id)


def write_above(area_id: int) -> None:
    """Recompute the turnout of a region or the nation from the level below."""
    _write(_ABOVE, area=area_id)


def write_whole_country() -> None:
    """Recompute the turnout of every area from the reports of all stations."""
    _write(_WHOLE_COUNTRY)


def _write(select: str, **parameters: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT.format(select=select), parameters)
