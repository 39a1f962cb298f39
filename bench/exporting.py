"""The country, all contests, down to stations, in each format: as the command that a clerk types."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench import stage
from bench.figures import Figure
from config.data_folder import CHECKOUT
from results.exports.formats import FORMATS

MOST_SECONDS = {"xlsx": 30.0}
OTHERS_SECONDS = 10.0
MOST_MEGABYTES = 300.0
POLL_SECONDS = 0.05


def exporting(folder: Path) -> Iterator[Figure]:
    """Seconds and peak memory of the whole command, start-up and all."""
    for name in FORMATS:
        out = folder / "exports" / name
        out.mkdir(parents=True)
        seconds, megabytes = _run("export_results", "--contest", "all", "--format", name, "--out", str(out))
        yield Figure(f"export: {name}", seconds, "s", "lower", target=MOST_SECONDS.get(name, OTHERS_SECONDS))
        yield Figure(f"export: {name}, peak memory", megabytes, "MB", "lower", target=MOST_MEGABYTES)


def _run(*arguments: str) -> tuple[float, float]:
    """Run a command to its end; return its seconds, and its peak of resident memory in MB."""
    began = time.perf_counter()
    command = [sys.executable, str(CHECKOUT / "manage.py"), *arguments]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=stage.environment())
    megabytes = 0.0
    # What `wait4` tells of a child holds what this process had in memory when it started it.
    while child.poll() is None:
        megabytes = max(megabytes, stage.resident_megabytes([child.pid]))
        time.sleep(POLL_SECONDS)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return time.perf_counter() - began, megabytes
