"""One roster enrolled in a process of its own: `python -m bench.enrol_one CSV`."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import django


def main(path: Path) -> None:
    """Enrol everyone in the file and print what it took."""
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    began = time.perf_counter()
    call_command("enrol_officers", str(path), out=path.with_suffix(".links.csv"), stdout=sys.stderr)
    told = {
        "seconds": time.perf_counter() - began,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
