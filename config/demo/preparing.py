"""Before the curtain: a free port, a migrated database, a loaded election."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import TypeVar

from django.core.management import call_command
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.console import Console

from aggregation.services import settle
from audit.domain.actor import SYSTEM
from samples.kz_2023.generate import write_package
from stations.models import Election
from tallies.services.registry import load_election

ELECTION = "kz-2023"
T = TypeVar("T")


class PortTaken(Exception):
    """Another program listens where the demo should."""


def require_free_port(host: str, port: int) -> None:
    """Raise PortTaken, with a sentence, when something answers there already."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))
        except OSError as failure:
            raise PortTaken(
                _("Port %(port)d of %(host)s cannot be used: %(reason)s. Choose another with --port.")
                % {"port": port, "host": host, "reason": failure.strerror}
            ) from failure


def prepared_election(console: Console) -> Election:
    """The sample election in a database that is up to date: made and loaded first where it is not, and settled."""
    timed(console, _("The database is ready."), _migrate)
    election = timed(console, _("The election is loaded."), _reference_election)
    # Before workers run: a step an area in one process is quicker than bells from two hundred districts at once.
    timed(console, _("Every sum is up to date."), settle)
    return election


def timed(console: Console, words: str, do: Callable[[], T]) -> T:
    """Do it, and print these words with the seconds it took."""
    began = time.monotonic()
    done = do()
    console.print(f"[green]✓[/] {words} [dim]{time.monotonic() - began:.1f} s[/]")
    return done


def _migrate() -> None:
    call_command("migrate", verbosity=0, interactive=False, stdout=StringIO())


def _reference_election() -> Election:
    loaded = Election.objects.filter(code=ELECTION).first()
    if loaded is not None:
        return loaded
    with tempfile.TemporaryDirectory(prefix="hattama-") as folder:
        load_election(package=write_package(Path(folder)), by=SYSTEM, now=timezone.now())
    return Election.objects.get(code=ELECTION)
