"""The day's turnout: every report against its event, and every sum against the reports."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import orjson

from results.verification.reading import Reader
from results.verification.registry import Registry
from results.verification.verdict import Differences

_REPORTS = """
    SELECT report.station_id, report.hour, report.number, report.voters, report.event_id, event.entry
    FROM tallies_turnoutreport report LEFT JOIN audit_event event ON event.id = report.event_id
    ORDER BY report.station_id, report.hour, report.number
"""
_EVENTS_WITHOUT_REPORT = """
    SELECT event.id FROM audit_event event
    WHERE event.kind = 'turnout.reported'
      AND NOT EXISTS (SELECT FROM tallies_turnoutreport report WHERE report.event_id = event.id)
"""
_SUMS = "SELECT area_id, hour, voters, stations, registered_voters FROM aggregation_turnout"
# Where a row says 0 instead of a contest, the area's turnout is still on its way.
_ON_THEIR_WAY = "SELECT area_id FROM tallies_pendingarea WHERE contest_id = 0"
_REGISTERS = "SELECT id, registered_voters FROM stations_station"

Key = tuple[int, str]
"""(area id, hour)"""


def check_turnout(reader: Reader, registry: Registry, differences: Differences, counts: Counter[str]) -> None:
    """Check reports, their events, and the sums of every area that nothing is on its way to."""
    latest: dict[Key, int] = {}
    expected_number = 1
    before: tuple[int, str] | None = None
    for station_id, hour, number, voters, event_id, entry in reader.rows(_REPORTS):
        expected_number = expected_number + 1 if (station_id, hour) == before else 1
        before = station_id, hour
        place = {"station": registry.station_code(station_id), "hour": hour, "event": event_id}
        differences.compare("tallies_turnoutreport", "number", expected=expected_number, found=number, **place)
        said = _said(entry)
        found = (place["station"], hour, number, voters)
        if said != found:
            differences.add(
                "tallies_turnoutreport", "station, hour, number, voters", expected=said, found=found, **place
            )
        latest[station_id, hour] = voters
        counts["turnout_reports"] += 1
    for (event_id,) in reader.rows(_EVENTS_WITHOUT_REPORT):
        differences.add("tallies_turnoutreport", "row", expected="the report of this event", found=None, event=event_id)
    _check_sums(reader, registry, latest, differences, counts)


def _said(entry: bytes | None) -> tuple[Any, ...] | None:
    """Return station, hour, number and voters as the event says them; None where it says nothing of the kind."""
    try:
        event = orjson.loads(entry or b"")
        body = event["body"]
        return event["station"], body["hour"], body["number"], body["voters"]
    except (ValueError, TypeError, KeyError):
        return None


def _check_sums(
    reader: Reader, registry: Registry, latest: dict[Key, int], differences: Differences, counts: Counter[str]
) -> None:
    registers = dict(reader.rows(_REGISTERS))
    plain: dict[Key, list[int]] = defaultdict(lambda: [0, 0, 0])
    for (station_id, hour), voters in latest.items():
        station = registry.stations.get(station_id)
        for area_id in registry.upward.get(station.area_id, ()) if station else ():
            added = (voters, 1, registers.get(station_id, 0))
            plain[area_id, hour] = [one + more for one, more in zip(plain[area_id, hour], added, strict=True)]
    moving = {above for (area_id,) in reader.rows(_ON_THEIR_WAY) for above in registry.upward.get(area_id, ())}
    kept = {(area_id, hour): sums for area_id, hour, *sums in reader.rows(_SUMS)}
    for area_id, hour in sorted(plain.keys() | kept.keys()):
        if area_id in moving:
            continue
        expected, found = plain.get((area_id, hour)), kept.get((area_id, hour))
        place = {"area": registry.area_code(area_id), "hour": hour}
        if expected is None or found is None:
            differences.add("aggregation_turnout", "row", expected=expected, found=found, **place)
            continue
        for name, right, stored in zip(("voters", "stations", "registered_voters"), expected, found, strict=True):
            differences.compare("aggregation_turnout", name, expected=right, found=stored, **place)
        counts["turnout_sums"] += 1
