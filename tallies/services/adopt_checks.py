"""A second person of the central commission puts a proposed check set in force."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import actor
from audit.domain.events import in_utc
from audit.services import record_event
from stations.domain.check_sets import as_data
from stations.models import CheckSetDecision, Form
from stations.selectors import SetState
from tallies.refusals import Refusal
from tallies.services.check_sets import (
    EVENTS_WITH_CHECKS,
    NotProposed,
    learn_of_change,
    lock_sets,
    record_decision,
)

SOONEST: Final = timedelta(seconds=10)
"""How far ahead a set begins at the earliest: a request reads the election's revision some moments before it judges,
and by then must know of every set that is in force at its own moment."""


class SamePerson(Refusal):
    """The person who proposed a set may not adopt it."""

    code = "same_person"

    def __init__(self) -> None:
        super().__init__(_("You proposed this check set, so somebody else must adopt it."))


def adopt_checks(*, form: Form, number: int, by: User, role: str, now: datetime) -> datetime:
    """Adopt a proposed set; return the moment from which it is in force, in every process at once.

    The moment is the one that was proposed, or a few seconds from now if that is later. Protocols that came in before
    stay as they are. Raises NotProposed or SamePerson, and then nothing has changed.
    """
    person = actor(by, role)
    with transaction.atomic():
        found = next((each for each in lock_sets(form, now=now) if each.number == number), None)
        if found is None or found.state is not SetState.PROPOSED:
            raise NotProposed(found.state if found else SetState.WITHDRAWN)
        if found.proposed_by == person.pseudonym:
            raise SamePerson
        begins = max(found.asked_from or now, now + SOONEST)
        event_id = record_event(
            kind="checks.adopted",
            version=EVENTS_WITH_CHECKS,
            at=now,
            actor=person,
            election=form.election.code,
            body={
                "form": form.code,
                "check_set": number,
                "sha256": found.sha256,
                "checks": as_data(found.checks),
                "in_force_from": in_utc(begins),
            },
        )
        adopted = CheckSetDecision.Outcome.ADOPTED
        record_decision(form, found, adopted, by=person.pseudonym, event_id=event_id, now=now, in_force_from=begins)
        learn_of_change(form)
    return begins
