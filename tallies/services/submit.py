"""A station's protocol comes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import actor
from audit.domain.commitments import new_salt
from stations.domain.form import ContestForm
from stations.models import Contest
from stations.selectors import contest_form
from tallies.domain.checks import Finding, Outcome, assess, find
from tallies.domain.figures import BadFigures, FigureProblem, read_figures
from tallies.domain.lifecycle import OPEN_TO_ENTRY, Action, State
from tallies.models import Entry, ProtocolVersion, StandingChange
from tallies.refusals import Refusal
from tallies.selectors import OwedProtocol, state_of
from tallies.services import double_entry
from tallies.services.claims import ClaimEnded, release_claim
from tallies.services.recording import (
    Figures,
    NewVersion,
    Text,
    bring_into_standing,
    findings_in_log,
    insert_version,
    opened_figures,
    record_change,
    sealed_figures,
)


class FiguresRefused(Refusal):
    """Some figures cannot be read. `fields` maps each code to what is wrong with it."""

    code = "bad_figures"

    def __init__(self, problems: list[FigureProblem]) -> None:
        super().__init__(
            _("Some figures cannot be taken."),
            fields={problem.code: sentence_for(problem) for problem in problems},
        )
        self.problems = problems


class ChecksFailed(Refusal):
    """The protocol has errors, or warnings that nobody has confirmed yet."""

    code = "findings"

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(
            _("The figures do not agree with each other, or warnings have not been confirmed."),
            fields={finding.code: list(finding.figures) for finding in findings},
        )
        self.findings = findings


class AlreadyStands(Refusal):
    """A version of this protocol is in force, held or annulled: another cannot come in beside it."""

    code = "already_stands"

    def __init__(self, state: State) -> None:
        sentences = {
            State.IN_FORCE: _("A version of this protocol is in force. The district commission can correct it."),
            State.HELD: _("This protocol is held: the district commission must decide on it first."),
            State.ANNULLED: _("This protocol was annulled."),
        }
        super().__init__(
            sentences.get(state, _("Somebody else changed this protocol at the same moment. Look at it again.")),
            fields={"state": state.value},
        )


class NotClosedYet(Refusal):
    """Votes are counted when the station has closed: before that no protocol can be true."""

    code = "not_closed_yet"

    def __init__(self, closes_at: datetime, time_zone: str) -> None:
        local = closes_at.astimezone(ZoneInfo(time_zone))
        super().__init__(
            _("The station closes on %(day)s at %(time)s, its local time. Its protocols are taken from then on.")
            % {"day": date_format(local, "SHORT_DATE_FORMAT"), "time": f"{local:%H:%M}"},
            fields={"closes_at": closes_at.isoformat()},
        )


class KeyReused(Refusal):
    """The idempotency key was used before, with another protocol."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(_("This idempotency key was used before with another body."), fields={"Idempotency-Key": ""})


@dataclass(frozen=True)
class Submission:
    """A protocol as a person sends it. `explanations` maps the codes of confirmed warnings to words about them.

    `on_behalf` says that a commission above keys it for a station without a line. `slot` is the entry that the person
    has claimed; None for a program, which claims nothing.
    """

    owed: OwedProtocol
    figures: Mapping[str, object]
    explanations: Mapping[str, str]
    paper_says_so: str
    idempotency_key: str | None
    body_sha256: str
    on_behalf: bool = False
    slot: str | None = None


@dataclass(frozen=True)
class Submitted:
    """What became of a submission. Under double entry, until two people's entries agree: no version, and in
    `differing` the codes of the lines on which they do not."""

    state: State
    findings: list[dict[str, object]]
    version_id: int | None = None
    number: int | None = None
    differing: list[str] = field(default_factory=list)
    repeated: bool = False


_INSERT_ENTRY = """
    INSERT INTO tallies_entry
        (contest_id, station_id, by_id, role, figures, salt, idempotency_key, body_sha256, at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (by_id, idempotency_key) DO NOTHING
    RETURNING id
"""


