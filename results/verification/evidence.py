"""Photographs, and queries about patterns: every row against its event, and none of them missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from results.verification.reading import Reader
from results.verification.verdict import Differences

_PLACE = """
    JOIN stations_contest contest ON contest.id = {0}.contest_id
    JOIN stations_station station ON station.id = {0}.station_id
    LEFT JOIN audit_event event ON event.id = {1}.event_id
"""
_PHOTOGRAPHS = f"""
    SELECT photograph.event_id, contest.code, station.code, event.entry, photograph.sha256, photograph.media_type,
           photograph.bytes, ARRAY(SELECT page.sha256 FROM tallies_photographpage page
                                   WHERE page.photograph_id = photograph.event_id ORDER BY page.number)
    FROM tallies_photograph photograph {_PLACE.format("photograph", "photograph")} ORDER BY 1
"""  # noqa: S608  put together from our own text
_WITHDRAWN = f"""
    SELECT withdrawn.event_id, contest.code, station.code, event.entry, photograph.sha256
    FROM tallies_withdrawnphotograph withdrawn
    JOIN tallies_photograph photograph ON photograph.event_id = withdrawn.photograph_id
    {_PLACE.format("photograph", "withdrawn")} ORDER BY 1
"""  # noqa: S608  the same
_QUERIES = f"""
    SELECT query.event_id, contest.code, station.code, event.entry, query.kind, version.number, other.code,
           other_version.number, query.figures::text
    FROM tallies_query query {_PLACE.format("query", "query")}
    LEFT JOIN tallies_protocolversion version ON version.id = query.version_id
    LEFT JOIN stations_station other ON other.id = query.other_station_id
    LEFT JOIN tallies_protocolversion other_version ON other_version.id = query.other_version_id
    ORDER BY 1
"""  # noqa: S608  the same
_CLOSINGS = f"""
    SELECT closing.event_id, contest.code, station.code, event.entry, query.kind, closing.outcome, closing.answer
    FROM tallies_queryclosing closing JOIN tallies_query query ON query.id = closing.query_id
    {_PLACE.format("query", "closing")} ORDER BY 1
"""  # noqa: S608  the same


@dataclass(frozen=True)
class _Kind:
    """Rows of one table: the statement that reads them, and what the body of a row's event must say."""

    table: str
    event: str
    statement: str
    body: Callable[..., dict[str, Any]]


_KINDS = (
    _Kind(
        "tallies_photograph", "photograph.attached", _PHOTOGRAPHS,
        lambda sha256, media_type, size, copies: {
            "sha256": sha256, "media_type": media_type, "bytes": size, "copies": copies,
        },
    ),
    _Kind("tallies_withdrawnphotograph", "photograph.withdrawn", _WITHDRAWN, lambda sha256: {"sha256": sha256}),
    _Kind(
        "tallies_query", "query.opened", _QUERIES,
        lambda pattern, version, other, other_version, figures: {
            "pattern": pattern, "version": version, "other_station": other, "other_version": other_version,
            "figures": orjson.loads(figures),
        },
    ),
    _Kind(
        "tallies_queryclosing", "query.closed", _CLOSINGS,
        lambda pattern, outcome, answer: {"pattern": pattern, "outcome": outcome, "answer": answer or None},
    ),
)  # fmt: skip


def check_evidence(reader: Reader, differences: Differences, counts: Counter[str]) -> None:
    """Check that each row says what its event says, and that each event has its row."""
    for kind in _KINDS:
        seen = set()
        for event_id, contest, station, entry, *columns in reader.rows(kind.statement):
            seen.add(event_id)
            place = {"contest": contest, "station": station, "event": event_id}
            found = {"kind": kind.event, "contest": contest, "station": station, **kind.body(*columns)}
            said = _said(entry, tuple(found))
            if said != found:
                differences.add(kind.table, ", ".join(found), expected=said or "an event", found=found, **place)
            counts[kind.table.removeprefix("tallies_")] += 1
        for (event_id,) in reader.rows("SELECT id FROM audit_event WHERE kind = %s ORDER BY id", [kind.event]):
            if event_id not in seen:
                differences.add(kind.table, "row", expected=f"the row of {kind.event}", found=None, event=event_id)


def _said(entry: bytes | None, names: Sequence[str]) -> dict[str, Any]:
    """Return what an event says under these names, in its head or in its body; None for what it leaves out."""
    try:
        event = orjson.loads(entry or b"")
        return {name: event[name] if name in event else event["body"].get(name) for name in names}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}
