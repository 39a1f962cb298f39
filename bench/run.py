"""The order of the measures."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

from django.utils import timezone
from rich.console import Console

from accounts.models import User
from aggregation.services import settle
from bench import measures, stage
from bench.exporting import exporting
from bench.figures import Figure, show, write
from bench.limit import Limit
from bench.observing import observing
from config.embedded import Servers
from config.embedded_servers import superuser_url
from config.supervisor import running_system
from results.publication.services import publish_bulletin
from samples.kz_2023.generate import write_package
from stations.models import Election, Station
from tests.packages import write_package as write_small_package

STATIONS_A_DISTRICT = 46
DISTRICTS_A_REGION = 11
REGIONS = {"22 districts": 2, "220 districts": 20}


def run(folder: Path, servers: Servers) -> int:
    """Measure everything, print the table and write bench/latest.json; return 0 when every target is met."""
    console = Console()
    figures: list[Figure] = []
    for figure in _measured(folder, servers):
        console.print(f"[dim]{figure.name}: {figure.value:.4g} {figure.unit}[/]")
        figures.append(figure)
    write(figures)
    show(figures, console)
    return 0 if all(figure.is_met is not False for figure in figures) else 1


def _measured(folder: Path, servers: Servers) -> Iterator[Figure]:
    limit = Limit(superuser_url(servers.postgres_port, servers.superuser_password))
    transactions = limit.transactions_a_second()
    yield Figure("limit: transactions a second", transactions, "1/s", "higher")
    yield from measures.sealing(folder / "sealing")
    stage.migrate()
    began = time.perf_counter()
    election = stage.election(write_package(folder / "kz-2023"))
    yield Figure("load_election: the reference election", time.perf_counter() - began, "s", "lower", target=15.0)
    settle()
    yield from measures.importing(transactions, folder / "files")
    settle()
    yield from measures.enrolling(election, folder)
    tokens = stage.tokens(election)
    fresh = {name: _small(folder, regions) for name, regions in REGIONS.items()}
    settle()
    with running_system(folder, port=_free_port()) as system:
        system.wait_until_ready()
        yield from measures.ingest(transactions, system, tokens, folder)
        yield from measures.fresh(system, fresh, folder)
        yield from measures.signing_in(system, folder)
        yield from measures.memory(system)
    yield from measures.rebuilding(limit, folder / "files")
    with running_system(folder, port=_free_port()) as system:
        system.wait_until_ready()
        measures.wait_until_sealed()
        publish_bulletin(election=election, by=User.objects.all()[0], now=timezone.now())
        page = f"/kk/results/{measures.LIST}/"
        stations = list(Station.objects.filter(election=election).order_by("code").values_list("code", flat=True))
        yield from observing(system, folder, election, measures.LIST)
        yield from measures.pages(system, folder, page, f"/api/v1/results/{measures.LIST}/kz/", stations)
    yield from exporting(folder)
    yield from measures.verifying()
    yield from measures.verifying_at_home(folder)
    yield from measures.served_by_nginx(folder)


def _small(folder: Path, regions: int) -> tuple[Election, dict[str, str]]:
    """Load a country of one contest, its districts all of one size."""
    code = f"fresh-{regions}"
    package = write_small_package(
        folder / code,
        code=code,
        date="2020-01-01",
        regions=regions,
        districts=DISTRICTS_A_REGION,
        stations=STATIONS_A_DISTRICT,
        contests=(f"okrug-{regions}",),
    )
    election = stage.election(package)
    return election, stage.tokens(election)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
