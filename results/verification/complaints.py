"""Complaints and how they ended: every row against its event, a copy's figures and photographs against the log."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson

from results.verification.reading import Reader
from results.verification.registry import Registry
from results.verification.verdict import Differences
from verifier.hattama_verify import canonical, commitment

_COMPLAINTS = """
    SELECT complaint.contest_id, complaint.station_id, complaint.number, version.number, complaint.figures,
           complaint.salt, complaint.event_id, event.kind, event.entry,
           (SELECT json_agg(json_build_object(
                       'sha256', photograph.sha256, 'media_type', photograph.media_type, 'bytes', photograph.bytes,
                       'copies', (SELECT coalesce(json_agg(page.sha256 ORDER BY page.number), '[]')
                                  FROM tallies_complaintphotographpage page
                                  WHERE page.photograph_id = photograph.id)
                   ) ORDER BY photograph.number)
            FROM tallies_complaintphotograph photograph WHERE photograph.complaint_id = complaint.id)::text
    FROM tallies_complaint complaint
    LEFT JOIN tallies_protocolversion version ON version.id = complaint.version_id
    LEFT JOIN audit_event event ON event.id = complaint.event_id
    ORDER BY complaint.contest_id, complaint.station_id, complaint.number
"""
_ENDS = """
    SELECT complaint.contest_id, complaint.station_id, complaint.number, ended.ending, ended.remedy, ended.event_id,
           event.kind, event.entry
    FROM tallies_complaintend ended
    JOIN tallies_complaint complaint ON complaint.id = ended.complaint_id
    LEFT JOIN audit_event event ON event.id = ended.event_id
    ORDER BY ended.event_id
"""
_EVENTS_WITHOUT_ROW = """
    SELECT event.id, event.kind FROM audit_event event
    WHERE event.kind IN ('complaint.registered', 'complaint.answered', 'complaint.withdrawn')
      AND NOT EXISTS (SELECT FROM tallies_complaint complaint WHERE complaint.event_id = event.id)
      AND NOT EXISTS (SELECT FROM tallies_complaintend ended WHERE ended.event_id = event.id)
"""


def check_complaints(reader: Reader, registry: Registry, differences: Differences, counts: Counter[str]) -> None:
    """Check that each complaint and each ending says what the log says, and that none of them is missing."""
    before: tuple[int, int] | None = None
    expected = 1
    for row in reader.rows(_COMPLAINTS):
        contest_id, station_id, number, version, figures, salt, event_id, kind, entry, photographs = row
        expected = expected + 1 if (contest_id, station_id) == before else 1
        before = contest_id, station_id
        place = _place(registry, contest_id, station_id, event_id)
        differences.compare("tallies_complaint", "number", expected=expected, found=number, **place)
        contest = registry.contests[contest_id]
        found = {
            "kind": kind,
            "contest": place["contest"],
            "station": place["station"],
            "number": number,
            "version": version,
            "commitment": commitment(bytes(salt), canonical(contest.by_code(figures))) if figures else None,
            "photographs": orjson.loads(photographs) if photographs else None,
        }
        said = _said(entry, "number", "version", "commitment", "photographs")
        _compare("tallies_complaint", said, found, differences, place)
        counts["complaints"] += 1
    for contest_id, station_id, number, ending, remedy, event_id, kind, entry in reader.rows(_ENDS):
        place = _place(registry, contest_id, station_id, event_id)
        found = {
            "kind": kind,
            "contest": place["contest"],
            "station": place["station"],
            "number": number,
            "ending": None if kind == "complaint.withdrawn" and ending == "withdrawn" else ending,
            "remedy": None if kind == "complaint.withdrawn" and remedy == "nothing" else remedy,
        }
        _compare("tallies_complaintend", _said(entry, "number", "ending", "remedy"), found, differences, place)
    for event_id, kind in reader.rows(_EVENTS_WITHOUT_ROW):
        table = "tallies_complaint" if kind == "complaint.registered" else "tallies_complaintend"
        differences.add(table, "row", expected=f"the row of {kind}", found=None, event=event_id)


def _place(registry: Registry, contest_id: int, station_id: int, event_id: int) -> dict[str, Any]:
    return {
        "contest": registry.contests[contest_id].code,
        "station": registry.station_code(station_id),
        "event": event_id,
    }


def _said(entry: bytes | None, *names: str) -> dict[str, Any]:
    """Return what the event says of these parts of its body, with its kind and place; None for what it leaves out."""
    try:
        event = orjson.loads(entry or b"")
        heading = {name: event[name] for name in ("kind", "contest", "station")}
        return {**heading, **{name: event["body"].get(name) for name in names}}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}


def _compare(
    table: str, said: dict[str, Any], found: dict[str, Any], differences: Differences, place: dict[str, Any]
) -> None:
    if said != found:
        differences.add(table, ", ".join(found), expected=said, found=found, **place)
