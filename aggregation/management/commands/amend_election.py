"""`amend_election PATH`: what may change in an election after it was loaded."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from aggregation.management.commands.load_election import show_problems
from aggregation.services import settle
from audit.domain.actor import SYSTEM
from stations.services import AmendReport, PackageRefused
from tallies.services.registry import amend_election


class Command(BaseCommand):
    help = "Brings names, register counts, withdrawals and added stations up to the package, all or nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("package", type=Path)

    def handle(self, *_args: Any, package: Path, **_options: Any) -> None:
        console = Console(file=cast(IO[str], self.stdout), highlight=False, soft_wrap=True)
        try:
            report = amend_election(package=package, by=SYSTEM, now=timezone.now())
        except PackageRefused as refusal:
            show_problems(refusal.problems, console)
            message = _("Nothing was changed: %(count)s problems.") % {"count": len(refusal.problems)}
            raise CommandError(message, returncode=1) from refusal
        settle()
        show(report, console)


def show(report: AmendReport, console: Console) -> None:
    """Print what an amendment changed."""
    if not report.amended:
        console.print(_("%(code)s is as this package says; nothing has changed") % {"code": report.code})
        return
    table = Table(title=_("Amended %(code)s") % {"code": report.code}, title_justify="left")
    table.add_column(_("what"))
    table.add_column(_("how many"), justify="right")
    for what, columns in report.changed.items():
        for column, count in columns.items():
            table.add_row(f"{what} {column}", str(count))
    for what, count in report.added.items():
        table.add_row(_("%(what)s added") % {"what": what}, str(count))
    console.print(table)
    console.print(_("Package SHA-256: %(sha256)s") % {"sha256": report.package_sha256})
