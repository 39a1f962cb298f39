"""What a public page stands on, read in one statement. It decides whether a page that was kept is still right."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connections

from results.models import Snapshot
from results.public.showing import Basis, Status

READER = "reader"
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class NotThere(LookupError):
    """The registry has no such contest, or this was not published."""


@dataclass(frozen=True)
class Ground:
    """A contest and what may be shown of it at this moment.

    `basis` is None before figures are public and while nothing is published; `changed_at` is the last change of the
    national tally, which follows every change below it; `published` counts bulletins and approved final results;
    `complaints` differs whenever a complaint of the contest came, ended or went overdue.
    `everywhere` differs, on the ground of the election's first contest, whenever a contest's live sums do.
    `pause` is the event by which publication was paused, None while it is not: then nothing is shown live.
    Equal tokens: nothing of what is shown has changed.
    """

    election_id: int
    contest_id: int
    public_from: datetime
    is_public: bool
    basis: Basis | None
    changed_at: datetime | None
    published: int
    token: str
    complaints: str
    everywhere: str
    pause: int | None = None


@dataclass(frozen=True)
class Published:
    """A published snapshot as addresses name it: by its number, the final result that counts without one."""

    kind: Snapshot.Kind
    number: int | None = None


_NEWEST = """
    SELECT snapshot.id, snapshot.kind, snapshot.number, snapshot.checkpoint_size, snapshot.created_at,
           count(*) OVER () AS published
    FROM results_snapshot snapshot
    LEFT JOIN results_approval approval ON approval.snapshot_id = snapshot.id
    WHERE snapshot.election_id = chosen.election_id
      AND (snapshot.kind = 'bulletin' OR approval.snapshot_id IS NOT NULL) {which}
    ORDER BY snapshot.kind = 'final' DESC, snapshot.checkpoint_size DESC, snapshot.created_at DESC LIMIT 1"""

# The contest first, so that everything else is looked up for it alone.
_GROUND = """
    WITH chosen AS MATERIALIZED (
        SELECT election.id AS election_id, election.revision, election.live_public, election.figures_public_from,
               contest.id AS contest_id
        FROM stations_election election
        JOIN LATERAL (
            SELECT id FROM stations_contest WHERE election_id = election.id {contest} ORDER BY position LIMIT 1
        ) contest ON true
        ORDER BY election.date DESC, election.id DESC LIMIT 1
    )
    SELECT chosen.*, snapshot.*,
           (SELECT changed_at FROM aggregation_tally WHERE contest_id = chosen.contest_id AND area_id =
               (SELECT id FROM stations_area WHERE election_id = chosen.election_id AND level = 'nation')),
           (SELECT concat_ws('.', max(complaint.event_id), max(ended.event_id),
                             count(*) FILTER (WHERE ended.event_id IS NULL AND complaint.answer_by < now()))
            FROM tallies_complaint complaint
            LEFT JOIN tallies_complaintend ended ON ended.complaint_id = complaint.id
            WHERE complaint.contest_id = chosen.contest_id),
           {everywhere},
           (SELECT max(pause.event_id) FROM results_publicationpause pause
            WHERE pause.election_id = chosen.election_id AND NOT EXISTS (
                SELECT FROM results_publicationresumption ended WHERE ended.pause_id = pause.id))
    FROM chosen LEFT JOIN LATERAL ({newest}) snapshot ON true"""

# The last change of any contest, for pages that tell of all of them.
_EVERYWHERE = """(SELECT max(changed_at) FROM aggregation_tally WHERE area_id =
               (SELECT id FROM stations_area WHERE election_id = chosen.election_id AND level = 'nation'))"""

# What was read is good for so many seconds: under load a page costs no statement at all, and callers are told to keep
# live pages longer than that anyway.
RECENT_SECONDS = 1.0
_recent: dict[tuple[str | None, Published | None], tuple[float, tuple[Any, ...]]] = {}
_MOST_RECENT = 10_000


def ground_of(contest: str | None, now: datetime, published: Published | None = None) -> Ground:
    """Return the ground of the contest with this code (None: the first contest of the current election).

    `published` asks for one snapshot; without it, for what is shown now. Raises NotThere.
    """
    if contest is not None and not CODE.fullmatch(contest):
        raise NotThere(contest)
    key = (contest, published)
    read = _recent.get(key)
    if read is None or time.monotonic() - read[0] > RECENT_SECONDS:
        read = (time.monotonic(), _read(contest, published))
        if len(_recent) >= _MOST_RECENT:
            _recent.clear()
        _recent[key] = read
    return _ground(read[1], now, published)


def forget_recent() -> None:
    """Read anew from now on."""
    _recent.clear()


def _read(contest: str | None, published: Published | None) -> tuple[Any, ...]:
    statement = _GROUND.format(
        newest=_NEWEST.format(which=_which(published)),
        contest="" if contest is None else "AND code = %(contest)s",
        everywhere=_EVERYWHERE if contest is None and published is None else "NULL::timestamptz",
    )
    parameters = {
        "contest": contest,
        "kind": str(published.kind) if published else None,
        "number": published.number if published else None,
    }
    with connections[READER].cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
    if row is None:
        raise NotThere(contest)
    return row


def _which(published: Published | None) -> str:
    if published is None:
        return ""
    return "AND snapshot.kind = %(kind)s" + (" AND snapshot.number = %(number)s" if published.number else "")


def _ground(row: tuple[Any, ...], now: datetime, published: Published | None) -> Ground:
    (
        election_id,
        revision,
        live_public,
        public_from,
        contest_id,
        *snapshot,
        count,
        changed_at,
        complaints,
        everywhere,
        pause,
    ) = row
    basis = _basis(*snapshot, live=live_public and published is None and pause is None)
    if published is not None and basis is None:
        raise NotThere(published)
    is_public = now >= public_from
    shown = basis if is_public else None
    return Ground(
        election_id=election_id,
        contest_id=contest_id,
        public_from=public_from,
        is_public=is_public,
        basis=shown,
        changed_at=changed_at,
        published=count or 0,
        token=f"{election_id}.{revision}.{contest_id}.{is_public}.{pause}.{_token(shown, changed_at)}",
        complaints=complaints,
        everywhere="" if shown is None or shown.snapshot_id else str(everywhere),
        pause=pause,
    )


def _basis(
    snapshot_id: int | None, kind: str, number: int, size: int, created_at: datetime, *, live: bool
) -> Basis | None:
    if snapshot_id is not None and (kind == Snapshot.Kind.FINAL or not live):
        return Basis(Status(kind), size, created_at, snapshot_id, number)
    return Basis(Status.LIVE) if live else None


def _token(basis: Basis | None, changed_at: datetime | None) -> str:
    if basis is None:
        return "nothing"
    return f"snapshot-{basis.snapshot_id}" if basis.snapshot_id else f"live-{changed_at}"
