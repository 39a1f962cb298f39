"""The roll-up step: one area's tallies from the level below, then a pending row and a bell for the parent.

Its order is the point. The lock is a statement of its own, so that everything after it sees what the previous holder
committed; pending rows are deleted before anything is read, so that a change which commits later leaves its own
pending row for the next step; nothing is skipped that is locked, because a skipped row would be counted as done.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.db import connection, transaction

from aggregation import turnout_sums
from aggregation.summing import write_above, write_district
from stations.models import AreaLevel
from tallies import doorbell
from tallies.models import TURNOUT

# Advisory locks of tallies: (this class, area id).
AREA_LOCK = 1_001

_AREA = """
    SELECT area.level, parent.id, parent.level
    FROM stations_area area LEFT JOIN stations_area parent ON parent.id = area.parent_id
    WHERE area.id = %s
"""
# What a district's protocols say together is looked at later (tallies.services.patterns): that has time.
_HAND_ON = """
    WITH looked_at_later AS (
        INSERT INTO tallies_pendinglook (contest_id, area_id, at)
        SELECT contest_id, %(area)s, clock_timestamp() FROM unnest(%(contests)s::bigint[]) contest_id
        WHERE %(is_district)s
    )
    INSERT INTO tallies_pendingarea (contest_id, area_id, at)
    SELECT contest_id, %(parent)s, clock_timestamp() FROM unnest(%(contests)s::bigint[]) contest_id
"""


@dataclass(frozen=True)
class RolledUp:
    """How many contests were recomputed, and the area that must follow."""

    contests: int
    parent_id: int | None


def roll_up(area_id: int) -> RolledUp:
    """Bring an area's pending tallies up to date from its children, and hand on to its parent.

    Safe to run at any time, twice, or at once in many places: without pending rows it does nothing.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [AREA_LOCK, area_id])
        cursor.execute("DELETE FROM tallies_pendingarea WHERE area_id = %s RETURNING contest_id", [area_id])
        contests = sorted({contest_id for (contest_id,) in cursor.fetchall()})
        if not contests:
            return RolledUp(0, None)
        level, parent_id, parent_level = _place(area_id)
        _write(area_id, level, contests)
        if parent_id is not None:
            hand_on: dict[str, int | bool | list[int]] = {
                "area": area_id,
                "parent": parent_id,
                "contests": contests,
                "is_district": level == AreaLevel.DISTRICT,
            }
            cursor.execute(_HAND_ON, hand_on)
            transaction.on_commit(lambda: doorbell.ring([parent_id], parent_level or ""))
    return RolledUp(len(contests), parent_id)


def _write(area_id: int, level: str, pending: list[int]) -> None:
    """Write what is pending of an area: tallies of contests, and the day's turnout, which has no contest."""
    contests = [contest_id for contest_id in pending if contest_id != TURNOUT]
    is_district = level == AreaLevel.DISTRICT
    if contests:
        (write_district if is_district else write_above)(area_id, contests)
    if TURNOUT in pending:
        (turnout_sums.write_district if is_district else turnout_sums.write_above)(area_id)


@cache
def _place(area_id: int) -> tuple[str, int | None, str | None]:
    """Return an area's level and its parent, which never change."""
    with connection.cursor() as cursor:
        cursor.execute(_AREA, [area_id])
        level, parent_id, parent_level = cursor.fetchone()
    return level, parent_id, parent_level
