"""Seals 70,000 events into an empty log, on servers of its own: `python -m bench.seal_one FOLDER`."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from config import embedded

EVENTS = 70_000
ORIGIN = "bench.example/log"


def main(folder: Path) -> None:
    """Start the servers, record the events, seal them, and print what sealing took."""
    os.environ.update({"HATTAMA_DATA": str(folder), "DJANGO_SETTINGS_MODULE": "config.settings"})
    with embedded.running_servers(folder) as servers:
        os.environ.update(servers.environment())
        import django  # noqa: PLC0415  (settings need the servers)

        django.setup()
        sys.stdout.write(json.dumps(_seconds(folder)) + "\n")


def _seconds(folder: Path) -> dict[str, float]:
    from django.db import transaction  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from audit.domain.actor import SYSTEM  # noqa: PLC0415
    from audit.journal import Journal  # noqa: PLC0415
    from audit.log_folder import LogFolder  # noqa: PLC0415
    from audit.services import NewEvent, record_events, seal  # noqa: PLC0415
    from audit.signer import Signer, create_key  # noqa: PLC0415
    from bench import stage  # noqa: PLC0415

    stage.migrate()
    figures = {f"figure_{number}": 100 + number for number in range(20)}
    body = {"version": 1, "origin": "entry", "findings": [], "check_set": 1, "figures": figures, "salt": "ab" * 32}
    with transaction.atomic():
        record_events(
            [
                NewEvent(
                    kind="protocol.accepted",
                    at=timezone.now(),
                    actor=SYSTEM,
                    election="e",
                    contest="c",
                    area="a",
                    station=str(number),
                    body=body,
                )
                for number in range(EVENTS)
            ]
        )
    create_key(folder / "key")
    signer = Signer(folder / "key", ORIGIN)
    began = time.perf_counter()
    checkpoint = seal(now=timezone.now(), log_folder=LogFolder(folder / "log"), signer=signer)
    seconds = time.perf_counter() - began
    if checkpoint is None or checkpoint.size != EVENTS:
        raise RuntimeError("not everything was sealed")
    began = time.perf_counter()
    Journal(folder / "journal").catch_up(EVENTS)
    return {"seconds": seconds, "journal": time.perf_counter() - began}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
