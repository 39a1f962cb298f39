"""Bulletins that come by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection

from audit.models import LogIndex
from audit.selectors import latest_checkpoint
from results.models import BulletinSchedule, Snapshot
from results.publication.selectors import newest, pause_of, published, schedule_of
from results.publication.services import NotPublishable, publish_bulletin
from stations.models import Election
from stations.selectors import NoElection, current_election

# Advisory lock of who publishes what is due: (this class, election id). Two workers with one bell publish once.
SCHEDULE_LOCK = 1_011


def publish_due_bulletin(*, now: datetime) -> Snapshot | None:
    """Publish the bulletin of the current election that is due; None where none is, or where something forbids it.

    Must not run inside a transaction: a bulletin is computed in one of its own.
    """
    try:
        election = current_election()
    except NoElection:
        return None
    if _due(election, now) is None:
        return None
    with _alone(election) as is_alone:
        schedule = _due(election, now) if is_alone else None
        if schedule is None:
            return None
        try:
            return publish_bulletin(election=election, by=schedule.by, now=now)
        except NotPublishable:
            return None


def _due(election: Election, now: datetime) -> BulletinSchedule | None:
    schedule = schedule_of(election)
    if schedule is None or now < election.figures_public_from or pause_of(election):
        return None
    last = published(election).filter(kind=Snapshot.Kind.BULLETIN).first()
    shown = newest(election)
    if shown is not None and shown.kind == Snapshot.Kind.FINAL:
        return None
    if last is None:
        return schedule
    is_time = now >= last.created_at + timedelta(minutes=schedule.every_minutes)
    return schedule if is_time and _has_news(last) else None


def _has_news(last: Snapshot) -> bool:
    """Whether a protocol has changed in the signed log since the last bulletin."""
    checkpoint = latest_checkpoint()
    if checkpoint is None:
        return False
    since = LogIndex.objects.filter(index__gte=last.checkpoint_id, index__lt=checkpoint.size)
    return since.filter(event__kind__startswith="protocol.").exists()


@contextmanager
def _alone(election: Election) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [SCHEDULE_LOCK, election.pk])
        is_alone = bool(cursor.fetchone()[0])
    try:
        yield is_alone
    finally:
        if is_alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [SCHEDULE_LOCK, election.pk])
