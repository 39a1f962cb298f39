"""By when a level must be established.

Where the law of the reference election says so (Constitutional Law on Elections, Articles 43, 44 and 97): protocols
reach the central commission within two days of the election day, and the result is established within ten.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from results.certification.domain.levels import Level

DAYS_TO_THE_CENTRAL_COMMISSION = 2
DAYS_TO_THE_FINAL_RESULT = 10


def due(level: Level, election_day: date, time_zone: str) -> datetime:
    """Return the moment at which a level is late: the midnight after the last day, in the election's time zone."""
    days = DAYS_TO_THE_FINAL_RESULT if level is Level.NATION else DAYS_TO_THE_CENTRAL_COMMISSION
    return midnight_after(election_day + timedelta(days=days), time_zone)


def final_due(election_day: date, time_zone: str) -> datetime:
    """Return the moment at which the final result is late."""
    return midnight_after(election_day + timedelta(days=DAYS_TO_THE_FINAL_RESULT), time_zone)


def midnight_after(day: date, time_zone: str) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(time_zone))
