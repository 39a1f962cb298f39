"""`import_protocols`: protocols from a file, through the same checks as the form."""

from __future__ import annotations

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from aggregation.services import settle
from audit.domain.actor import SYSTEM
from stations.models import Contest
from stations.selectors import contest_by_code
from tallies.domain.protocol_file import FileProblem, FileRow
from tallies.refusals import Refusal
from tallies.services.import_protocols import ImportReport, RefusedRow, import_protocols


class Command(BaseCommand):
    help = (
        "Bring in the protocols of one contest from a CSV file, in one transaction. An import stands for both entries."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("csv", type=Path)
        parser.add_argument("--contest", required=True, help="the contest's code")
        parser.add_argument(
            "--reason", required=True, help="why these protocols come from a file; it is kept with them"
        )
        parser.add_argument("--refused", type=Path, help="where refused rows go (default: beside the file)")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        path: Path = options["csv"]
        try:
            report = import_protocols(
                path=path,
                contest=contest_by_code(options["contest"]),
                reason=options["reason"],
                actor=SYSTEM,
                now=timezone.now(),
                dry_run=options["dry_run"],
            )
        except Contest.DoesNotExist:
            raise CommandError(f"there is no contest with the code {options['contest']}") from None
        except (FileProblem, OSError) as problem:
            raise CommandError(f"{path}: {problem}") from None
        except Refusal as refusal:
            raise CommandError(str(refusal.message)) from None
        if not options["dry_run"]:
            settle()
        refused_path = options["refused"] or path.with_name(f"{path.stem}.refused.csv")
        if report.refused:
            _write_refused(path, refused_path, report.refused)
        self._show(report, refused_path, dry_run=options["dry_run"])

    def _show(self, report: ImportReport, refused_path: Path, *, dry_run: bool) -> None:
        table = Table(title="What would happen" if dry_run else None, show_header=False, box=None)
        table.add_column()
        table.add_column(justify="right")
        for name, count in (
            ("accepted", report.accepted),
            ("held", report.held),
            ("unchanged", report.unchanged),
            ("refused", len(report.refused)),
        ):
            table.add_row(name, str(count))
        for code, count in sorted(report.findings.items()):
            table.add_row(f"  {code}", str(count), style="dim")
        console = Console(file=cast(IO[str], self.stdout), soft_wrap=True)
        console.print(table)
        if report.refused:
            console.print(f"refused rows, each with its reason: {refused_path}")


def _write_refused(source: Path, target: Path, refused: list[RefusedRow]) -> None:
    with source.open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file))
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["line", "reason", *header])
        for item in refused:
            cells = item.row.cells if isinstance(item.row, FileRow) else ()
            writer.writerow([item.row.line, item.sentence, *cells])
