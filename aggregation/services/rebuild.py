"""Recomputing every tally from the protocols in force."""

from __future__ import annotations

from django.db import connection, transaction

from aggregation import turnout_sums
from aggregation.services.roll_up import AREA_LOCK
from aggregation.summing import write_whole_country
from stations.models import Contest


def rebuild_tallies() -> int:
    """Recompute all tallies from nothing and return how many there are.

    Takes every area's lock, in one order, before it reads: a worker in the middle of a step would otherwise write
    what it read before over what is written here.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, id::int) FROM (SELECT id FROM stations_area ORDER BY id) area",
            [AREA_LOCK],
        )
        cursor.fetchall()
        cursor.execute("DELETE FROM tallies_pendingarea")
        write_whole_country(list(Contest.objects.values_list("pk", flat=True)))
        turnout_sums.write_whole_country()
        cursor.execute("SELECT count(*) FROM aggregation_tally")
        return int(cursor.fetchone()[0])
