"""What a report of turnout must hold to: it only grows through the day, and no hour is told before it has struck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class OutOfOrder(Exception):
    """More voters at an earlier hour, or fewer at a later one. `hour` and `voters` are the report it contradicts."""

    hour: str
    voters: int


def strikes_at(hour: str, day: date, time_zone: str) -> datetime:
    """Return the moment at which an hour such as `10:00` strikes on this day in this time zone."""
    return datetime.combine(day, time.fromisoformat(hour), ZoneInfo(time_zone))


def hours_due(hours: Sequence[str], day: date, time_zone: str, now: datetime) -> list[str]:
    """Return the hours that have struck."""
    return [hour for hour in hours if strikes_at(hour, day, time_zone) <= now]


def check_order(hour: str, voters: int, reported: Mapping[str, int]) -> None:
    """Raise OutOfOrder unless `voters` fits between what was `reported` at earlier and later hours."""
    for other, number in sorted(reported.items()):
        if (other < hour and number > voters) or (other > hour and number < voters):
            raise OutOfOrder(other, number)
