"""What the steps of a check set have in common: one at a time, and what was seen is what is decided on."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from stations.models import CheckSet, CheckSetDecision, Election, Form
from stations.selectors import NumberedSet, SetState, check_sets_of
from tallies.refusals import Refusal

EVENTS_WITH_CHECKS: Final = 2
"""The version of the events that carry a set: from 2 on a law may be named by language."""


class NotProposed(Refusal):
    """The check set is not waiting for this decision: somebody decided already, or it is in force."""

    code = "not_allowed_now"

    def __init__(self, state: SetState) -> None:
        super().__init__(
            _("This cannot be done: somebody decided on this check set already, or it is in force."),
            fields={"state": state.value},
        )


def lock_sets(form: Form, *, now: datetime) -> list[NumberedSet]:
    """Let one change of an election's check sets come after the other; return the sets of this form.

    The lock does not meet those of protocols: they share the election's row for its key alone.
    """
    Election.objects.select_for_update(no_key=True).get(pk=form.election_id)
    return check_sets_of(form.pk, at=now)


def learn_of_change(form: Form) -> None:
    """Let every process read the check sets anew: what it keeps is kept by the election's revision."""
    election = Election.objects.get(pk=form.election_id)
    election.revision += 1
    election.save(update_fields=["revision"])


def record_decision(
    form: Form,
    found: NumberedSet,
    outcome: CheckSetDecision.Outcome,
    *,
    by: str,
    event_id: int,
    now: datetime,
    in_force_from: datetime | None = None,
) -> None:
    """Keep the decision beside its event."""
    CheckSetDecision.objects.create(
        check_set=CheckSet.objects.get(form=form, number=found.number),
        outcome=outcome,
        in_force_from=in_force_from,
        by=by,
        at=now,
        event_id=event_id,
    )
