"""Photographs on their way with a complaint: each arrives as an upload, and stays one until the complaint is there.

What was sent therefore need not be sent again when something else on the form is wrong, with JavaScript or without.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils import timezone

from tallies.models import Upload
from tallies.photographs.examination import NotAPhotograph, limits
from tallies.photographs.store import part
from tallies.refusals import Refusal
from tallies.selectors.photographs import upload_of
from tallies.services.complaint_photographs import GivenFile
from tallies.services.uploads import NoSuchUpload, begin_upload, continue_upload, give_up_upload
from tallies.views.place import Place

LONGEST_NAME = 200


@dataclass(frozen=True)
class Arrived:
    """A file that has arrived whole, under the name its person knows it by."""

    upload: Upload
    name: str

    @property
    def value(self) -> str:
        """What the form sends back to name it."""
        return f"{self.upload.pk} {self.name}"

    @property
    def file(self) -> GivenFile:
        return GivenFile(self.name, part(self.upload.pk))


def arrived_files(place: Place, request: HttpRequest) -> tuple[list[Arrived], Refusal | None]:
    """Return what came with the form or before it, and why something of it was not taken, if so."""
    arrived: list[Arrived] = []
    refused: Refusal | None = None
    for value in request.POST.getlist("upload"):
        try:
            arrived.append(_earlier(place, value))
        except NoSuchUpload as refusal:
            refused = refused or refusal
    for file in request.FILES.getlist("photograph"):
        try:
            arrived.append(_taken(place, file))
        except NotAPhotograph as refusal:
            refused = refused or refusal.about(file.name or "")
        except Refusal as refusal:
            refused = refused or refusal
    return arrived, refused


def without_refused(arrived: list[Arrived], refusal: Refusal) -> list[Arrived]:
    """Return what is left when a file among them turned out to be none that is taken: that one goes."""
    if not isinstance(refusal, NotAPhotograph) or refusal.path is None:
        return arrived
    refused = [each for each in arrived if each.file.path == refusal.path]
    forget(refused)
    return [each for each in arrived if each not in refused]


def forget(arrived: list[Arrived]) -> None:
    """Let go of files that are kept elsewhere by now, or are not taken."""
    for each in arrived:
        give_up_upload(upload=each.upload)


def _earlier(place: Place, value: str) -> Arrived:
    number, _, name = value.partition(" ")
    try:
        upload_id = uuid.UUID(number)
    except ValueError:
        raise NoSuchUpload from None
    owed = place.owed
    upload = upload_of(upload_id, owed.contest_id, owed.station_id, place.user.pk, now=timezone.now())
    if upload is None or upload.offset != upload.length:
        raise NoSuchUpload
    return Arrived(upload, name[:LONGEST_NAME])


def _taken(place: Place, file: UploadedFile[bytes]) -> Arrived:
    size = file.size or 0
    if size > limits().bytes:
        raise NotAPhotograph.too_large()
    now = timezone.now()
    upload = begin_upload(owed=place.owed, length=size, by=place.user, now=now)
    for chunk in file.chunks():
        upload = continue_upload(upload=upload, offset=upload.offset, content=chunk, now=now)
    return Arrived(upload, (file.name or "")[:LONGEST_NAME])
