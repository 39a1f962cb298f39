"""`load_election PATH`: an election package into the registry, all or nothing."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aggregation.services import settle
from audit.domain.actor import SYSTEM
from stations.services import LoadReport, PackageRefused, Problem
from tallies.services.registry import load_election


class Command(BaseCommand):
    help = "Loads an election package (folder or zip), all or nothing. The same package again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("package", type=Path)

    def handle(self, *_args: Any, package: Path, **_options: Any) -> None:
        console = Console(file=cast(IO[str], self.stdout), highlight=False, soft_wrap=True)
        try:
            report = load_election(package=package, by=SYSTEM, now=timezone.now())
        except PackageRefused as refusal:
            show_problems(refusal.problems, console)
            message = _("Nothing was changed: %(count)s problems.") % {"count": len(refusal.problems)}
            raise CommandError(message, returncode=1) from refusal
        settle()
        show(report, console)


def show(report: LoadReport, console: Console) -> None:
    """Print what a load did."""
    title = _("Loaded %(code)s") if report.loaded else _("%(code)s was loaded before; nothing has changed")
    table = Table(title=title % {"code": report.code}, title_justify="left")
    table.add_column(_("what"))
    table.add_column(_("how many"), justify="right")
    for what, count in report.counts.items():
        table.add_row(what, f"{count:,}".replace(",", " "))
    console.print(table)
    console.print(_("Package SHA-256: %(sha256)s") % {"sha256": report.package_sha256})


def show_problems(problems: Iterable[Problem], console: Console) -> None:
    """Print every problem as `file:line:column` and a sentence: a table for people, plain lines for a file."""
    if not console.is_terminal:
        for problem in problems:
            console.print(Text(str(problem)))
        return
    table = Table()
    table.add_column(_("place"), overflow="fold")
    table.add_column(_("problem"), overflow="fold")
    for problem in problems:
        table.add_row(Text(problem.place), Text(problem.sentence))
    console.print(table)
