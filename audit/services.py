"""Writing to the log."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from audit.domain.actor import Actor
from audit.models import Event


@dataclass(frozen=True)
class NewEvent:
    kind: str
    at: datetime
    actor: Actor
    version: int = 1
    election: str = ""
    contest: str = ""
    area: str = ""
    station: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)


def record_event(**event: Any) -> int:
    return record_events([NewEvent(**event)])[0]


def record_events(events: Sequence[NewEvent]) -> list[int]:
    rows = Event.objects.bulk_create(
        Event(
            kind=event.kind,
            version=event.version,
            occurred_at=event.at,
            election=event.election,
            contest=event.contest,
            area=event.area,
            station=event.station,
            entry=json.dumps(
                {
                    "v": event.version,
                    "kind": event.kind,
                    "at": event.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
                    "actor": {"role": event.actor.role, "pseudonym": event.actor.pseudonym},
                    "body": dict(event.body),
                },
                sort_keys=True,
            ).encode(),
        )
        for event in events
    )
    return [row.pk for row in rows]
