"""What is published is written as files by itself: after each publication, by one worker at a time.

Whether there is something to write is read from the database: a bell may be lost, and a run that was killed is taken
up by the next.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit.log_folder import LogFolder
from audit.models import Event
from audit.selectors import log_is_public
from results.exports.bundle import PackageMissing, write_bundle
from results.exports.downloads import make_downloads
from results.exports.log_files import NoLog, published_log
from results.exports.manifest import bundle_key
from results.exports.selectors import Issuer
from results.models import Export, Snapshot
from results.publication.selectors import newest, pause_of
from stations.models import Election

# Advisory lock of who writes files: (this class, 0).
EXPORT_LOCK = 1_030
# What failed is tried again after so long: a full disk may have been tidied.
AGAIN = timedelta(minutes=2)
# A run without a sign of life for so long has stopped.
SILENT = timedelta(minutes=2)
_SIGN_SECONDS = 2.0
_PUBLISHING = ("bulletin.published", "final.approved", "publication.paused", "publication.resumed")


class AlreadyRunning(Exception):
    """Files are being written by another process."""


@contextmanager
def alone() -> Iterator[None]:
    """Be the only one who writes files. Raises AlreadyRunning."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, 0)", [EXPORT_LOCK])
        if not cursor.fetchone()[0]:
            raise AlreadyRunning
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, 0)", [EXPORT_LOCK])


def is_on() -> bool:
    """Whether files are written by themselves here."""
    return settings.BUNDLE_DIR is not None or settings.PREPARE_DOWNLOADS


def last_export() -> Export | None:
    """Return the last run, going on or not; None before the first."""
    return Export.objects.select_related("snapshot").order_by("-pk").first()


def is_silent(now: datetime) -> bool:
    """Whether the run that should be going on gives no sign of life: the next one takes it up."""
    run = last_export()
    return run is not None and run.state == Export.State.RUNNING and now > run.alive_at + SILENT


def export_due(*, now: datetime, clock: Callable[[], datetime] = timezone.now) -> Export | None:
    """Write what was published since the last run; None where nothing was, or where another is writing.

    Must not run inside a transaction: readers of its progress would see nothing of it.
    """
    if _due(now) is None:
        return None
    try:
        with alone():
            due = _due(now)
            return _run(*due, clock) if due else None
    except AlreadyRunning:
        return None


def _due(now: datetime) -> tuple[Snapshot, str] | None:
    """The newest result and the mark of all that is published, if that has not been written yet."""
    if not is_on() or not log_is_public(now):
        return None
    results = [
        (snapshot, pause_of(election))
        for election in Election.objects.order_by("-date", "-id")
        if (snapshot := newest(election)) is not None
    ]
    if not results:
        return None
    places = f"{settings.BUNDLE_DIR} {settings.PREPARE_DOWNLOADS}"
    told = [(snapshot.pk, pause.pk if pause else None) for snapshot, pause in results]
    mark = hashlib.sha256(f"{places} {told}".encode()).hexdigest()
    last = last_export()
    if last is not None and last.mark == mark:
        tried = last.state == Export.State.FAILED and last.finished_at and now < last.finished_at + AGAIN
        if tried or last.state == Export.State.DONE:
            return None
    return (results[0][0], mark) if _is_signed() else None


def _is_signed() -> bool:
    """Whether what was published last stands in the log that the bundle copies."""
    last = Event.objects.filter(kind__in=_PUBLISHING).select_related("log_index").order_by("-pk").first()
    if last is None:
        return True
    try:
        size = published_log(LogFolder(settings.LOG_DIR)).size
    except NoLog:
        return False
    return hasattr(last, "log_index") and last.log_index.index < size


def _run(snapshot: Snapshot, mark: str, clock: Callable[[], datetime]) -> Export:
    started = clock()
    Export.objects.filter(state=Export.State.RUNNING).update(
        state=Export.State.FAILED, failure="interrupted", finished_at=started
    )
    run = Export.objects.create(snapshot=snapshot, mark=mark, started_at=started, alive_at=started)
    try:
        run.files_written = _write(run, clock)
        run.state = Export.State.DONE
    except (NoLog, PackageMissing, OSError) as failure:
        run.state = Export.State.FAILED
        run.failure, run.path = _told(failure)
    except Exception:
        _finish(run, clock, state=Export.State.FAILED, failure="fault")
        raise
    _finish(run, clock, state=run.state, failure=run.failure)
    return run


def _write(run: Export, clock: Callable[[], datetime]) -> int:
    issuer = Issuer(settings.ISSUER, settings.ISSUER_ABBREVIATION)
    if settings.BUNDLE_DIR is None:
        return sum(is_new for _download, is_new in make_downloads(run.snapshot, issuer=issuer))
    written = write_bundle(
        settings.BUNDLE_DIR,
        log_folder=LogFolder(settings.LOG_DIR),
        issuer=issuer,
        key=bundle_key(settings.BUNDLE_KEY_FILE, settings.LOG_ORIGIN),
        with_downloads=settings.PREPARE_DOWNLOADS,
        progress=_signs_of_life(run, clock),
    )
    return written.changed.total()


def _signs_of_life(run: Export, clock: Callable[[], datetime]) -> Callable[[int, int], None]:
    said = 0.0

    def progress(done: int, of: int) -> None:
        nonlocal said
        run.pages_done, run.pages_of = done, of
        if time.monotonic() - said >= _SIGN_SECONDS:
            said = time.monotonic()
            Export.objects.filter(pk=run.pk).update(pages_done=done, pages_of=of, alive_at=clock())

    return progress


def _finish(run: Export, clock: Callable[[], datetime], *, state: str, failure: str) -> None:
    run.state, run.failure = state, failure
    run.finished_at = run.alive_at = clock()
    run.save()


def _told(failure: Exception) -> tuple[str, str]:
    """The reason as a word, and the file that it is about."""
    if isinstance(failure, NoLog):
        return "no_log", ""
    if isinstance(failure, PackageMissing):
        return "no_package", str(failure.path)
    assert isinstance(failure, OSError)  # noqa: S101
    return "cannot_write", f"{failure.filename or settings.BUNDLE_DIR or settings.DOWNLOADS_DIR}: {failure.strerror}"
