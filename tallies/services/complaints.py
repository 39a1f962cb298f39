"""A complaint is registered, answered by a commission or taken back. None of it changes a figure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import actor
from audit.domain.commitments import commit_figures, new_salt
from audit.services import record_event
from stations.domain.layout import Layout
from stations.models import Election
from stations.selectors import contest_form
from tallies.domain.complaints import Ending, Remedy, may_follow
from tallies.domain.figures import BadFigures, read_figures
from tallies.models import Complaint, ComplaintEnd, Explanation
from tallies.photographs.examination import Examined
from tallies.photographs.keeping import keep_examined, lock_contents
from tallies.refusals import Refusal
from tallies.selectors import OwedProtocol, standing
from tallies.services.complaint_photographs import GivenFile, all_examined, as_logged, insert_photographs
from tallies.services.locking import VersionChanged, given_reason
from tallies.services.recording import Text, record_texts
from tallies.services.submit import FiguresRefused

# Advisory locks of a station's complaints: (this class, station id).
COMPLAINTS_LOCK = 1_008


class ComplaintMissing(Refusal):
    """A complaint without words says nothing that could be answered."""

    code = "complaint_missing"

    def __init__(self) -> None:
        super().__init__(_("Say what is wrong: the commission answers to it."), fields={"text": ""})


class ComplaintKeyReused(Refusal):
    """The idempotency key was used before, with another complaint."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            _("This idempotency key was used before with another complaint."), fields={"Idempotency-Key": ""}
        )


class ComplaintEnded(Refusal):
    """The complaint was answered or taken back before."""

    code = "complaint_ended"

    def __init__(self) -> None:
        super().__init__(_("This complaint was answered or withdrawn already."))


class NotYourComplaint(Refusal):
    """Only the person who complained takes the complaint back."""

    code = "not_your_complaint"

    def __init__(self) -> None:
        super().__init__(_("Only the person who registered this complaint can withdraw it."))


class RemedyDoesNotFollow(Refusal):
    """Nothing follows for the protocol from a complaint that is rejected."""

    code = "remedy_does_not_follow"

    def __init__(self) -> None:
        super().__init__(_("Nothing can follow from a complaint that is rejected."), fields={"remedy": ""})


@dataclass(frozen=True)
class NewComplaint:
    """What a complainant gives: words, the figures of their own copy by code, as many as they have, and photographs.

    `version_id` is the version they saw; None while the protocol was awaited.
    """

    version_id: int | None
    text: str
    figures: Mapping[str, object]
    idempotency_key: str | None = None
    files: Sequence[GivenFile] = ()


@dataclass(frozen=True)
class Answer:
    """What a commission says to a complaint: how it ends, why, and what follows for the protocol."""

    ending: Ending
    remedy: Remedy
    reason: str


def register_complaint(*, owed: OwedProtocol, complaint: NewComplaint, by: User, role: str, now: datetime) -> Complaint:
    """Register a complaint on a protocol, whatever its state; the same key again gives the complaint that is there.

    Raises ComplaintMissing, FiguresRefused, TooManyFiles, NotAPhotograph, BusyExamining, VersionChanged or
    ComplaintKeyReused, and then nothing has changed and no file is kept.
    """
    words = complaint.text.strip()
    if not words:
        raise ComplaintMissing
    layout = contest_form(owed.contest_id, revision=owed.revision).layout
    copy = _copy(complaint.figures, layout)
    with all_examined(complaint.files) as found, transaction.atomic():
        _lock(owed.station_id)
        lock_contents(each.sha256 for each in found)
        earlier = _sent_before(owed, complaint.idempotency_key, words, copy, found, by=by)
        if earlier:
            return earlier
        stands = standing(owed)
        if (stands.version_id if stands else None) != complaint.version_id:
            raise VersionChanged
        new = _insert(owed, complaint, copy, layout, found, words=Text("complaint", words), by=by, role=role, now=now)
        keep_examined(*found)
        return new


def answer_complaint(
    *, owed: OwedProtocol, complaint: Complaint, answer: Answer, by: User, role: str, now: datetime
) -> None:
    """Answer a complaint for a commission, with the reason the law asks for.

    The remedy says what the commission orders; the correction, recount or annulment is a step of its own. Raises
    ReasonMissing, RemedyDoesNotFollow or ComplaintEnded, and then nothing has changed.
    """
    reason = Text("answer", given_reason(answer.reason))
    if not may_follow(answer.ending, answer.remedy):
        raise RemedyDoesNotFollow
    with transaction.atomic():
        _end(
            owed,
            complaint,
            answer.ending,
            answer.remedy,
            kind="complaint.answered",
            body={"number": complaint.number, "ending": answer.ending.value, "remedy": answer.remedy.value},
            texts=[reason],
            by=by,
            role=role,
            now=now,
        )


