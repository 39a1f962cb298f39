"""The central commission orders that the vote is held once more where a result was annulled."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import actor
from tallies.domain.lifecycle import Annulled
from tallies.models import RepeatVoting
from tallies.refusals import Refusal
from tallies.selectors import OwedProtocol
from tallies.services.locking import given_reason, lock
from tallies.services.recording import Text, move_standing, record_change


class DateIsPast(Refusal):
    """A repeat voting is ordered for a day that is over."""

    code = "date_is_past"

    def __init__(self) -> None:
        super().__init__(_("The day of the repeat voting cannot be in the past."), fields={"date": ""})


def order_repeat_voting(
    *, owed: OwedProtocol, version_id: int, date: date, ground: str, by: User, role: str, now: datetime
) -> None:
    """Order repeat voting for a station whose result is annulled: its protocol is awaited again.

    `version_id` is the annulled version, `date` the day of the voting in the station's time zone. Raises
    ReasonMissing, DateIsPast, NothingToDecide or VersionChanged, and then nothing has changed.
    """
    text = Text("repeat", given_reason(ground))
    if date < timezone.localdate(now):
        raise DateIsPast
    with transaction.atomic():
        annulled, version = lock(owed, Annulled, version_id)
        ordered = annulled.order_repeat()
        move_standing(owed, ordered, version_id=version.pk, now=now)
        event_id = record_change(
            owed,
            ordered.state,
            kind="protocol.repeat_ordered",
            version_id=version.pk,
            body={"version": version.number, "date": date.isoformat()},
            texts=[text],
            actor=actor(by, role),
            now=now,
        )
        RepeatVoting.objects.create(
            event_id=event_id, contest_id=owed.contest_id, station_id=owed.station_id, date=date
        )
