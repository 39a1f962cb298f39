"""Writing a change of standing: the version, the pointer, its history, the event and the pending row, together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.db import connection, transaction

from audit.domain.actor import Actor
from audit.domain.commitments import commit_figures, commit_text, new_salt
from audit.services import record_event
from stations.domain.layout import Layout
from stations.models import AreaLevel
from tallies import doorbell
from tallies.domain.checks import Finding
from tallies.domain.lifecycle import Action, State, next_state, states_before
from tallies.models import ProtocolVersion
from tallies.selectors import OwedProtocol

Figures = Sequence[int | None]


@dataclass(frozen=True)
class NewVersion:
    """What a version holds before the database gives it its id."""

    owed: OwedProtocol
    origin: ProtocolVersion.Origin
    figures: Figures
    findings: Collection[Finding]
    replaces_id: int | None = None
    first_entry_id: int | None = None
    second_entry_id: int | None = None
    salt: bytes = field(default_factory=new_salt)


@dataclass(frozen=True)
class Text:
    """A reason or explanation in a person's words. Logged by its hash, kept beside the event."""

    subject: str
    text: str
    salt: bytes = field(default_factory=new_salt)

    @property
    def commitment(self) -> str:
        return commit_text(self.salt, self.text)


# Numbered by the versions that are there: two writers who count the same ones meet at the unique key, and the second
# waits for the first to commit and then inserts nothing.
_INSERT_VERSION = """
    INSERT INTO tallies_protocolversion
        (contest_id, station_id, number, replaces_id, origin, first_entry_id, second_entry_id, figures, findings,
         salt, at)
    SELECT %(contest)s, %(station)s, COALESCE(max(number), 0) + 1, %(replaces)s, %(origin)s, %(first)s, %(second)s,
           %(figures)s, %(findings)s, %(salt)s, %(at)s
    FROM tallies_protocolversion WHERE contest_id = %(contest)s AND station_id = %(station)s
    ON CONFLICT (contest_id, station_id, number) DO NOTHING
    RETURNING id, number
"""

# The row lock taken here orders all later changes of this protocol, and the state in the WHERE is the lifecycle's.
_FIRST_STANDING = """
    INSERT INTO tallies_standing (contest_id, station_id, area_id, state, version_id, changed_at)
    VALUES (%(contest)s, %(station)s, %(area)s, %(state)s, %(version)s, %(at)s)
    ON CONFLICT (contest_id, station_id) DO UPDATE
        SET state = EXCLUDED.state, version_id = EXCLUDED.version_id, changed_at = EXCLUDED.changed_at
        WHERE tallies_standing.state = ANY(%(before)s)
    RETURNING id
"""

_LATER_STANDING = """
    UPDATE tallies_standing SET state = %(state)s, version_id = %(version)s, changed_at = %(at)s
    WHERE contest_id = %(contest)s AND station_id = %(station)s AND state = ANY(%(before)s)
    RETURNING id
"""

_INSERT_CHANGE = """
    WITH pending AS (
        INSERT INTO tallies_pendingarea (contest_id, area_id, at) VALUES (%(contest)s, %(area)s, clock_timestamp())
    )
    INSERT INTO tallies_standingchange (event_id, contest_id, station_id, area_id, state, version_id)
    VALUES (%(event)s, %(contest)s, %(station)s, %(area)s, %(state)s, %(version)s)
"""

_INSERT_TEXTS = """
    INSERT INTO tallies_explanation (event_id, version_id, subject, text, salt) VALUES (%s, %s, %s, %s, %s)
"""


def insert_version(new: NewVersion, *, now: datetime) -> tuple[int, int] | None:
    """Insert the version; return its id and number, or None when another writer was quicker."""
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT_VERSION,
            {
                "contest": new.owed.contest_id,
                "station": new.owed.station_id,
                "replaces": new.replaces_id,
                "origin": new.origin,
                "first": new.first_entry_id,
                "second": new.second_entry_id,
                "figures": list(new.figures),
                "findings": orjson.dumps([finding.as_data() for finding in new.findings]).decode(),
                "salt": new.salt,
                "at": now,
            },
        )
        row: tuple[int, int] | None = cursor.fetchone()
    return row


def move_standing(owed: OwedProtocol, action: Action, *, version_id: int, now: datetime) -> State | None:
    """Move the protocol along the lifecycle; return its new state, or None when `action` is not allowed there now."""
    before = states_before(action)
    state = next_state(before[0], action)
    with connection.cursor() as cursor:
        cursor.execute(
            _FIRST_STANDING if State.AWAITED in before else _LATER_STANDING,
            {
                "contest": owed.contest_id,
                "station": owed.station_id,
                "area": owed.area_id,
                "state": state,
                "version": version_id,
                "before": list(before),
                "at": now,
            },
        )
        return state if cursor.fetchone() else None


def record_change(
    owed: OwedProtocol,
    state: State,
    *,
    kind: str,
    version_id: int,
    body: Mapping[str, Any],
    texts: Collection[Text] = (),
    actor: Actor,
    now: datetime,
) -> int:
    """Write the event, the history, the pending row and the texts of a change; ring when it commits.

    The standing must have moved before, in the same transaction: its row lock keeps the events of one protocol in
    the order of its changes. Returns the event's id.
    """
    event_id = record_event(
        kind=kind,
        at=now,
        actor=actor,
        election=owed.election,
        contest=owed.contest,
        area=owed.area,
        station=owed.station,
        body={**body, **({"texts": {text.subject: text.commitment for text in texts}} if texts else {})},
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT_CHANGE,
            {
                "event": event_id,
                "contest": owed.contest_id,
                "station": owed.station_id,
                "area": owed.area_id,
                "state": state,
                "version": version_id,
            },
        )
    record_texts(event_id, version_id, texts)
    transaction.on_commit(lambda: doorbell.ring([owed.area_id], AreaLevel.DISTRICT))
    return event_id


def record_texts(event_id: int, version_id: int | None, texts: Collection[Text]) -> None:
    """Keep the words of an event beside it."""
    if not texts:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            _INSERT_TEXTS, [(event_id, version_id, text.subject, text.text, text.salt) for text in texts]
        )


def opened_figures(figures: Figures, salt: bytes, layout: Layout) -> dict[str, object]:
    """Return figures and salt as an accepting event carries them: whoever holds the commitment can check it."""
    return {"figures": layout.mapping(figures), "salt": salt.hex()}


def sealed_figures(figures: Figures, salt: bytes, layout: Layout) -> dict[str, object]:
    """Return the commitment that stands for figures not counted yet."""
    return {"commitment": commit_figures(salt, layout.mapping(figures))}


def findings_in_log(findings: Collection[Finding]) -> list[str]:
    """Return the codes of findings: their figures would tell what a held protocol says."""
    return [finding.code for finding in findings]
