"""A photograph of the signed protocol is attached, or marked as not showing what it should."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import actor
from audit.services import record_event
from tallies.models import Photograph, PhotographPage, WithdrawnPhotograph
from tallies.photographs.examination import Examined, examined
from tallies.photographs.keeping import LOCKS, keep_examined, lock_contents
from tallies.refusals import Refusal
from tallies.selectors import OwedProtocol
from tallies.services.locking import given_reason
from tallies.services.recording import Text, record_texts
from tallies.services.submit import NotClosedYet

MOST_PHOTOGRAPHS = 40


class TooManyPhotographs(Refusal):
    """The protocol has as many photographs as one may have."""

    code = "too_many_photographs"

    def __init__(self) -> None:
        super().__init__(_("This protocol has as many photographs as one may have. Call the district commission."))


class WithdrawnAlready(Refusal):
    """Somebody marked this photograph before."""

    code = "withdrawn_already"

    def __init__(self) -> None:
        super().__init__(_("This photograph is withdrawn already."))


def attach_photograph(*, owed: OwedProtocol, file: Path, by: User, role: str, now: datetime) -> Photograph:
    """Attach a file that shows the signed protocol; the same file again is the photograph it was before.

    The original is stored unchanged, with a copy of each page, under their hashes. Raises NotClosedYet, NotAPhotograph,
    BusyExamining or TooManyPhotographs; then there is no row, no event and no file.
    """
    if owed.closes_at is not None and now < owed.closes_at:
        raise NotClosedYet(owed.closes_at, owed.time_zone)
    with examined(file) as found, transaction.atomic():
        _lock(owed, found.sha256)
        attached = Photograph.objects.filter(contest=owed.contest_id, station=owed.station_id)
        same = attached.filter(sha256=found.sha256, withdrawn=None).first()
        if same is not None:
            return same
        if attached.count() >= MOST_PHOTOGRAPHS:
            raise TooManyPhotographs
        photograph = _insert(owed, found, by=by, role=role, now=now)
        keep_examined(found)
        return photograph


def withdraw_photograph(
    *, owed: OwedProtocol, photograph_id: int, reason: str, by: User, role: str, now: datetime
) -> None:
    """Mark a photograph as not showing what it should. It stays, with its hash in the log.

    Raises ReasonMissing, WithdrawnAlready, or Photograph.DoesNotExist for one of another protocol.
    """
    text = Text("withdrawal", given_reason(reason))
    with transaction.atomic():
        photograph = Photograph.objects.get(pk=photograph_id, contest=owed.contest_id, station=owed.station_id)
        _lock(owed, photograph.sha256)
        if WithdrawnPhotograph.objects.filter(photograph=photograph).exists():
            raise WithdrawnAlready
        event_id = record_event(
            kind="photograph.withdrawn",
            at=now,
            actor=actor(by, role),
            election=owed.election,
            contest=owed.contest,
            area=owed.area,
            station=owed.station,
            body={"sha256": photograph.sha256, "texts": {text.subject: text.commitment}},
        )
        WithdrawnPhotograph.objects.create(photograph=photograph, event_id=event_id, role=role, at=now)
        record_texts(event_id, None, [text])


def _lock(owed: OwedProtocol, sha256: str) -> None:
    """Put those in order who attach to one protocol, and those who store one content."""
    protocol = (owed.contest_id * 100_003 + owed.station_id) % 2**30
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCKS, protocol])
    lock_contents([sha256])


def _insert(owed: OwedProtocol, found: Examined, *, by: User, role: str, now: datetime) -> Photograph:
    event_id = record_event(
        kind="photograph.attached",
        at=now,
        actor=actor(by, role),
        election=owed.election,
        contest=owed.contest,
        area=owed.area,
        station=owed.station,
        body={
            "sha256": found.sha256,
            "media_type": found.media_type.value,
            "bytes": found.bytes,
            "copies": [copy.sha256 for copy in found.copies],
        },
    )
    photograph = Photograph.objects.create(
        event_id=event_id,
        contest_id=owed.contest_id,
        station_id=owed.station_id,
        role=role,
        sha256=found.sha256,
        media_type=found.media_type,
        bytes=found.bytes,
        at=now,
    )
    PhotographPage.objects.bulk_create(
        PhotographPage(
            photograph=photograph,
            number=number,
            sha256=copy.sha256,
            bytes=copy.bytes,
            width=copy.width,
            height=copy.height,
        )
        for number, copy in enumerate(found.copies, start=1)
    )
    return photograph