def submit_protocol(*, submission: Submission, by: User, role: str, now: datetime) -> Submitted:
    """Take a station's protocol: in force at once, or held when the paper itself breaks a check.

    Under double entry this is one person's entry: nothing stands until a second person's entry is equal. What is keyed
    on a station's behalf needs two people in every contest.
    `by` must be entitled to enter for the station; `role` is the role that entitles them. Sending the same
    submission again under the same key changes nothing and gives the first answer. Raises FiguresRefused,
    NotClosedYet, ChecksFailed, ClaimEnded, AlreadyStands, KeyReused, TwoHaveEntered or LinesLocked, and then nothing
    has changed.
    """
    check_closed(submission.owed, now)
    form = contest_form(submission.owed.contest_id, revision=submission.owed.revision, at=now)
    figures = _read(submission, form)
    findings = find(form.checks, figures)
    outcome = assess(findings, ticked=submission.explanations, paper_says_so=bool(submission.paper_says_so))
    with transaction.atomic():
        if outcome is Outcome.STOP:
            earlier = _earlier_answer(submission, form, by) if submission.idempotency_key else None
            if earlier:
                return earlier
            raise ChecksFailed(findings)
        if submission.slot and not release_claim(owed=submission.owed, slot=submission.slot, by=by):
            # A twin of this press may have used it; else the commission ended it a moment ago.
            earlier = _earlier_answer(submission, form, by)
            if earlier is None:
                raise ClaimEnded
            return earlier
        entry = _Entered(submission, form, figures, findings, outcome, by, role, now)
        entry_id = _insert_entry(entry)
        if entry_id is None:
            earlier = _earlier_answer(submission, form, by)
            if earlier is None:
                raise AlreadyStands(state_of(submission.owed))
            return earlier
        if form.entry == Contest.EntryMode.DOUBLE or submission.on_behalf:
            return _beside_the_other(entry, entry_id)
        return _stand(entry, entry_id, None, ProtocolVersion.Origin.ENTRY)


@dataclass(frozen=True)
class _Entered:
    """A submission that was read and assessed, and who made it when."""

    submission: Submission
    form: ContestForm
    figures: Figures
    findings: list[Finding]
    outcome: Outcome
    by: User
    role: str
    now: datetime
    salt: bytes = field(default_factory=new_salt)


def check_closed(owed: OwedProtocol, now: datetime) -> None:
    """Raise NotClosedYet while the station is open, unless the election takes protocols before."""
    if owed.closes_at is not None and now < owed.closes_at:
        raise NotClosedYet(owed.closes_at, owed.time_zone)


def _read(submission: Submission, form: ContestForm) -> Figures:
    try:
        return read_figures(submission.figures, form.layout)
    except BadFigures as bad:
        raise FiguresRefused(bad.problems) from None


def _insert_entry(entry: _Entered) -> int | None:
    """Insert the entry; None when this person's key was used before (waiting for a twin still on its way)."""
    owed = entry.submission.owed
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT_ENTRY,
            [
                owed.contest_id,
                owed.station_id,
                entry.by.pk,
                entry.role,
                list(entry.figures),
                entry.salt,
                entry.submission.idempotency_key,
                entry.submission.body_sha256,
                entry.now,
            ],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _beside_the_other(entry: _Entered, entry_id: int) -> Submitted:
    owed, layout = entry.submission.owed, entry.form.layout
    agreement = double_entry.enter(
        owed=owed, entry_id=entry_id, figures=entry.figures, layout=layout, on_behalf=entry.submission.on_behalf,
        by=entry.by, now=entry.now,
    )  # fmt: skip
    # After the lock: whoever held it before may have put the protocol in force.
    state = state_of(owed)
    if state not in OPEN_TO_ENTRY:
        raise AlreadyStands(state)
    if agreement.is_reached:
        origin = ProtocolVersion.Origin.ON_BEHALF if agreement.on_behalf else ProtocolVersion.Origin.ENTRY
        return _stand(entry, agreement.first_id, agreement.second_id, origin)
    double_entry.record_entry(
        owed=owed, salt=entry.salt, figures=entry.figures, layout=layout,
        texts=texts_of(entry.submission, entry.findings), by=entry.by, role=entry.role, now=entry.now,
    )  # fmt: skip
    return Submitted(
        State.DIFFERS if agreement.differing else State.FIRST_ENTRY,
        [finding.as_data() for finding in entry.findings],
        differing=agreement.differing,
    )


