"""A check set that is not in force yet is taken back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.selectors import actor
from audit.services import record_event
from stations.models import CheckSetDecision, Form
from stations.selectors import SetState
from tallies.services.adopt_checks import SOONEST
from tallies.services.check_sets import NotProposed, learn_of_change, lock_sets, record_decision
from tallies.services.locking import given_reason
from tallies.services.recording import Text, record_texts


def withdraw_checks(*, form: Form, number: int, reason: str, by: User, role: str, now: datetime) -> None:
    """Withdraw a set that was proposed, or adopted for a later moment. One person may: it changes nothing.

    A set that is in force, or is about to be in the next seconds, can only be replaced by another. Raises
    ReasonMissing or NotProposed, and then nothing has changed.
    """
    text = Text("withdrawal", given_reason(reason))
    person = actor(by, role)
    with transaction.atomic():
        # As things stand in a moment: a set that processes may already judge by cannot be taken back.
        found = next((each for each in lock_sets(form, now=now + SOONEST) if each.number == number), None)
        if found is None or found.state not in {SetState.PROPOSED, SetState.COMING}:
            raise NotProposed(found.state if found else SetState.WITHDRAWN)
        event_id = record_event(
            kind="checks.withdrawn",
            at=now,
            actor=person,
            election=form.election.code,
            body={
                "form": form.code,
                "check_set": number,
                "sha256": found.sha256,
                "texts": {text.subject: text.commitment},
            },
        )
        record_texts(event_id, None, [text])
        withdrawn = CheckSetDecision.Outcome.WITHDRAWN
        record_decision(form, found, withdrawn, by=person.pseudonym, event_id=event_id, now=now)
        learn_of_change(form)
