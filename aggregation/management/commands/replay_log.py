"""`replay_log`: after a restore, what the log and its journal hold and the database has lost."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from aggregation.services import rebuild_tallies, settle
from audit.domain.notes import NoteInvalid, parse_vkey
from audit.journal import Journal, JournalDamaged
from audit.log_folder import LogFolder
from audit.services import AnotherPublisher, LogContradiction
from audit.services.replaying import NothingToReplay, NotReplayable, Replayed, replay_log


class Command(BaseCommand):
    help = "Bring back what the published log and its journal hold and a restored database has lost."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--without-journal",
            action="store_true",
            help=_("Bring back the bare entries from the published log, where the journal is lost."),
        )

    def handle(self, *_args: Any, without_journal: bool, **_options: Any) -> None:
        folder = LogFolder(settings.LOG_DIR)
        try:
            done = replay_log(
                journal=Journal(settings.LOG_JOURNAL_DIR),
                log_folder=folder,
                key=parse_vkey(folder.vkey() or ""),
                now=timezone.now(),
                without_journal=without_journal,
            )
        except NothingToReplay:
            self.stdout.write(_("The database holds everything that was published."))
            return
        except AnotherPublisher as reason:
            raise CommandError(_("A publisher is at work on this database: stop it first.")) from reason
        except (NotReplayable, LogContradiction, JournalDamaged, NoteInvalid, OSError) as reason:
            raise CommandError(str(reason)) from reason
        self._say(done)
        if without_journal:
            self.stdout.write(_("Without the journal only the entries came back, not what they imply: run verify."))
        rebuild_tallies()
        settle()

    def _say(self, done: Replayed) -> None:
        self.stdout.write(
            _("%(entries)s entries came back, from index %(first)s on.")
            % {"entries": done.end - done.first, "first": done.first}
        )
        for kind, count in sorted(done.kinds.items()):
            self.stdout.write(f"  {kind}: {count}")
        if "election.amended" in done.kinds:
            self.stdout.write(_("The registry was amended since the backup: run amend_election again."))
