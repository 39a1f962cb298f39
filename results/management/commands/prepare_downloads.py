"""`prepare_downloads`: the ready-made files of what is published now, for the public pages to link."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import IO, Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from rich.console import Console
from rich.filesize import decimal

from results.exports.downloads import make_downloads
from results.exports.running import AlreadyRunning, alone
from results.exports.selectors import Issuer
from results.publication.selectors import newest
from stations.models import Election


class Command(BaseCommand):
    help = "Makes the files of the newest result of each election that are not there yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--issuer", default=settings.ISSUER)
        parser.add_argument("--issuer-abbreviation", default=settings.ISSUER_ABBREVIATION)

    def handle(self, *_args: Any, issuer: str, issuer_abbreviation: str, **_options: Any) -> None:
        try:
            with alone():
                self._make(Issuer(issuer, issuer_abbreviation))
        except AlreadyRunning as reason:
            raise CommandError(_("Another process is writing files just now. Try again when it is done.")) from reason

    def _make(self, issuer: Issuer) -> None:
        console = Console(file=cast(IO[str], self.stdout), highlight=False, soft_wrap=True)
        for election in Election.objects.order_by("-date", "-id"):
            snapshot = newest(election)
            if snapshot is None:
                continue
            try:
                for download, is_new in make_downloads(snapshot, issuer=issuer):
                    if is_new:
                        console.print(f"{download.path} ({decimal(download.size or 0)})", markup=False)
            except OSError as failure:
                raise CommandError(
                    _("%(path)s cannot be written: %(reason)s.")
                    % {"path": failure.filename or settings.DOWNLOADS_DIR, "reason": failure.strerror}
                ) from failure
