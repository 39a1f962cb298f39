"""One import in a process of its own, so that its memory can be told: `python -m bench.import_one CSV CONTEST`."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import django


def main(path: Path, code: str) -> None:
    """Import the file and print what it took."""
    django.setup()
    from django.utils import timezone  # noqa: PLC0415

    from audit.domain.actor import SYSTEM  # noqa: PLC0415
    from stations.selectors import contest_by_code  # noqa: PLC0415
    from tallies.services.import_protocols import import_protocols  # noqa: PLC0415

    contest = contest_by_code(code)
    began = time.perf_counter()
    report = import_protocols(path=path, contest=contest, reason="bench", actor=SYSTEM, now=timezone.now())
    told = {
        "accepted": report.accepted,
        "seconds": time.perf_counter() - began,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
