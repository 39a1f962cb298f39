"""Pauses of publication and schedules of bulletins held against their events."""

from __future__ import annotations

import orjson

from results.verification.reading import Reader
from results.verification.verdict import Differences

_ROWS = """
    SELECT 'results_publicationpause', pause.event_id, election.code, 'publication.paused', '{}'::text, event.entry
    FROM results_publicationpause pause JOIN stations_election election ON election.id = pause.election_id
    LEFT JOIN audit_event event ON event.id = pause.event_id
    UNION ALL
    SELECT 'results_publicationresumption', ended.event_id, election.code, 'publication.resumed', '{}', event.entry
    FROM results_publicationresumption ended JOIN results_publicationpause pause ON pause.id = ended.pause_id
    JOIN stations_election election ON election.id = pause.election_id
    LEFT JOIN audit_event event ON event.id = ended.event_id
    UNION ALL
    SELECT 'results_bulletinschedule', schedule.event_id, election.code, 'bulletins.scheduled',
           jsonb_build_object('every_minutes', schedule.every_minutes)::text, event.entry
    FROM results_bulletinschedule schedule JOIN stations_election election ON election.id = schedule.election_id
    LEFT JOIN audit_event event ON event.id = schedule.event_id
    ORDER BY 2
"""
_EVENTS_WITHOUT_ROW = """
    SELECT event.id, event.kind FROM audit_event event
    WHERE event.kind IN ('publication.paused', 'publication.resumed', 'bulletins.scheduled')
      AND NOT EXISTS (SELECT FROM results_publicationpause row WHERE row.event_id = event.id)
      AND NOT EXISTS (SELECT FROM results_publicationresumption row WHERE row.event_id = event.id)
      AND NOT EXISTS (SELECT FROM results_bulletinschedule row WHERE row.event_id = event.id)
"""
_TABLES = {
    "publication.paused": "results_publicationpause",
    "publication.resumed": "results_publicationresumption",
    "bulletins.scheduled": "results_bulletinschedule",
}


def check_pauses(reader: Reader, differences: Differences) -> None:
    """Check that each row says what its event says, and that none of them is missing."""
    for table, event_id, election, kind, body, entry in reader.rows(_ROWS):
        try:
            event = orjson.loads(entry or b"")
            said = (event["election"], event["kind"], {k: v for k, v in event["body"].items() if k != "texts"})
        except (ValueError, TypeError, KeyError, AttributeError):
            said = None
        found = (election, kind, orjson.loads(body))
        differences.compare(table, "event", expected=said, found=found, event=event_id)
    for event_id, kind in reader.rows(_EVENTS_WITHOUT_ROW):
        differences.add(_TABLES[kind], "row", expected=f"the row of {kind}", found=None, event=event_id)
