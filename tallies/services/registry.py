"""The registry changes what is expected: its changes leave pending rows as protocols do."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from audit.domain.actor import Actor
from stations import services as registry
from stations.models import AreaLevel
from stations.services import AmendReport, LoadReport
from tallies import doorbell

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
    """Amend an election; the tallies of what moved or was added, where it was and where it is, become pending."""
    with transaction.atomic():
        report = registry.amend_election(package=package, by=by, now=now)
        _leave_pending(report.touched)
    return report


def _leave_pending(touched: Collection[tuple[int, int]]) -> None:
    if not touched:
        return
    contests, districts = zip(*touched, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_PENDING, [list(contests), list(districts)])
    areas = sorted(set(districts))
    transaction.on_commit(lambda: doorbell.ring(areas, AreaLevel.DISTRICT))
