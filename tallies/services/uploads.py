"""Files that come part by part over a bad line, by the tus protocol: begun, continued where they stopped, given up."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from tallies.domain.photographs import Problem
from tallies.models import Upload
from tallies.photographs.examination import NotAPhotograph, limits
from tallies.photographs.store import part, parts_folder
from tallies.refusals import Refusal
from tallies.selectors import OwedProtocol

KEPT_FOR = timedelta(hours=24)
MOST_OPEN = 10
FORGOTTEN_AT_ONCE = 100


class TooManyUploads(Refusal):
    """This person has begun as many uploads as anybody may have open."""

    code = "too_many_uploads"

    def __init__(self) -> None:
        super().__init__(_("Too many photographs are on their way from you. Finish or discard them first."))


class WrongOffset(Refusal):
    """The part does not begin where the server stopped. `offset` says where that is."""

    code = "wrong_offset"

    def __init__(self, offset: int) -> None:
        super().__init__(_("The upload goes on at another place."), fields={"offset": offset})
        self.offset = offset


class NoSuchUpload(Refusal):
    """The upload was finished, given up, or is too old."""

    code = "no_such_upload"

    def __init__(self) -> None:
        super().__init__(_("This upload is no longer here. Send the photograph again."))


def begin_upload(*, owed: OwedProtocol, length: int, by: User, now: datetime) -> Upload:
    """Make room for a file of this length. Raises NotAPhotograph for an impossible one, and TooManyUploads."""
    allowed = limits()
    if length <= 0:
        raise NotAPhotograph(Problem.EMPTY, allowed)
    if length > allowed.bytes:
        raise NotAPhotograph(Problem.TOO_LARGE, allowed)
    forget_old_uploads(now=now)
    with transaction.atomic():
        # Two requests of one person at once must not both be the last one allowed.
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        if Upload.objects.filter(by=by).count() >= MOST_OPEN:
            raise TooManyUploads
        upload = Upload.objects.create(
            contest_id=owed.contest_id, station_id=owed.station_id, by=by, length=length, expires_at=now + KEPT_FOR
        )
        part(upload.pk).touch(mode=0o600)
    return upload


def continue_upload(*, upload: Upload, offset: int, content: bytes, now: datetime) -> Upload:
    """Add a part that begins at `offset`. Raises WrongOffset, NoSuchUpload, or NotAPhotograph for more than announced.

    The row says how far the file is; what a broken attempt wrote behind that is written over.
    """
    with transaction.atomic():
        locked = Upload.objects.select_for_update().filter(pk=upload.pk, expires_at__gt=now).first()
        if locked is None:
            raise NoSuchUpload
        if offset != locked.offset:
            raise WrongOffset(locked.offset)
        if offset + len(content) > locked.length:
            raise NotAPhotograph(Problem.TOO_LARGE, limits())
        with part(locked.pk).open("r+b") as file:
            file.seek(offset)
            file.write(content)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
        locked.offset = offset + len(content)
        locked.save(update_fields=["offset"])
    return locked


def give_up_upload(*, upload: Upload) -> None:
    """Forget an upload and what came of it."""
    with transaction.atomic():
        Upload.objects.filter(pk=upload.pk).delete()
        part(upload.pk).unlink(missing_ok=True)


def forget_old_uploads(*, now: datetime) -> None:
    """Forget what nobody has gone on with for a day."""
    for upload in Upload.objects.filter(expires_at__lte=now)[:FORGOTTEN_AT_ONCE]:
        give_up_upload(upload=upload)


def sweep_uploads(*, now: datetime) -> int:
    """Forget every upload that is older than a day, and files that no upload names; return how many files went.

    A file without an upload is what a process left that was killed while it looked at a photograph.
    """
    before = len(list(parts_folder().iterdir()))
    while Upload.objects.filter(expires_at__lte=now).exists():
        forget_old_uploads(now=now)
    known = {str(pk) for pk in Upload.objects.values_list("pk", flat=True)}
    too_old = (now - KEPT_FOR).timestamp()
    for file in parts_folder().iterdir():
        if file.name not in known and file.is_file() and file.stat().st_mtime < too_old:
            file.unlink(missing_ok=True)
    return before - len(list(parts_folder().iterdir()))
