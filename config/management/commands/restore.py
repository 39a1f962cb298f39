"""`restore`: a backup in the place of what is in the database."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from config.backup import BackupRefused, restore


class Command(BaseCommand):
    help = "Replace what is in the database by a backup. Stop everything else first; then run replay_log."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help=_("the folder of a backup"))

    def handle(self, *_args: Any, path: Path, **_options: Any) -> None:
        try:
            about = restore(path)
        except BackupRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(_("The database is that of %(at)s again.") % {"at": about.at})
        self.stdout.write(_("Now run replay_log, before anything else is started."))
