"""An event before it is recorded, and the canonical entry it makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from audit.domain.actor import Actor
from audit.domain.canonical import canonical_bytes

LARGEST_ENTRY = 65_535
"""Bytes. The length of an entry is written in two bytes."""


class EntryTooLarge(ValueError):
    """The entry would exceed 65,535 bytes. Store large things elsewhere and log their SHA-256."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """What happened: kind and its version, moment, actor, the subjects it concerns (empty where none), and the rest."""

    kind: str
    at: datetime
    actor: Actor
    body: Mapping[str, object]
    version: int = 1
    election: str = ""
    contest: str = ""
    area: str = ""
    station: str = ""

    def value(self) -> dict[str, object]:
        """Return the event as its schema describes it. Raises ValueError for a naive time."""
        subjects = {
            "election": self.election, "contest": self.contest, "area": self.area, "station": self.station,
        }  # fmt: skip
        return {
            "v": self.version,
            "kind": self.kind,
            "at": in_utc(self.at),
            "actor": {"role": self.actor.role, "pseudonym": self.actor.pseudonym},
            **{name: code for name, code in subjects.items() if code},
            "body": dict(self.body),
        }

    def entry(self) -> bytes:
        """Return the bytes that are hashed. Raises `NotCanonical`, `EntryTooLarge`, or ValueError for a naive time."""
        return entry_of(self.value())


def entry_of(value: Mapping[str, object]) -> bytes:
    """Return the bytes of an event's value. Raises `NotCanonical` or `EntryTooLarge`."""
    entry = canonical_bytes(value)
    if len(entry) > LARGEST_ENTRY:
        raise EntryTooLarge(f"{value['kind']}: the entry has {len(entry)} bytes, more than {LARGEST_ENTRY}")
    return entry


def in_utc(moment: datetime) -> str:
    """Return the moment as RFC 3339 in UTC with microseconds, such as 2023-03-19T15:00:00.000000Z."""
    if moment.tzinfo is None:
        raise ValueError("a moment in the log needs a time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
