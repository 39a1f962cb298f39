"""When bells were lost, or nobody is there to hear them."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

from django.db import connection

from aggregation.services.roll_up import roll_up
from stations.models import AreaLevel
from tallies import doorbell

# A bell that was heard is answered well within this; older pending rows have lost theirs.
LOST_AFTER = timedelta(seconds=2)

_PENDING_BY_LEVEL = """
    SELECT DISTINCT area.level, area.id
    FROM tallies_pendingarea pending JOIN stations_area area ON area.id = pending.area_id
    WHERE pending.at < %s
    ORDER BY area.level, area.id
"""


def ring_again(*, now: datetime) -> int:
    """Ring for every area whose pending rows have waited too long; return how many areas these are."""
    with connection.cursor() as cursor:
        cursor.execute(_PENDING_BY_LEVEL, [now - LOST_AFTER])
        waiting = cursor.fetchall()
    for level, areas in groupby(waiting, key=itemgetter(0)):
        doorbell.ring_lost([area_id for _, area_id in areas], level)
    return len(waiting)


def settle() -> int:
    """Bring all pending tallies up to date in this process, the lowest level first; return how many steps it took.

    For commands that end with figures on paper whether or not workers run. Takes the same steps as they do.
    """
    steps = 0
    for level in (AreaLevel.DISTRICT, AreaLevel.REGION, AreaLevel.NATION):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT area.id FROM tallies_pendingarea pending JOIN stations_area area "
                "ON area.id = pending.area_id WHERE area.level = %s ORDER BY area.id",
                [level],
            )
            areas = [area_id for (area_id,) in cursor.fetchall()]
        for area_id in areas:
            roll_up(area_id)
        steps += len(areas)
    return steps
