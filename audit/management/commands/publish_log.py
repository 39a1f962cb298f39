"""`publish_log`: the one process that seals events and signs the log."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.log_folder import LogFolder, PublishedDiffers
from audit.services import AnotherPublisher, LogContradiction, one_publisher, seal
from audit.signer import NoKey, Signer, SigningRefused, create_key

# Two seconds from event to checkpoint are promised; each pass costs a fixed share of a core.
SECONDS_BETWEEN_PASSES = 0.5
SECONDS_TO_WAIT_FOR_THE_DATABASE = 1.0

log = structlog.get_logger()


class Command(BaseCommand):
    help = "Seal recorded events into the signed log, again and again until told to stop (SIGTERM, Ctrl-C)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help=_("Seal what is recorded, then exit."))
        parser.add_argument(
            "--create-key", action="store_true", help=_("Make the log's key if there is none. Development always does.")
        )

    def handle(self, *_args: object, once: bool, create_key: bool, **_options: object) -> None:
        self.log_folder = LogFolder(settings.LOG_DIR)
        self.signer = _open_signer(may_create=create_key or not settings.PRODUCTION)
        try:
            if once:
                self._seal_all()
            else:
                self._publish_until(_told_to_stop())
        except AnotherPublisher as reason:
            raise CommandError(_("Another publisher is at work on this database.")) from reason
        except (LogContradiction, SigningRefused, PublishedDiffers) as reason:
            raise CommandError(_("The log is not published any further: %(reason)s") % {"reason": reason}) from reason

    def _seal_all(self) -> None:
        while self._seal():
            pass

    def _publish_until(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                with one_publisher():
                    self._publish_while_connected(stop)
            except AnotherPublisher:
                # The one before us may still be finishing its last pass.
                stop.wait(SECONDS_BETWEEN_PASSES)
            except (OperationalError, InterfaceError) as reason:
                log.warning("the database is away", reason=str(reason))
                connection.close()
                stop.wait(SECONDS_TO_WAIT_FOR_THE_DATABASE)

    def _publish_while_connected(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self._seal()
            stop.wait(SECONDS_BETWEEN_PASSES)

    def _seal(self) -> bool:
        """Do one pass; say whether anything was published."""
        checkpoint = seal(now=timezone.now(), log_folder=self.log_folder, signer=self.signer)
        if checkpoint:
            log.info("sealed", size=checkpoint.size, root=bytes(checkpoint.root).hex())
        return checkpoint is not None


def _open_signer(*, may_create: bool) -> Signer:
    if may_create:
        create_key(settings.LOG_KEY_FILE)
    try:
        return Signer(settings.LOG_KEY_FILE, settings.LOG_ORIGIN)
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
