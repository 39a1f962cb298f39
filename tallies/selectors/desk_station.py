"""What a commission sees of one station: everything that happened there, in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import orjson
from django.db.models import Q

from audit.models import Event
from stations.models import Station
from tallies.models import Explanation


@dataclass(frozen=True)
class Happened:
    """An event at a station: when, what, about which contest and version, in which role, and what was written."""

    at: datetime
    kind: str
    contest: str
    version: int | None
    role: str
    words: list[Explanation]


def happened_at(station: Station, contests: Collection[str]) -> list[Happened]:
    """Return every event of the station about these contests, or about none, the latest first: two statements."""
    events = list(
        Event.objects.filter(
            Q(contest__in=contests) | Q(contest=""), station=station.code, election=station.election.code
        ).order_by("-id")
    )
    words: dict[int, list[Explanation]] = defaultdict(list)
    for text in Explanation.objects.filter(event__in=[event.pk for event in events]).order_by("id"):
        words[text.event_id].append(text)
    return [_happened(event, words[event.pk]) for event in events]


def _happened(event: Event, words: list[Explanation]) -> Happened:
    entry = orjson.loads(bytes(event.entry))
    version = entry["body"].get("version")
    return Happened(
        at=event.occurred_at,
        kind=event.kind,
        contest=event.contest,
        version=version if isinstance(version, int) else None,
        role=entry["actor"]["role"],
        words=words,
    )
