"""When a station closes: one expression, for whoever asks it of the database."""

from __future__ import annotations

# The last day on which the station votes in this contest where it was ordered to vote once more.
REPEAT = """
    LEFT JOIN LATERAL (
        SELECT max(date) AS date FROM tallies_repeatvoting
        WHERE contest_id = contest.id AND station_id = station.id
    ) repeat ON true
"""


def closing(*, day: str, closes: str = "station.closes") -> str:
    """Return the SQL of the moment at which `station` closes that opens on this day; NULL where `closes` is.

    By the station's own clock. One that closes at or before the hour it opens closes on the next day.
    """
    return f"""(({day} + {closes}
        + CASE WHEN station.closes <= station.opens THEN INTERVAL '1 day' ELSE INTERVAL '0' END)
        AT TIME ZONE station.time_zone)"""


# On the day of a repeat voting where one was ordered; NULL where the election takes protocols before.
CLOSES_AT = f"""
    CASE WHEN NOT election.protocols_before_close THEN {closing(day="COALESCE(repeat.date, election.date)")} END
"""
