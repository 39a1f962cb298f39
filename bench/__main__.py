"""`make bench`: everything the product promises about speed, as ratios of values measured in one run."""

from __future__ import annotations

import os
import sys

import django
from rich.console import Console

from bench.figures import show, write
from config import embedded

PORT = 8765
DISTRICTS_A_REGION = 11
STATIONS_A_DISTRICT = 46
REGIONS = {"22 districts": 2, "220 districts": 20}


def main(wanted: list[str]) -> int:
    """Run the measures (those named, or all) and return 0 when every target is met."""
    from bench.stage_folder import empty_folder  # noqa: PLC0415

    folder = empty_folder()
    os.environ["HATTAMA_DATA"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    console = Console()
    with embedded.running_servers(folder) as servers:
        os.environ.update(servers.environment())
        django.setup()
        figures = list(_measured(folder, servers, console))
    write(figures)
    show(figures, console)
    return 0 if all(figure.is_met is not False for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
