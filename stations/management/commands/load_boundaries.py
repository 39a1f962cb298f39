"""`load_boundaries GEOJSON`: outlines of areas, so that the site draws a map where it drew tiles."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from stations.selectors import NoElection, current_election
from stations.services.boundaries import BoundariesRefused, load_boundaries


class Command(BaseCommand):
    help = "Draws areas by their boundaries: a GeoJSON file whose features name their area in the property `code`."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("geojson", type=Path)

    def handle(self, *_args: Any, geojson: Path, **_options: Any) -> None:
        try:
            report = load_boundaries(election=current_election(), path=geojson)
        except NoElection as refusal:
            raise CommandError(_("No election is loaded.")) from refusal
        except BoundariesRefused as refusal:
            problems = "\n".join(refusal.problems)
            raise CommandError(_("Nothing was changed.") + f"\n{problems}", returncode=1) from refusal
        self.stdout.write(_("%(drawn)d areas have an outline.") % {"drawn": report.drawn})
        if report.without:
            self.stdout.write(_("Without one: %(codes)s") % {"codes": ", ".join(report.without)})
