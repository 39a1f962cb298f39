"""`backup`: the database, packages and the published log, while everything runs."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from config.backup import BackupRefused, back_up


class Command(BaseCommand):
    help = "Write a backup of the database, the election packages and the published log to a new folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help=_("a folder that does not exist yet"))

    def handle(self, *_args: Any, path: Path, **_options: Any) -> None:
        try:
            about = back_up(path, now=timezone.now())
        except BackupRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            _("Backup of %(entries)s log entries in %(path)s.") % {"entries": about.entries, "path": path}
        )
        self.stdout.write(_("Not in it: the log's key and journal, and photographs. Back them up apart."))