def _stand(
    entry: _Entered, first_entry_id: int, second_entry_id: int | None, origin: ProtocolVersion.Origin
) -> Submitted:
    owed, layout = entry.submission.owed, entry.form.layout
    new = NewVersion(
        owed,
        origin,
        entry.figures,
        entry.findings,
        entry.form.check_set,
        first_entry_id=first_entry_id,
        second_entry_id=second_entry_id,
    )
    version = insert_version(new, now=entry.now)
    action = Action.ACCEPT if entry.outcome is Outcome.ACCEPT else Action.HOLD
    state = bring_into_standing(owed, action, version_id=version[0], now=entry.now) if version else None
    if version is None or state is None:
        raise AlreadyStands(state_of(owed))
    version_id, number = version
    accepted = state is State.IN_FORCE
    disclosed = opened_figures if accepted else sealed_figures
    record_change(
        owed,
        state,
        kind="protocol.accepted" if accepted else "protocol.held",
        version_id=version_id,
        body={
            "version": number,
            "origin": new.origin.value,
            **findings_in_log(entry.findings, new.check_set),
            **disclosed(entry.figures, new.salt, layout),
        },
        texts=texts_of(entry.submission, entry.findings),
        actor=actor(entry.by, entry.role),
        now=entry.now,
    )
    return Submitted(state, [finding.as_data() for finding in entry.findings], version_id, number)


def texts_of(submission: Submission, findings: list[Finding]) -> list[Text]:
    """Return what the person wrote: explanations of warnings that are there, and why the paper is so."""
    codes = {finding.code for finding in findings}
    texts = [Text(code, words) for code, words in submission.explanations.items() if words and code in codes]
    if submission.paper_says_so and findings:
        texts.append(Text("paper_says_so", submission.paper_says_so))
    return texts


def _earlier_answer(submission: Submission, form: ContestForm, by: User) -> Submitted | None:
    """Return the answer given before under this key; None when there is none. Raises KeyReused."""
    entry = Entry.objects.filter(by=by, idempotency_key=submission.idempotency_key).first()
    if entry is None:
        return None
    if entry.body_sha256 != submission.body_sha256:
        raise KeyReused
    version = ProtocolVersion.objects.filter(Q(first_entry=entry) | Q(second_entry=entry)).first()
    if version is None or entry.pk != max(version.first_entry_id or 0, version.second_entry_id or 0):
        findings = find(form.checks, entry.figures)
        return Submitted(State.FIRST_ENTRY, [finding.as_data() for finding in findings], repeated=True)
    first = StandingChange.objects.filter(version=version).order_by("event_id")[0]
    return Submitted(State(first.state), version.findings, version.pk, version.number, repeated=True)


def sentence_for(problem: FigureProblem) -> str:
    """Return what is wrong with a figure as a sentence in the language of the request."""
    sentences = {
        "missing": _("This line is missing."),
        "not_a_whole_number": _("This must be a whole number."),
        "negative": _("This cannot be below zero."),
        "too_large": _("This number is too large."),
        "unknown": _("The protocol has no such line."),
    }
    if problem.suggestion:
        return sentences[problem.problem] + " " + _("Did you mean “%(code)s”?") % {"code": problem.suggestion}
    return sentences[problem.problem]
