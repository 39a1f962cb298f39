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
from tallies.domain import webhooks
from tallies.domain.checks import Finding
from tallies.domain.lifecycle import OPEN_TO_ENTRY, Action, Lifecycle, State, next_state, pointers_before, states_before
from tallies.models import ProtocolVersion
from tallies.selectors import OwedProtocol
from tallies.services.certified import CHANGES_WHAT_COUNTED, Cause, keep_from_certifying, withdraw_certified

Figures = Sequence[int | None]


@dataclass(frozen=True)
class NewVersion:
    """What a version holds before the database gives it its id."""

    owed: OwedProtocol
    origin: ProtocolVersion.Origin
    figures: Figures
    findings: Collection[Finding]
    check_set: int
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
# waits for the first to commit and then inserts nothing. A first version that comes to what stands already takes no
# number: whoever corrects what stands holds its standing and wants that number, and each would wait for the other.
_INSERT_VERSION = """
    INSERT INTO tallies_protocolversion
        (contest_id, station_id, number, replaces_id, origin, first_entry_id, second_entry_id, figures, findings,
         check_set, salt, at)
    SELECT %(contest)s, %(station)s, COALESCE(max(number), 0) + 1, %(replaces)s, %(origin)s, %(first)s, %(second)s,
           %(figures)s, %(findings)s, %(check_set)s, %(salt)s, %(at)s
    FROM tallies_protocolversion WHERE contest_id = %(contest)s AND station_id = %(station)s
    HAVING %(replaces)s::bigint IS NOT NULL OR NOT EXISTS (
        SELECT FROM tallies_standing
        WHERE contest_id = %(contest)s AND station_id = %(station)s AND state <> ALL(%(open)s)
    )
    ON CONFLICT (contest_id, station_id, number) DO NOTHING
    RETURNING id, number
"""

# The row lock taken here orders all later changes of this protocol, and the state in the WHERE is the lifecycle's.
# What stands leaves no entry open: one that somebody else began (double entry, on the station's behalf) is over.
_FIRST_STANDING = """
    WITH over AS (
        DELETE FROM tallies_openentry WHERE contest_id = %(contest)s AND station_id = %(station)s
    )
    INSERT INTO tallies_standing (contest_id, station_id, area_id, state, version_id, changed_at)
    VALUES (%(contest)s, %(station)s, %(area)s, %(state)s, %(version)s, %(at)s)
    ON CONFLICT (contest_id, station_id) DO UPDATE
        SET state = EXCLUDED.state, version_id = EXCLUDED.version_id, changed_at = EXCLUDED.changed_at
        WHERE tallies_standing.state = ANY(%(before)s)
    RETURNING id
"""

_LATER_STANDING = """
    UPDATE tallies_standing SET state = %(state)s, version_id = %(version)s, changed_at = %(at)s
    WHERE contest_id = %(contest)s AND station_id = %(station)s
"""

_INSERT_CHANGE = """
    WITH pending AS (
        INSERT INTO tallies_pendingarea (contest_id, area_id, at) VALUES (%(contest)s, %(area)s, clock_timestamp())
    )
    INSERT INTO tallies_standingchange (event_id, contest_id, station_id, area_id, state, version_id)
    VALUES (%(event)s, %(contest)s, %(station)s, %(area)s, %(state)s, %(version)s)
"""

# What is left for the webhooks that cover an event's place: in the transaction of the event, sent afterwards.
_LEAVE_FOR_WEBHOOKS = """
    INSERT INTO tallies_webhookdelivery (id, webhook_id, event_id, kind, created_at, next_try_at, attempts, problem)
    SELECT gen_random_uuid(), webhook.id, event.id, event.kind, %(at)s, %(at)s, 0, ''
    FROM audit_event event
    JOIN stations_election election ON election.code = event.election
    JOIN stations_area own ON own.election_id = election.id AND own.code = event.area
    LEFT JOIN stations_area above ON above.id = own.parent_id
    JOIN tallies_webhook webhook ON webhook.disabled_at IS NULL AND event.kind = ANY(webhook.kinds)
        AND webhook.area_id IN (own.id, own.parent_id, above.parent_id)
    LEFT JOIN stations_contest contest ON contest.id = webhook.contest_id
    WHERE event.id = ANY(%(events)s) AND (contest.id IS NULL OR contest.code = event.contest)
"""

# In the statement that is needed anyway: what a webhook can carry costs no statement more, and what it cannot carry,
# acceptances above all, does not look.
_INSERT_CHANGE_AND_TELL = _INSERT_CHANGE.replace(
    "INSERT INTO tallies_standingchange", f", outbox AS ({_LEAVE_FOR_WEBHOOKS}) INSERT INTO tallies_standingchange"
)

_INSERT_TEXTS = """
    INSERT INTO tallies_explanation (event_id, version_id, subject, text, salt) VALUES (%s, %s, %s, %s, %s)
"""


def insert_version(new: NewVersion, *, now: datetime) -> tuple[int, int] | None:
    """Insert the version; return its id and number.

    None when another writer was quicker, or when the version replaces nothing while a protocol stands already.
    """
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
                "check_set": new.check_set,
                "salt": new.salt,
                "at": now,
                "open": list(OPEN_TO_ENTRY),
            },
        )
        row: tuple[int, int] | None = cursor.fetchone()
    return row


def bring_into_standing(owed: OwedProtocol, action: Action, *, version_id: int, now: datetime) -> State | None:
    """Let a protocol stand that did not; return its state, or None when `action` is not allowed there now."""
    before = pointers_before(action)
    state = next_state(states_before(action)[0], action)
    with connection.cursor() as cursor:
        cursor.execute(
            _FIRST_STANDING,
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


def move_standing(owed: OwedProtocol, after: Lifecycle, *, version_id: int, now: datetime) -> None:
    """Move the pointer of a protocol whose standing this transaction has locked (tallies.services.locking)."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LATER_STANDING,
            {
                "contest": owed.contest_id,
                "station": owed.station_id,
                "state": after.state,
                "version": version_id,
                "at": now,
            },
        )


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
    the order of its changes. A change of what counted withdraws what was certified above it. Returns the event's id.
    """
    if kind in CHANGES_WHAT_COUNTED:
        keep_from_certifying(owed.contest_id)
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
            _INSERT_CHANGE_AND_TELL if kind in webhooks.KINDS else _INSERT_CHANGE,
            {
                "event": event_id,
                "events": [event_id],
                "at": now,
                "contest": owed.contest_id,
                "station": owed.station_id,
                "area": owed.area_id,
                "state": state,
                "version": version_id,
            },
        )
    record_texts(event_id, version_id, texts)
    if kind in CHANGES_WHAT_COUNTED:
        cause = Cause(event_id, {"kind": kind, "station": owed.station})
        withdraw_certified(contest_id=owed.contest_id, districts=[owed.area_id], cause=cause, actor=actor, now=now)
    transaction.on_commit(lambda: doorbell.ring([owed.area_id], AreaLevel.DISTRICT))
    return event_id


def leave_for_webhooks(event_ids: Sequence[int], *, now: datetime) -> None:
    """Leave what these events are to the webhooks of their places, in the same transaction: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_LEAVE_FOR_WEBHOOKS, {"events": list(event_ids), "at": now})


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


def findings_in_log(findings: Collection[Finding], check_set: int) -> dict[str, object]:
    """Return the codes of findings (their figures would tell what a held protocol says) and the set they come from."""
    return {"findings": [finding.code for finding in findings], "check_set": check_set}
