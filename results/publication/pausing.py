"""Publication is paused, with words that everybody reads, and resumed; bulletins come by themselves or do not."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.domain.roles import Role
from accounts.models import User
from accounts.selectors import actor
from audit.services import record_event
from results.models import BulletinSchedule, PublicationPause, PublicationResumption
from results.publication.selectors import pause_of, schedule_of
from results.publication.services import PUBLICATION_LOCK
from stations.models import Election
from tallies.refusals import Refusal
from tallies.services.locking import given_reason
from tallies.services.recording import Text, record_texts

MOST_MINUTES = 24 * 60


class PausedAlready(Refusal):
    """Publication is paused already."""

    code = "paused_already"

    def __init__(self) -> None:
        super().__init__(_("Publication is paused already."))


class NotPaused(Refusal):
    """Publication is not paused."""

    code = "not_paused"

    def __init__(self) -> None:
        super().__init__(_("Publication is not paused."))


class BadInterval(Refusal):
    """Bulletins come every so many whole minutes, at most once a day's length apart."""

    code = "bad_interval"

    def __init__(self) -> None:
        super().__init__(
            _("Give a number of minutes from 1 to %(most)d, or 0 for none.") % {"most": MOST_MINUTES},
            fields={"every_minutes": ""},
        )


def pause_publication(*, election: Election, reason: str, by: User, now: datetime) -> PublicationPause:
    """Publish nothing more until it is resumed, and say why on every public page.

    Raises ReasonMissing or PausedAlready.
    """
    text = Text("pause", given_reason(reason))
    with transaction.atomic():
        _lock(election)
        if pause_of(election):
            raise PausedAlready
        event_id = record_event(
            kind="publication.paused",
            at=now,
            actor=actor(by, Role.CEC),
            election=election.code,
            body={"texts": {text.subject: text.commitment}},
        )
        record_texts(event_id, None, [text])
        return PublicationPause.objects.create(election=election, by=by, event_id=event_id, at=now)


def resume_publication(*, election: Election, by: User, now: datetime) -> None:
    """End the pause. Raises NotPaused."""
    with transaction.atomic():
        _lock(election)
        pause = pause_of(election)
        if pause is None:
            raise NotPaused
        event_id = record_event(
            kind="publication.resumed", at=now, actor=actor(by, Role.CEC), election=election.code, body={}
        )
        PublicationResumption.objects.create(pause=pause, by=by, event_id=event_id, at=now)


def schedule_bulletins(*, election: Election, every_minutes: int, by: User, now: datetime) -> None:
    """Let a bulletin be published every so many minutes from now on, in this person's name; 0 ends it.

    Raises BadInterval.
    """
    if not 0 <= every_minutes <= MOST_MINUTES:
        raise BadInterval
    with transaction.atomic():
        _lock(election)
        before = schedule_of(election)
        if (before.every_minutes if before else 0) == every_minutes:
            return
        event_id = record_event(
            kind="bulletins.scheduled",
            at=now,
            actor=actor(by, Role.CEC),
            election=election.code,
            body={"every_minutes": every_minutes},
        )
        BulletinSchedule.objects.create(
            election=election, every_minutes=every_minutes, by=by, event_id=event_id, at=now
        )


def _lock(election: Election) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [PUBLICATION_LOCK, election.pk])
