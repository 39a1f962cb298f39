"""`verify`: re-derive every total, seat and hash from the accepted protocols and the log, independently."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from results.verification.report import sentence, summary
from results.verification.verdict import Verdict
from results.verification.verify import verify
from verifier.hattama_verify import BadKey


class _Bar:
    """The rows read so far, as a bar on a terminal."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task = bars.add_task(_("Rows read"), total=None)

    def expect(self, rows: int) -> None:
        self._bars.update(self._task, total=rows)

    def read(self, rows: int) -> None:
        self._bars.advance(self._task, rows)


class Command(BaseCommand):
    help = "Re-derive every total, seat and hash from the accepted protocols and the log, by independent code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--vkey", help=_("The log's public key, as you know it from elsewhere."))
        parser.add_argument("--log-dir", type=Path, help=_("The published log's folder."))
        parser.add_argument("--first", type=int, default=20, help=_("How many differences to print."))

    def handle(self, *_args: object, vkey: str | None, log_dir: Path | None, first: int, **_options: object) -> None:
        try:
            verdict = _verify(vkey, log_dir)
        except BadKey as reason:
            raise CommandError(_("This is not a log's public key: %(key)s") % {"key": reason}) from reason
        if verdict.ok:
            for line in summary(verdict):
                self.stdout.write(line)
            return
        for difference in verdict.differences[:first]:
            self.stderr.write(sentence(difference))
        raise CommandError(_("%(count)d differences found.") % {"count": verdict.total_differences})


def _verify(vkey: str | None, log_dir: Path | None) -> Verdict:
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), MofNCompleteColumn()
    with Bars(*columns, TimeElapsedColumn(), console=console, disable=not sys.stderr.isatty(), transient=True) as bars:
        return verify(vkey=vkey, log_dir=log_dir, progress=_Bar(bars))
