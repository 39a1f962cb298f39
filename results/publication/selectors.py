"""Reading what was published, and what stands in the way of a final result."""

from __future__ import annotations

from django.db import connections
from django.db.models import Q, QuerySet

from results.models import BulletinSchedule, PublicationPause, Snapshot
from stations.models import Election

PUBLISHED = Q(kind=Snapshot.Kind.BULLETIN) | Q(approval__isnull=False)

_UNSETTLED = """
    SELECT count(*) FILTER (WHERE standing.state = 'held'),
           count(*) FILTER (WHERE standing.state IS NULL OR standing.state NOT IN ('held', 'in_force', 'annulled'))
    FROM stations_ballot ballot
    JOIN stations_contest contest ON contest.id = ballot.contest_id
    LEFT JOIN tallies_standing standing
        ON standing.contest_id = ballot.contest_id AND standing.station_id = ballot.station_id
    WHERE contest.election_id = %s
"""


def published(election: Election, *, using: str = "default") -> QuerySet[Snapshot]:
    """Return the published snapshots of an election, the newest first."""
    return (
        Snapshot.objects.using(using)
        .filter(PUBLISHED, election=election)
        .select_related("checkpoint", "approval")
        .order_by("-checkpoint_id", "-created_at")
    )


def newest(election: Election, *, using: str = "default") -> Snapshot | None:
    """Return the snapshot that is the result now: the final one, or else the last bulletin."""
    snapshots = published(election, using=using)
    return snapshots.filter(kind=Snapshot.Kind.FINAL).first() or snapshots.first()


def is_final(election: Election) -> bool:
    """Whether a final result is published."""
    return Snapshot.objects.filter(election=election, kind=Snapshot.Kind.FINAL, approval__isnull=False).exists()


def proposed(election: Election) -> Snapshot | None:
    """Return the final result that waits for its approval: the one proposed last, unless it is approved already."""
    last = (
        Snapshot.objects.filter(election=election, kind=Snapshot.Kind.FINAL)
        .select_related("checkpoint", "made_by", "approval")
        .order_by("-number")
        .first()
    )
    return last if last is not None and not hasattr(last, "approval") else None


def waits_for_approval(snapshot: Snapshot) -> bool:
    """Say whether this is the final result that waits for its approval. A later proposal replaces an earlier one."""
    waiting = proposed(snapshot.election)
    return waiting is not None and waiting.pk == snapshot.pk


def unsettled(election: Election) -> tuple[int, int]:
    """Return how many protocols are held, and how many are missing (awaited or returned)."""
    with connections["default"].cursor() as cursor:
        cursor.execute(_UNSETTLED, [election.pk])
        held, missing = cursor.fetchone()
    return held, missing


def pause_of(election: Election) -> PublicationPause | None:
    """Return the pause of publication that is on now; None while there is none."""
    return PublicationPause.objects.filter(election=election, resumption=None).order_by("-pk").first()


def schedule_of(election: Election) -> BulletinSchedule | None:
    """Return how often bulletins are published by themselves; None where they are not."""
    last = BulletinSchedule.objects.filter(election=election).select_related("by").order_by("-pk").first()
    return last if last is not None and last.every_minutes else None
