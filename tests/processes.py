"""Processes of the system against the test's own database, with the application's own rights."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from django.db import connection

from config.celery import QUEUES
from config.data_folder import CHECKOUT


def environment() -> dict[str, str]:
    """Return what a process needs to serve the test's database as the application's role."""
    server, _, _ = os.environ["HATTAMA_TEST_APP_URL"].rpartition("/")
    reader, _, _ = os.environ["DATABASE_READER_URL"].rpartition("/")
    database = connection.settings_dict["NAME"]
    return {
        **os.environ,
        "DATABASE_URL": f"{server}/{database}",
        "DATABASE_READER_URL": f"{reader}/{database}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


@contextmanager
def process(*arguments: str, log: Path, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python ARGUMENTS` in a group of its own; the whole group ends with the block."""
    with log.open("ab") as output:
        started = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=CHECKOUT,
            env={**environment(), **variables},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield started
    finally:
        kill_group(started)


def worker(log: Path, *, concurrency: int = 2, beat: bool = True) -> tuple[str, ...]:
    """Return the command line of a worker of all queues, with beat's sweeper inside."""
    inside = ("--beat", "--schedule", str(log.with_suffix(".schedule"))) if beat else ()
    return (
        *("-m", "celery", "--app", "config.celery", "worker", "--loglevel", "INFO", "--queues", ",".join(QUEUES)),
        *("--concurrency", str(concurrency), "--without-gossip", "--without-mingle", "--without-heartbeat"),
        *("--pidfile", "", "--hostname", f"{log.stem}@test", *inside),
    )


def kill_group(started: subprocess.Popen[bytes]) -> None:
    """End a process and its children at once, and wait until it is gone."""
    with suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGKILL)
    started.wait(10)


def children_of(started: subprocess.Popen[bytes]) -> list[int]:
    """Return the processes that this one started."""
    path = Path(f"/proc/{started.pid}/task/{started.pid}/children")
    return [int(pid) for pid in path.read_text().split()]


def until(condition: Callable[[], bool], *, seconds: float = 30.0, what: str) -> None:
    """Wait until something holds; fail with `what` when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} seconds: {what}"
        time.sleep(0.02)


@contextmanager
def another_connection() -> Iterator[psycopg.Connection]:
    """Open a connection of the test's own beside Django's, as the application's role."""
    with psycopg.connect(environment()["DATABASE_URL"]) as other:
        yield other
