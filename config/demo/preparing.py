"""Before the curtain: a free port, a migrated database, a loaded election."""

from __future__ import annotations

import socket
import tempfile
from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.domain.actor import SYSTEM
from samples.kz_2023.generate import write_package
from stations.models import Election
from tallies.services.registry import load_election

ELECTION = "kz-2023"


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


def migrate() -> None:
    """Bring the database's schema up to date."""
    call_command("migrate", verbosity=0, interactive=False, stdout=StringIO())


def reference_election() -> Election:
    """The sample election, loaded first if it is not there yet."""
    loaded = Election.objects.filter(code=ELECTION).first()
    if loaded is not None:
        return loaded
    with tempfile.TemporaryDirectory(prefix="hattama-") as folder:
        load_election(package=write_package(Path(folder)), by=SYSTEM, now=timezone.now())
    return Election.objects.get(code=ELECTION)
