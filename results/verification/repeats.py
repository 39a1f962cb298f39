"""Repeat votings: every day that is kept against the event that ordered it."""

from __future__ import annotations

from typing import Any

import orjson

from results.verification.reading import Reader
from results.verification.registry import Registry
from results.verification.verdict import Differences

_ORDERS = """
    SELECT coalesce(repeat.event_id, event.id), event.entry, repeat.contest_id, repeat.station_id,
           to_char(repeat.date, 'YYYY-MM-DD')
    FROM tallies_repeatvoting repeat
    FULL JOIN (SELECT id, entry FROM audit_event WHERE kind = 'protocol.repeat_ordered') event
      ON event.id = repeat.event_id
    ORDER BY 1
"""


def check_repeat_votings(reader: Reader, registry: Registry, differences: Differences) -> None:
    """Check that each order of a repeat voting and its event name the same protocol and the same day."""
    for event_id, entry, contest_id, station_id, date in reader.rows(_ORDERS):
        said = _said(entry)
        kept = (registry.contest_code(contest_id), registry.station_code(station_id), date) if date else None
        if said != kept:
            differences.add("tallies_repeatvoting", "contest, station, date", expected=said, found=kept, event=event_id)


def _said(entry: bytes | None) -> tuple[Any, ...] | None:
    """Return contest, station and day as the event says them; None where it says nothing of the kind."""
    try:
        event = orjson.loads(entry or b"")
        return event["contest"], event["station"], event["body"]["date"]
    except (ValueError, TypeError, KeyError):
        return None
