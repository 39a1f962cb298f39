"""The registry changes what is expected: its changes leave pending rows as protocols do."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from django.db import connection, transaction

from audit.domain.actor import Actor
from stations import services as registry
from stations.models import Area, AreaLevel
from stations.services import AmendReport, LoadReport
from tallies import doorbell
from tallies.models import TURNOUT
from tallies.services.certified import Cause, keep_from_certifying, withdraw_certified

_INSERT_PENDING = """
    INSERT INTO tallies_pendingarea (contest_id, area_id, at)
    SELECT contest_id, area_id, clock_timestamp()
    FROM unnest(%s::bigint[], %s::bigint[]) AS touched(contest_id, area_id)
"""


def load_election(*, package: Path, by: Actor, now: datetime) -> LoadReport:
    """Load an election package with its first tallies pending. Raises what stations.services.load_election raises."""
    with transaction.atomic():
        report = registry.load_election(package=package, by=by, now=now)
        _leave_pending(report.touched)
    return report


def amend_election(*, package: Path, by: Actor, now: datetime) -> AmendReport:
    """Amend an election; the tallies of what moved or was added, where it was and where it is, become pending.

    What was certified there without the new stations is withdrawn.
    """
    with transaction.atomic():
        report = registry.amend_election(package=package, by=by, now=now)
        _leave_pending(report.touched)
        _withdraw_certified(report, by, now)
        if "registered_voters" in report.changed.get("station", {}):
            # Turnout is shown as a share of the registers.
            _leave_pending([(TURNOUT, district) for district in _districts(report.election_id)])
    return report


def _withdraw_certified(report: AmendReport, by: Actor, now: datetime) -> None:
    if report.event_id is None:
        return
    cause = Cause(report.event_id, {"kind": "election.amended"})
    for contest_id, touched in groupby(sorted(report.touched), key=itemgetter(0)):
        districts = [district for _contest, district in touched]
        keep_from_certifying(contest_id)
        withdraw_certified(contest_id=contest_id, districts=districts, cause=cause, actor=by, now=now)


def _districts(election_id: int) -> list[int]:
    return list(Area.objects.filter(election=election_id, level=AreaLevel.DISTRICT).values_list("pk", flat=True))


def _leave_pending(touched: Collection[tuple[int, int]]) -> None:
    if not touched:
        return
    contests, districts = zip(*touched, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_PENDING, [list(contests), list(districts)])
    areas = sorted(set(districts))
    transaction.on_commit(lambda: doorbell.ring(areas, AreaLevel.DISTRICT))
