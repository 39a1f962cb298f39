"""What a public page stands on, read in one statement. It decides whether a page that was kept is still right."""

from __future__ import annotations

import re
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
    national tally, which follows every change below it. Equal tokens: nothing of what is shown has changed.
    """

    election_id: int
    contest_id: int
    public_from: datetime
    is_public: bool
    basis: Basis | None
    changed_at: datetime | None
    token: str


@dataclass(frozen=True)
class Published:
    """A published snapshot as addresses name it: a bulletin by its number, the final result without one."""

    kind: Snapshot.Kind
    number: int | None = None


_NEWEST = """
    SELECT snapshot.* FROM results_snapshot snapshot
    LEFT JOIN results_approval approval ON approval.snapshot_id = snapshot.id
    WHERE snapshot.election_id = election.id
      AND (snapshot.kind = 'bulletin' OR approval.snapshot_id IS NOT NULL) {which}
    ORDER BY snapshot.kind = 'final' DESC, snapshot.checkpoint_size DESC, snapshot.created_at DESC LIMIT 1"""

_GROUND = """
    SELECT election.id, election.revision, election.live_public, election.figures_public_from, contest.id,
           snapshot.id, snapshot.kind, snapshot.number, snapshot.checkpoint_size, snapshot.created_at, tally.changed_at
    FROM stations_contest contest
    JOIN stations_election election ON election.id = contest.election_id
    JOIN stations_area nation ON nation.election_id = election.id AND nation.level = 'nation'
    LEFT JOIN LATERAL ({newest}) snapshot ON true
    LEFT JOIN aggregation_tally tally ON tally.contest_id = contest.id AND tally.area_id = nation.id
    {contest}
    ORDER BY election.date DESC, election.id DESC, contest.position LIMIT 1"""


def ground_of(contest: str | None, now: datetime, published: Published | None = None) -> Ground:
    """Return the ground of the contest with this code (None: the first contest of the current election).

    `published` asks for one snapshot; without it, for what is shown now. Raises NotThere.
    """
    if contest is not None and not CODE.fullmatch(contest):
        raise NotThere(contest)
    statement = _GROUND.format(
        newest=_NEWEST.format(which=_which(published)),
        contest="" if contest is None else "WHERE contest.code = %(contest)s",
    )
    with connections[READER].cursor() as cursor:
        cursor.execute(
            statement,
            {
                "contest": contest,
                "kind": str(published.kind) if published else None,
                "number": published.number if published else None,
            },
        )
        row = cursor.fetchone()
    if row is None:
        raise NotThere(contest)
    return _ground(row, now, published)


def _which(published: Published | None) -> str:
    if published is None:
        return ""
    return "AND snapshot.kind = %(kind)s" + (" AND snapshot.number = %(number)s" if published.number else "")


def _ground(row: tuple[Any, ...], now: datetime, published: Published | None) -> Ground:
    election_id, revision, live_public, public_from, contest_id, *snapshot, changed_at = row
    basis = _basis(*snapshot, live=live_public and published is None)
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
        token=f"{election_id}.{revision}.{contest_id}.{is_public}.{_token(shown, changed_at)}",
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
