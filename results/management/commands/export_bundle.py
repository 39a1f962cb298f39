"""`export_bundle`: the public bundle as static files, written or brought up to date."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from audit.log_folder import LogFolder
from audit.selectors import log_is_public
from results.exports.bundle import PackageMissing, Written, write_bundle, write_public_log_head
from results.exports.log_files import NoLog
from results.exports.manifest import VKEY, bundle_key
from results.exports.running import AlreadyRunning, alone
from results.exports.selectors import Issuer


class Command(BaseCommand):
    help = "Writes published results, election packages and the log as static files; unchanged files stay as they are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, required=True, metavar="DIR")
        parser.add_argument(
            "--checkpoint-only", action="store_true", help=_("Only the log's checkpoint and key, public at any time.")
        )

        parser.add_argument("--without-downloads", action="store_true", help=_("No workbooks, PDF, CSV and JSON."))
        parser.add_argument("--issuer", default=settings.ISSUER)
        parser.add_argument("--issuer-abbreviation", default=settings.ISSUER_ABBREVIATION)

    def handle(self, *_args: Any, out: Path, checkpoint_only: bool, **options: Any) -> None:
        if not checkpoint_only and not log_is_public(timezone.now()):
            raise CommandError(
                _("Figures are not public yet, so nothing was written. --checkpoint-only writes what is public now.")
            )
        log_folder = LogFolder(settings.LOG_DIR)
        try:
            if checkpoint_only:
                written = write_public_log_head(out, log_folder=log_folder)
            else:
                with alone():
                    written = write_bundle(
                        out,
                        log_folder=log_folder,
                        issuer=Issuer(options["issuer"], options["issuer_abbreviation"]),
                        key=bundle_key(settings.BUNDLE_KEY_FILE, settings.LOG_ORIGIN),
                        with_downloads=not options["without_downloads"],
                    )
        except AlreadyRunning as reason:
            raise CommandError(_("Another process is writing files just now. Try again when it is done.")) from reason
        except NoLog as reason:
            raise CommandError(_("The log has not been published yet: run publish_log first.")) from reason
        except PackageMissing as reason:
            raise CommandError(
                _("The log names an election package that is not there: %(path)s. Bring it back from a backup.")
                % {"path": reason.path}
            ) from reason
        except OSError as failure:
            raise CommandError(
                _("%(path)s cannot be written: %(reason)s.") % {"path": failure.filename, "reason": failure.strerror}
            ) from failure
        self._show(out, written)

    def _show(self, out: Path, written: Written) -> None:
        console = Console(file=cast(IO[str], self.stdout), highlight=False, soft_wrap=True)
        table = Table(title=str(out), title_justify="left")
        table.add_column(_("part"))
        table.add_column(_("files"), justify="right")
        table.add_column(_("written"), justify="right")
        for part, count in written.files.items():
            table.add_row(part, str(count), str(written.changed[part]))
        console.print(table)
        vkey = out / VKEY
        if vkey.is_file():
            console.print(_("The manifest is signed by: %(key)s") % {"key": vkey.read_text().strip()}, markup=False)
