"""A version in force gives way to another: what corrections and recounts have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from audit.domain.actor import Actor
from stations.selectors import contest_form
from tallies.domain.checks import Outcome, assess, find
from tallies.domain.figures import BadFigures, read_figures
from tallies.domain.lifecycle import InForce, State
from tallies.models import ProtocolVersion
from tallies.refusals import Refusal
from tallies.selectors import OwedProtocol
from tallies.services.locking import lock
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


@dataclass(frozen=True)
class Replacement:
    """The figures that take the place of those in force, with what was said about their findings.

    `explanations` maps the codes of confirmed warnings to words about them; `texts` are the reasons of the change.
    """

    figures: Mapping[str, object]
    explanations: Mapping[str, str]
    paper_says_so: str
    texts: tuple[Text, ...]


def replace_version(
    *,
    owed: OwedProtocol,
    version_id: int,
    replacement: Replacement,
    step: Callable[[InForce], InForce],
    kind: str,
    origin: ProtocolVersion.Origin,
    told: Mapping[str, object],
    may_stay_the_same: bool,
    actor: Actor,
    now: datetime,
) -> Submitted:
    """Put a new version in force that names the one it replaces, and log it as an event of this `kind`.

    `told` is what the event says beside versions, findings and figures. Raises FiguresRefused, ChecksFailed,
    NothingToDecide, VersionChanged, and NothingCorrected unless the figures `may_stay_the_same`; then nothing has
    changed.
    """
    form = contest_form(owed.contest_id, revision=owed.revision, at=now)
    try:
        figures = read_figures(replacement.figures, form.layout)
    except BadFigures as bad:
        raise FiguresRefused(bad.problems) from None
    findings = find(form.checks, figures)
    paper_says_so = bool(replacement.paper_says_so)
    if assess(findings, ticked=replacement.explanations, paper_says_so=paper_says_so) is Outcome.STOP:
        raise ChecksFailed(findings)
    with transaction.atomic():
        in_force, replaced = lock(owed, InForce, version_id)
        if replaced.figures == figures and not may_stay_the_same:
            raise NothingCorrected
        new = NewVersion(owed, origin, figures, findings, form.check_set, replaces_id=replaced.pk)
        inserted = insert_version(new, now=now)
        if inserted is None:
            raise AlreadyStands(State.IN_FORCE)
        new_id, number = inserted
        after = step(in_force)
        move_standing(owed, after, version_id=new_id, now=now)
        record_change(
            owed,
            after.state,
            kind=kind,
            version_id=new_id,
            body={
                "version": number,
                "replaces": replaced.number,
                "origin": origin.value,
                **findings_in_log(findings, form.check_set),
                **told,
                **opened_figures(figures, new.salt, form.layout),
            },
            texts=[*replacement.texts, *_explained(replacement)],
            actor=actor,
            now=now,
        )
    return Submitted(after.state, [finding.as_data() for finding in findings], new_id, number)


def _explained(replacement: Replacement) -> list[Text]:
    texts = [Text(code, words) for code, words in replacement.explanations.items() if words]
    paper = replacement.paper_says_so
    return [*texts, Text("paper_says_so", paper)] if paper else texts
