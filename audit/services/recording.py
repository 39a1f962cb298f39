"""Events into the log, in the transaction of the change they tell of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import psycopg
from django.db import connection

from audit.domain.actor import Actor
from audit.domain.events import NewEvent, entry_of
from audit.event_schemas import check_event

_INSERT_ONE = """
    INSERT INTO audit_event (kind, version, occurred_at, election, contest, area, station, entry)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
    RETURNING id
"""
_INSERT_MANY = """
    INSERT INTO audit_event (kind, version, occurred_at, election, contest, area, station, entry)
    SELECT kind, version, occurred_at, election, contest, area, station, entry
    FROM unnest(%b::text[], %b::smallint[], %b::timestamptz[], %b::text[], %b::text[], %b::text[], %b::text[],
                %b::bytea[])
         WITH ORDINALITY AS new (kind, version, occurred_at, election, contest, area, station, entry, place)
    ORDER BY place
    RETURNING id
"""
_ROWS_AT_ONCE = 10_000


class OutsideTransaction(RuntimeError):
    """An event was to be recorded without a transaction that also holds the change it tells of."""


def record_event(
    *,
    kind: str,
    at: datetime,
    actor: Actor,
    body: Mapping[str, object],
    version: int = 1,
    election: str = "",
    contest: str = "",
    area: str = "",
    station: str = "",
) -> int:
    """Record one event and return its id.

    Raises `NotDocumented`, `NotCanonical`, `EntryTooLarge`, `OutsideTransaction`.
    """
    _require_transaction()
    event = NewEvent(
        kind=kind, version=version, at=at, actor=actor, election=election, contest=contest, area=area, station=station,
        body=body,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_ONE, [kind, version, at, election, contest, area, station, _entry(event)])
        event_id: int = cursor.fetchone()[0]
    return event_id


def record_events(events: Sequence[NewEvent]) -> list[int]:
    """Record many events and return their ids in the order given. Raises as `record_event` does."""
    _require_transaction()
    ids: list[int] = []
    # Django's cursor would write the entries into the statement's text; this one sends them beside it, in binary.
    with psycopg.Cursor(connection.connection) as cursor:
        for start in range(0, len(events), _ROWS_AT_ONCE):
            cursor.execute(_INSERT_MANY, _columns(events[start : start + _ROWS_AT_ONCE]))
            ids += [row[0] for row in cursor]
    return ids


def _columns(events: Sequence[NewEvent]) -> list[list[object]]:
    return [
        [event.kind for event in events],
        [event.version for event in events],
        [event.at for event in events],
        [event.election for event in events],
        [event.contest for event in events],
        [event.area for event in events],
        [event.station for event in events],
        [_entry(event) for event in events],
    ]


def _entry(event: NewEvent) -> bytes:
    """The bytes of an event that is as its schema says: nothing else ever enters the log."""
    value = event.value()
    check_event(value)
    return entry_of(value)


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise OutsideTransaction("record events in the transaction of the change they tell of")
