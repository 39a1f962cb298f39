"""One entry is keyed by one person at a time."""

from __future__ import annotations

from datetime import datetime, timedelta

# Long enough to answer the door and to count a line again, short enough that a forgotten page stops nobody.
LAPSES_AFTER = timedelta(minutes=15)


# The slot of a claim where one person's entry is enough.
ONLY = "only"


def lapses_at(now: datetime) -> datetime:
    """Return when a claim lapses of which `now` is the last sign of life."""
    return now + LAPSES_AFTER
