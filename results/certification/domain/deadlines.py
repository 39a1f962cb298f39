"""By when a level must be established, as the election's package says.

In the reference election (Constitutional Law on Elections, Articles 43, 44 and 97) protocols reach the central
commission within two days of the election day, and the result is established within ten.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

NO_TERM = 0


def last_day(election_day: date, days: int) -> date | None:
    """Return the last day on which something due within `days` of the election day is not late; None without a term."""
    return None if days == NO_TERM else election_day + timedelta(days=days)


def due(last: date | None, time_zone: str) -> datetime | None:
    """Return the moment from which it is late: the midnight after its last day, by the election's clock."""
    return None if last is None else datetime.combine(last + timedelta(days=1), time(), ZoneInfo(time_zone))


def is_late(last: date | None, time_zone: str, now: datetime) -> bool:
    """Whether something is late that is not done by `now`."""
    moment = due(last, time_zone)
    return moment is not None and now >= moment