def withdraw_complaint(*, owed: OwedProtocol, complaint: Complaint, by: User, role: str, now: datetime) -> None:
    """Take one's own complaint back. Raises NotYourComplaint or ComplaintEnded, and then nothing has changed."""
    if complaint.by_id != by.pk:
        raise NotYourComplaint
    with transaction.atomic():
        _end(
            owed,
            complaint,
            Ending.WITHDRAWN,
            Remedy.NOTHING,
            kind="complaint.withdrawn",
            body={"number": complaint.number},
            texts=[],
            by=by,
            role=role,
            now=now,
        )


def _copy(given: Mapping[str, object], layout: Layout) -> list[int | None]:
    """Return the figures of the copy in the layout's order; an empty list where there are none."""
    if not given:
        return []
    # A complainant gives the lines their copy has: a missing one is no mistake here, an unreadable one is.
    all_may_be_absent = Layout(layout.lines, layout.choices, frozenset(layout.codes))
    try:
        return read_figures(given, all_may_be_absent)
    except BadFigures as bad:
        raise FiguresRefused(bad.problems) from None


def _lock(station_id: int) -> None:
    """Complaints of one station are numbered and ended one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [COMPLAINTS_LOCK, station_id])


def _sent_before(
    owed: OwedProtocol, key: str | None, words: str, copy: list[int | None], found: Sequence[Examined], *, by: User
) -> Complaint | None:
    earlier = Complaint.objects.filter(by=by, idempotency_key=key).first() if key else None
    if earlier is None:
        return None
    same_words = Explanation.objects.filter(event=earlier.event_id, text=words).exists()
    same_protocol = (earlier.contest_id, earlier.station_id) == (owed.contest_id, owed.station_id)
    same_files = set(earlier.photographs.values_list("sha256", flat=True)) == {each.sha256 for each in found}
    if not (same_words and same_protocol and same_files and earlier.figures == copy):
        raise ComplaintKeyReused
    return earlier


def _insert(
    owed: OwedProtocol,
    complaint: NewComplaint,
    copy: list[int | None],
    layout: Layout,
    found: Sequence[Examined],
    *,
    words: Text,
    by: User,
    role: str,
    now: datetime,
) -> Complaint:
    before = Complaint.objects.filter(contest=owed.contest_id, station=owed.station_id).count()
    new = Complaint(
        contest_id=owed.contest_id,
        station_id=owed.station_id,
        number=before + 1,
        version_id=complaint.version_id,
        figures=copy,
        salt=new_salt(),
        answer_by=_answer_by(owed, now),
        by=by,
        role=role,
        idempotency_key=complaint.idempotency_key,
        at=now,
    )
    body: dict[str, Any] = {"number": new.number}
    if new.version:
        body["version"] = new.version.number
    if copy:
        body["commitment"] = commit_figures(bytes(new.salt), layout.mapping(copy))
    if found:
        body["photographs"] = as_logged(found)
    new.event_id = _record(owed, "complaint.registered", body, [words], by=by, role=role, now=now)
    new.save(force_insert=True)
    insert_photographs(new, found)
    return new


def _answer_by(owed: OwedProtocol, now: datetime) -> datetime | None:
    hours = Election.objects.values_list("complaint_hours", flat=True).get(code=owed.election)
    return now + timedelta(hours=hours) if hours else None


def _end(
    owed: OwedProtocol,
    complaint: Complaint,
    ending: Ending,
    remedy: Remedy,
    *,
    kind: str,
    body: Mapping[str, Any],
    texts: Collection[Text],
    by: User,
    role: str,
    now: datetime,
) -> None:
    _lock(complaint.station_id)
    if ComplaintEnd.objects.filter(complaint=complaint).exists():
        raise ComplaintEnded
    event_id = _record(owed, kind, body, texts, by=by, role=role, now=now)
    ComplaintEnd.objects.create(
        complaint=complaint, ending=ending, remedy=remedy, event_id=event_id, by=by, role=role, at=now
    )


def _record(
    owed: OwedProtocol,
    kind: str,
    body: Mapping[str, Any],
    texts: Collection[Text],
    *,
    by: User,
    role: str,
    now: datetime,
) -> int:
    event_id = record_event(
        kind=kind,
        at=now,
        actor=actor(by, role),
        election=owed.election,
        contest=owed.contest,
        area=owed.area,
        station=owed.station,
        body={**body, **({"texts": {text.subject: text.commitment for text in texts}} if texts else {})},
    )
    record_texts(event_id, None, texts)
    return event_id
