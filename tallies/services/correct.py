"""A commission corrects a protocol in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import actor
from stations.selectors import contest_form
from tallies.domain.checks import Outcome, assess, find
from tallies.domain.figures import BadFigures, read_figures
from tallies.domain.lifecycle import Action, State
from tallies.models import ProtocolVersion
from tallies.refusals import Refusal
from tallies.selectors import OwedProtocol
from tallies.services.decide import given_reason, lock_for
from tallies.services.recording import (
    NewVersion,
    Text,
    findings_in_log,
    insert_version,
    move_standing,
    opened_figures,
    record_change,
)
from tallies.services.submit import AlreadyStands, ChecksFailed, FiguresRefused, Submitted


class NothingCorrected(Refusal):
    """The corrected figures are those in force."""

    code = "nothing_corrected"

    def __init__(self) -> None:
        super().__init__(_("These are the figures in force: nothing would change."))


def correct_protocol(
    *,
    owed: OwedProtocol,
    version_id: int,
    figures: Mapping[str, object],
    explanations: Mapping[str, str],
    paper_says_so: str = "",
    reason: str,
    by: User,
    role: str,
    now: datetime,
) -> Submitted:
    """Replace the version in force by a new one that names it, the reason, and who ordered it.

    `version_id` is the version the person saw. Raises ReasonMissing, FiguresRefused, ChecksFailed, NothingToDecide,
    VersionChanged or NothingCorrected, and then nothing has changed.
    """
    text = Text("correction", given_reason(reason))
    form = contest_form(owed.contest_id, revision=owed.revision)
    try:
        corrected = read_figures(figures, form.layout)
    except BadFigures as bad:
        raise FiguresRefused(bad.problems) from None
    findings = find(form.checks, corrected)
    if assess(findings, ticked=explanations, paper_says_so=bool(paper_says_so)) is Outcome.STOP:
        raise ChecksFailed(findings)
    with transaction.atomic():
        replaced = lock_for(owed, Action.CORRECT, version_id)
        if replaced.figures == corrected:
            raise NothingCorrected
        new = NewVersion(owed, ProtocolVersion.Origin.CORRECTION, corrected, findings, replaces_id=replaced.pk)
        inserted = insert_version(new, now=now)
        if inserted is None:
            raise AlreadyStands(State.IN_FORCE)
        new_id, number = inserted
        move_standing(owed, Action.CORRECT, version_id=new_id, now=now)
        record_change(
            owed,
            State.IN_FORCE,
            kind="protocol.corrected",
            version_id=new_id,
            body={
                "version": number,
                "replaces": replaced.number,
                "origin": new.origin.value,
                "findings": findings_in_log(findings),
                **opened_figures(corrected, new.salt, form.layout),
            },
            texts=[text, *_explained(explanations, paper_says_so)],
            actor=actor(by, role),
            now=now,
        )
    return Submitted(State.IN_FORCE, [finding.as_data() for finding in findings], new_id, number)


def _explained(explanations: Mapping[str, str], paper_says_so: str) -> list[Text]:
    texts = [Text(code, words) for code, words in explanations.items() if words]
    return [*texts, Text("paper_says_so", paper_says_so)] if paper_says_so else texts
