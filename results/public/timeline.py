"""The night of a contest: how the count went on, what was corrected, and what was published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connections
from django.utils.translation import gettext as _

from aggregation.selectors import Sum
from results.models import Snapshot
from results.public.ground import READER, Ground
from results.public.links import Links
from results.public.progress import Progress, progress_of
from results.public.registry import contest_of, nation
from results.public.sharing import share_of
from results.public.showing import Basis, show
from results.publication.selectors import published
from stations.models import Contest, Station

# So many of the latest changes are told; the log has them all.
MOST_CHANGES = 200


@dataclass(frozen=True)
class Happening:
    """Something beside protocols that came in: a station's result was changed, or a bulletin published."""

    at: datetime
    kind: str
    url: str
    station: Station | None = None
    number: int | None = None


# By the minute, by how many stations more are counted: a protocol in force counts, and one that leaves force no more.
_COUNTED = """
    SELECT date_trunc('minute', event.occurred_at), sum(change.counts - change.counted)
    FROM (
        SELECT event_id, (state = 'in_force')::int AS counts,
               COALESCE(lag((state = 'in_force')::int) OVER (PARTITION BY station_id ORDER BY event_id), 0) AS counted
        FROM tallies_standingchange WHERE contest_id = %(contest)s
    ) change
    JOIN audit_event event ON event.id = change.event_id
    LEFT JOIN audit_logindex log ON log.event_id = change.event_id
    WHERE change.counts <> change.counted AND (%(size)s::bigint IS NULL OR log.index < %(size)s)
    GROUP BY 1 ORDER BY 1"""

_CHANGES = """
    SELECT event.occurred_at, event.kind, station.id, station.code, station.name_en, station.name_kk, station.name_ru
    FROM tallies_standingchange change
    JOIN audit_event event ON event.id = change.event_id
    JOIN stations_station station ON station.id = change.station_id
    LEFT JOIN audit_logindex log ON log.event_id = change.event_id
    WHERE change.contest_id = %(contest)s AND (%(size)s::bigint IS NULL OR log.index < %(size)s)
      AND event.kind IN ('protocol.corrected', 'protocol.recounted', 'protocol.annulled', 'protocol.repeat_ordered')
    ORDER BY change.event_id DESC LIMIT %(most)s"""


def timeline_page(ground: Ground) -> tuple[str, dict[str, Any]]:
    """Tell the night of the ground's contest."""
    contest = contest_of(ground.contest_id)
    links = Links()
    country = nation(contest.election)
    context: dict[str, Any] = {
        "ground": ground,
        "basis": ground.basis,
        "election": contest.election,
        "contest": contest,
        "place": country,
        "contest_url": links.contest(contest.code),
        "share": share_of(contest, country, f"{_('How the count went on')}: {contest.name}") if ground.basis else None,
    }
    if ground.basis is None:
        return "results/timeline.html", context
    total = show(contest, country, ground.basis, using=READER).sum
    changes = _changes(contest, ground.basis, links)
    return "results/timeline.html", context | {
        "sum": total,
        "progress": _progress(contest, ground.basis, total, changes),
        "happenings": sorted([*changes, *_published(contest)], key=lambda each: each.at, reverse=True),
        "most": MOST_CHANGES if len(changes) == MOST_CHANGES else None,
    }


def _progress(contest: Contest, basis: Basis, total: Sum, changes: list[Happening]) -> Progress | None:
    with connections[READER].cursor() as cursor:
        cursor.execute(_COUNTED, {"contest": contest.pk, "size": basis.size})
        rows = cursor.fetchall()
    zone = ZoneInfo(contest.election.time_zone)
    moments = [at.astimezone(zone) for at, _ in rows]
    counted = accumulate(int(more) for _, more in rows)
    return progress_of(list(zip(moments, counted, strict=True)), total.expected, [each.at for each in changes])


def _changes(contest: Contest, basis: Basis, links: Links) -> list[Happening]:
    with connections[READER].cursor() as cursor:
        cursor.execute(_CHANGES, {"contest": contest.pk, "size": basis.size, "most": MOST_CHANGES})
        rows = cursor.fetchall()
    return [
        Happening(
            at,
            kind,
            links.place(contest.code, code),
            Station(id=pk, code=code, name_en=name_en, name_kk=name_kk, name_ru=name_ru),
        )
        for at, kind, pk, code, name_en, name_kk, name_ru in rows
    ]


def _published(contest: Contest) -> list[Happening]:
    return [
        Happening(
            snapshot.approval.approved_at if snapshot.kind == Snapshot.Kind.FINAL else snapshot.created_at,
            str(snapshot.kind),
            Links.to(snapshot).front(),
            number=snapshot.number,
        )
        for snapshot in published(contest.election, using=READER)
    ]
