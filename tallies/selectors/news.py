"""What others did to an officer's protocols since the officer opened the page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import orjson
from django.db import connections

from accounts.models import User
from stations.models import Ballot
from tallies.domain.lifecycle import State
from tallies.models import Explanation
from tallies.selectors.protocols import Narrowed, Scope, restricted

MOST_SHOWN = 20
# What a change of a protocol was given for, by the kind of event: what an officer must read of it.
_REASONS = ("return", "correction", "recount", "annulment", "repeat", "acceptance", "choice")


@dataclass(frozen=True)
class News:
    """A change of a protocol that somebody else made, with the commission's words where it gave any."""

    ballot: Ballot
    event_id: int
    kind: str
    state: State
    at: datetime
    role: str
    number: int | None
    reason: str


# An entry beside which there is none yet changes nothing here: who has not entered must not learn of it.
_LATEST = """
    SELECT COALESCE(max(newest.event_id), 0)::text || '.' || COALESCE(
        extract(epoch FROM max(opened.changed_at)), 0)::text || '.' || COALESCE(
        (SELECT max(ended.event_id) FROM tallies_endedclaim ended WHERE ended.by_id = %(reader)s), 0)::text
    FROM stations_ballot ballot
    JOIN stations_contest contest ON contest.id = ballot.contest_id
    JOIN stations_station station ON station.id = ballot.station_id
    JOIN stations_area district ON district.id = station.area_id
    LEFT JOIN LATERAL (
        SELECT change.event_id FROM tallies_standingchange change
        WHERE change.contest_id = ballot.contest_id AND change.station_id = ballot.station_id
        ORDER BY change.event_id DESC LIMIT 1
    ) newest ON TRUE
    LEFT JOIN tallies_openentry opened
        ON opened.contest_id = ballot.contest_id AND opened.station_id = ballot.station_id
        AND opened.first_entry_id IS NOT NULL AND opened.second_entry_id IS NOT NULL
    WHERE contest.election_id = %(election)s
"""

_DIFFERING = """
    SELECT ballot.id, event.id, event.kind, 'differs', event.occurred_at, event.entry, NULL::integer
    FROM stations_ballot ballot
    JOIN stations_contest contest ON contest.id = ballot.contest_id
    JOIN stations_election election ON election.id = contest.election_id
    JOIN stations_station station ON station.id = ballot.station_id
    JOIN stations_area district ON district.id = station.area_id
    JOIN tallies_openentry opened
        ON opened.contest_id = ballot.contest_id AND opened.station_id = ballot.station_id
        AND opened.first_entry_id IS NOT NULL AND opened.second_entry_id IS NOT NULL
    CROSS JOIN LATERAL (
        SELECT * FROM audit_event event
        WHERE event.station = station.code AND event.contest = contest.code AND event.election = election.code
            AND event.kind = 'entry.recorded' AND event.id > %(since)s
        ORDER BY event.id DESC LIMIT 1
    ) event
    WHERE contest.election_id = %(election)s
"""

_SINCE = """
    SELECT ballot.id, change.event_id, event.kind, change.state, event.occurred_at, event.entry, version.number
    FROM stations_ballot ballot
    JOIN stations_contest contest ON contest.id = ballot.contest_id
    JOIN stations_station station ON station.id = ballot.station_id
    JOIN stations_area district ON district.id = station.area_id
    JOIN tallies_standingchange change
        ON change.contest_id = ballot.contest_id AND change.station_id = ballot.station_id
        AND change.event_id > %(since)s
    JOIN audit_event event ON event.id = change.event_id
    LEFT JOIN tallies_protocolversion version ON version.id = change.version_id
    WHERE contest.election_id = %(election)s
"""


_ENDED = """
    SELECT ballot.id, ended.event_id, 'claim.taken_over', 'awaited', ended.at, event.entry, NULL::integer
    FROM tallies_endedclaim ended
    JOIN audit_event event ON event.id = ended.event_id
    JOIN stations_ballot ballot ON ballot.contest_id = ended.contest_id AND ballot.station_id = ended.station_id
    WHERE ended.by_id = %(reader)s AND ended.event_id > %(since)s
    ORDER BY ended.event_id
"""


def latest_change(scope: Scope, narrowed: Narrowed, reader: User) -> str:
    """Return what changes with every change of the scope's protocols, of their open entries and of the reader's claims.

    One statement. It begins with the id of the last event, up to the point.
    """
    where, values = restricted(scope, narrowed)
    with connections["default"].cursor() as cursor:
        cursor.execute(_LATEST + where, {**values, "reader": reader.pk})
        return str(cursor.fetchone()[0])


def news_since(scope: Scope, narrowed: Narrowed, event_id: int, reader: User) -> list[News]:
    """Return what others than the reader did to the scope's protocols after an event, the latest first.

    At most the latest of each protocol: what was undone meanwhile is no news. That two entries differ is news too,
    and that a commission ended the reader's keying. Five statements.
    """
    where, values = restricted(scope, narrowed)
    with connections["default"].cursor() as cursor:
        cursor.execute(
            f"{_SINCE} {where} ORDER BY change.event_id DESC LIMIT {MOST_SHOWN * 5}", {**values, "since": event_id}
        )
        rows = cursor.fetchall()
        cursor.execute(f"{_DIFFERING} {where} ORDER BY event.id LIMIT {MOST_SHOWN}", {**values, "since": event_id})
        rows += cursor.fetchall()
        cursor.execute(_ENDED, {"reader": reader.pk, "since": event_id})
        rows += cursor.fetchall()
    latest = {row[0]: row for row in sorted(rows, key=lambda row: row[1])}
    others = [row for row in latest.values() if _pseudonym(row[5]) != str(reader.pseudonym)]
    others.sort(key=lambda row: -row[1])
    ballots = Ballot.objects.select_related("contest", "station").in_bulk([row[0] for row in others])
    reasons = _reasons([row[1] for row in others])
    return [
        News(ballots[ballot_id], event_id, kind, State(state), at, _role(entry), number, reasons[event_id])
        for ballot_id, event_id, kind, state, at, entry, number in others[:MOST_SHOWN]
    ]


def _reasons(event_ids: Collection[int]) -> dict[int, str]:
    reasons: dict[int, str] = defaultdict(str)
    if event_ids:
        for text in Explanation.objects.filter(event__in=event_ids, subject__in=_REASONS):
            reasons[text.event_id] = text.text
    return reasons


def _role(entry: bytes) -> str:
    return str(orjson.loads(bytes(entry))["actor"]["role"])


def _pseudonym(entry: bytes) -> str:
    return str(orjson.loads(bytes(entry))["actor"]["pseudonym"])
