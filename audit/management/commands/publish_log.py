"""`publish_log`: the one process that seals events and signs the log."""

from __future__ import annotations

import re
import signal
import threading
from argparse import ArgumentParser
from contextlib import suppress

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.domain.checkpoints import EMPTY, parse_checkpoint
from audit.domain.notes import text_of
from audit.journal import Journal, JournalDamaged
from audit.log_folder import LogFolder, PublishedDiffers
from audit.selectors import latest_checkpoint
from audit.services import (
    AnotherPublisher,
    LogContradiction,
    WitnessDisagrees,
    check_with_witnesses,
    clear_alarms,
    one_publisher,
    raise_alarm,
    seal,
)
from audit.signer import KeyOfAnotherLog, NoKey, Signer, SigningRefused, create_key
from audit.witnesses import witnesses_reach

# Two seconds from event to checkpoint are promised; each pass costs a fixed share of a core.
SECONDS_BETWEEN_PASSES = 0.5
SECONDS_TO_WAIT_FOR_THE_DATABASE = 1.0
SECONDS_TO_WAIT_FOR_THE_DISK = 5.0

log = structlog.get_logger()

# What the publisher refuses. A restart changes nothing: somebody must look (docs/runbook.md).
REFUSALS = (LogContradiction, SigningRefused, PublishedDiffers, WitnessDisagrees, JournalDamaged)
DISK = "disk"
# What is over as soon as a pass succeeds.
_OVER_WITH_A_PASS = frozenset({DISK, "log_contradiction", "published_differs", "witness_disagrees"}) | {
    "smaller_tree", "journal_damaged", "other_root", "not_an_extension",
}  # fmt: skip


class Command(BaseCommand):
    help = "Seal recorded events into the signed log, again and again until told to stop (SIGTERM, Ctrl-C)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help=_("Seal what is recorded, then exit."))
        parser.add_argument(
            "--create-key", action="store_true", help=_("Make the log's key if there is none. Development always does.")
        )

    def handle(self, *_args: object, once: bool, create_key: bool, **_options: object) -> None:
        self.log_folder = LogFolder(settings.LOG_DIR)
        self.journal = Journal(settings.LOG_JOURNAL_DIR)
        self.signer = _open_signer(may_create=create_key or not settings.PRODUCTION)
        try:
            if once:
                self._seal_all()
            else:
                self._publish_until(_told_to_stop())
        except AnotherPublisher as reason:
            raise CommandError(_("Another publisher is at work on this database.")) from reason
        except REFUSALS as reason:
            self._tell(_code_of(reason), reason)
            raise CommandError(_("The log is not published any further: %(reason)s") % {"reason": reason}) from reason

    def _seal_all(self) -> None:
        while self._seal():
            pass

    def _publish_until(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                with one_publisher():
                    self._ask_witnesses()
                    self._publish_while_connected(stop)
            except AnotherPublisher:
                # The one before us may still be finishing its last pass.
                stop.wait(SECONDS_BETWEEN_PASSES)
            except OSError as reason:
                # A full or failing disk: what was signed stands, and the next pass does again what is missing.
                log.warning("the log cannot be written", reason=str(reason))
                self._tell(DISK, reason)
                stop.wait(SECONDS_TO_WAIT_FOR_THE_DISK)
            except (OperationalError, InterfaceError) as reason:
                log.warning("the database is away", reason=str(reason))
                connection.close()
                stop.wait(SECONDS_TO_WAIT_FOR_THE_DATABASE)

    def _publish_while_connected(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self._seal()
            stop.wait(SECONDS_BETWEEN_PASSES)

    def _ask_witnesses(self) -> None:
        """Before the first signature of this process: a witness may know what a restored database has forgotten."""
        stored = latest_checkpoint()
        note = stored.note if stored else self.signer.sign(EMPTY, []) if self.signer.last_signed() == EMPTY else None
        if note is not None and settings.LOG_WITNESSES:
            head = parse_checkpoint(text_of(note), self.signer.origin)
            check_with_witnesses(note=note, head=head, reach=witnesses_reach())

    def _tell(self, code: str, reason: Exception) -> None:
        """Leave the reason where /health/ready and /metrics show it, as far as the database can still be written."""
        with suppress(DatabaseError):
            raise_alarm(code=code, detail=str(reason), now=timezone.now())

    def _seal(self) -> bool:
        """Do one pass; say whether anything was published."""
        checkpoint = seal(now=timezone.now(), log_folder=self.log_folder, signer=self.signer, journal=self.journal)
        clear_alarms(codes=_OVER_WITH_A_PASS)
        if checkpoint:
            log.info("sealed", size=checkpoint.size, root=bytes(checkpoint.root).hex())
        return checkpoint is not None


def _code_of(refusal: Exception) -> str:
    """`SmallerTree` is `smaller_tree`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(refusal).__name__).lower()


def _open_signer(*, may_create: bool) -> Signer:
    if may_create:
        create_key(settings.LOG_KEY_FILE, training=settings.TRAINING)
    try:
        return Signer(settings.LOG_KEY_FILE, settings.LOG_ORIGIN)
    except KeyOfAnotherLog as reason:
        raise CommandError(
            _("The key %(place)s does not sign %(origin)s: a training log has a key of its own, as the real log has.")
            % {"place": reason, "origin": settings.LOG_ORIGIN}
        ) from reason
    except NoKey as reason:
        raise CommandError(
            _("The log's key is missing: %(place)s. Put it there, or make one with --create-key.")
            % {"place": settings.LOG_KEY_FILE}
        ) from reason


def _told_to_stop() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
