"""The central commission proposes other checks for a form."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import actor
from audit.domain.events import in_utc
from audit.services import record_event
from stations.domain.check_sets import CheckProblem, CheckText, as_data, compare, problems_of, sha256_of
from stations.domain.check_sets import Difference as Became
from stations.domain.layout import Layout
from stations.models import CheckSet, Contest, Form
from stations.selectors import SetState, layouts_of
from tallies.refusals import Refusal
from tallies.services.check_sets import EVENTS_WITH_CHECKS, lock_sets
from tallies.services.locking import given_reason
from tallies.services.recording import Text, record_texts


class ChecksRefused(Refusal):
    """Some checks cannot be taken. `fields` maps the code of each to what is wrong with it."""

    code = "checks_refused"

    def __init__(self, problems: list[CheckProblem]) -> None:
        super().__init__(
            _("Some checks cannot be taken."),
            fields={problem.code: sentence_for_check(problem) for problem in problems},
        )
        self.problems = problems


class NothingProposed(Refusal):
    """The proposed set is the one in force."""

    code = "nothing_proposed"

    def __init__(self) -> None:
        super().__init__(_("These are the checks in force: nothing would change."))


class ProposalOpen(Refusal):
    """Another set of this form waits for a decision, or for its moment."""

    code = "proposal_open"

    def __init__(self, number: int) -> None:
        super().__init__(
            _("Check set %(number)d waits for a decision or for its moment. Only one can wait: withdraw it first.")
            % {"number": number},
            fields={"check_set": number},
        )


def propose_checks(
    *,
    form: Form,
    checks: Sequence[CheckText],
    in_force_from: datetime | None,
    reason: str,
    by: User,
    role: str,
    now: datetime,
) -> CheckSet:
    """Propose a check set, to be in force from a moment on, or at once when a second person adopts it.

    Nothing changes for any protocol yet. Raises ReasonMissing, ChecksRefused, ProposalOpen or NothingProposed, and
    then nothing has changed.
    """
    text = Text("proposal", given_reason(reason))
    person = actor(by, role)
    with transaction.atomic():
        sets = lock_sets(form, now=now)
        open_set = next((each for each in sets if each.state in {SetState.PROPOSED, SetState.COMING}), None)
        if open_set:
            raise ProposalOpen(open_set.number)
        require_sound(form=form, checks=checks)
        base = next(each for each in sets if each.state is SetState.IN_FORCE)
        if all(change.difference is Became.SAME for change in compare(base.checks, checks)):
            raise NothingProposed
        number, sha256 = sets[-1].number + 1, sha256_of(checks)
        event_id = record_event(
            kind="checks.proposed",
            version=EVENTS_WITH_CHECKS,
            at=now,
            actor=person,
            election=form.election.code,
            body={
                "form": form.code,
                "check_set": number,
                "based_on": base.number,
                "sha256": sha256,
                "checks": as_data(checks),
                **({"in_force_from": in_utc(in_force_from)} if in_force_from else {}),
                "texts": {text.subject: text.commitment},
            },
        )
        record_texts(event_id, None, [text])
        return CheckSet.objects.create(
            form=form,
            number=number,
            based_on=base.number,
            checks=as_data(checks),
            sha256=sha256,
            proposed_by=person.pseudonym,
            proposed_at=now,
            in_force_from=in_force_from,
            event_id=event_id,
        )


def require_sound(*, form: Form, checks: Sequence[CheckText]) -> None:
    """Raise ChecksRefused unless each of the checks can be held against every contest of the form. Changes nothing."""
    problems = problems_of(checks, _layouts(form))
    if problems:
        raise ChecksRefused(problems)


def _layouts(form: Form) -> dict[str, Layout]:
    contests = dict(Contest.objects.filter(form=form).values_list("id", "code"))
    return {contests[contest_id]: layout for contest_id, layout in layouts_of(contests).items()}


def sentence_for_check(problem: CheckProblem) -> str:
    """Return what is wrong with a check as a sentence in the language of the request."""
    if problem.error is not None:
        values = {
            "position": problem.error.position + 1,
            "sentence": _(problem.error.template) % problem.error.values,
            "contest": problem.contest,
        }
        return _("At character %(position)d: %(sentence)s (contest %(contest)s)") % values
    sentences = {
        "twice": _("This code stands here twice."),
        "too_large": _("The set is too large for one entry of the public log. Shorten its messages."),
    }
    return sentences[problem.problem]
