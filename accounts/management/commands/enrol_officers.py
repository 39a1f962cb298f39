"""`enrol_officers CSV --out FILE`: appoint everyone on a roster and write their one-time links to a file.

With `--dry-run` it says what would be done and does nothing.
"""

from __future__ import annotations

import csv
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import services
from accounts.roster import RosterRefused, read_roster
from audit.domain.actor import SYSTEM


class Command(BaseCommand):
    help = _(
        "Appoints officers and observers from a CSV file: username,role and name,station,area,contest,election where "
        "needed; for observers also organisation and ends."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("csv", type=Path)
        way = parser.add_mutually_exclusive_group(required=True)
        way.add_argument("--out", type=Path, help=_("File for the links; it must not exist yet."))
        way.add_argument("--dry-run", action="store_true", help=_("Say what would be done, and do nothing."))
        parser.add_argument("--site", default="http://127.0.0.1:8000", help=_("Address that the links begin with."))

    def handle(self, *, csv: Path, out: Path | None, site: str, dry_run: bool, **_options: Any) -> None:
        if out is not None and out.exists():
            raise CommandError(_("%s exists already.") % out)
        try:
            report = services.enrol_officers(rows=read_roster(csv), by=SYSTEM, now=timezone.now(), dry_run=dry_run)
        except FileNotFoundError as error:
            raise CommandError(_("There is no file %s.") % csv) from error
        except RosterRefused as refused:
            for problem in refused.problems:
                self.stderr.write(f"{csv.name}:{problem}")
            raise CommandError(_("Nothing was taken: %d problems.") % len(refused.problems)) from refused
        if out is not None:
            write_links(out, report.links, site.rstrip("/"))
        counts = {"created": report.created, "appointed": report.appointed, "unchanged": report.unchanged}
        self.stdout.write(_("%(created)d accounts created, %(appointed)d appointed, %(unchanged)d unchanged.") % counts)
        if dry_run:
            self.stdout.write(_("This was a dry run: nothing was kept."))


def write_links(out: Path, links: list[services.EnrolmentLink], site: str) -> None:
    """One line a person; the file is readable by its owner only."""
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["username", "name", "link", "expires_at"])
        for link in links:
            address = f"{site}{reverse('enrol', args=[link.secret])}"
            writer.writerow([link.username, link.name, address, link.expires_at.isoformat()])
