"""The one list of the system's processes: the demo starts it on one machine, docker-compose.yml on several.

`tests/config/test_processes.py` holds the compose file equal to this list.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from config.celery import QUEUES

SERVING = frozenset({"secret_key", "database_url", "database_reader_url", "broker_url"})
HERE = "{state}"  # Stands for a folder of the process's own in an argument list.


@dataclass(frozen=True)
class Process:
    """One kind of process.

    `arguments` follow the Python interpreter; `{host}`, `{port}` and `{state}` are filled in by who starts it.
    `secrets` are the files it may read, `volumes` what it mounts (name to `ro` or `rw`), `health` the command that
    tells whether it is well, in the place where it runs. `replicas` is what compose starts.
    """

    name: str
    arguments: tuple[str, ...]
    replicas: int
    secrets: frozenset[str]
    volumes: tuple[tuple[str, str], ...] = ()
    health: tuple[str, ...] = ()

    def command(self, *, host: str, port: int, state: str) -> list[str]:
        """The arguments with their places filled in."""
        return [argument.format(host=host, port=port, state=state) for argument in self.arguments]

    def argv(self, *, host: str, port: int, state: str) -> list[str]:
        """The whole command line on this machine."""
        return [sys.executable, *self.command(host=host, port=port, state=state)]


WEB = Process(
    name="web",
    arguments=(
        *("-m", "granian", "--interface", "wsgi", "--host", "{host}", "--port", "{port}"),
        # Measured: 880 to 990 requests a second with two workers of four threads on two cores, gunicorn 650.
        *("--workers", "2", "--blocking-threads", "4", "--no-ws", "config.wsgi:application"),
    ),
    replicas=2,
    secrets=SERVING | {"metrics_token"},
    volumes=(("log", "ro"), ("uploads", "rw"), ("downloads", "rw")),
    health=("python", "-m", "config.probe", "/health/live"),
)
WORKER = Process(
    name="worker",
    arguments=(
        *("-m", "celery", "--app", "config.celery", "worker", "--loglevel", "WARNING", "--concurrency", "2"),
        # A worker of every queue; `--queues rollup.district` on one machine and the rest on another spreads them.
        *("--queues", ",".join(QUEUES), "--without-gossip", "--without-mingle", "--without-heartbeat"),
    ),
    replicas=2,
    secrets=SERVING,
    # The tiles that proofs for witnesses are made of; and what the public bundle is written from, where to, and the
    # key that signs it.
    volumes=(("log", "ro"), ("uploads", "ro"), ("downloads", "rw"), ("bundle", "rw"), ("bundle-key", "rw")),
    health=("sh", "-c", "python -m celery --app config.celery inspect ping --destination celery@$(hostname)"),
)
BEAT = Process(
    name="beat",
    arguments=(
        *("-m", "celery", "--app", "config.celery", "beat", "--loglevel", "WARNING"),
        *("--schedule", f"{HERE}/beat-schedule", "--pidfile", ""),
    ),
    replicas=1,
    secrets=SERVING,
    # Beat writes its schedule every three minutes.
    health=("sh", "-c", "find /tmp/beat-schedule* -mmin -10 | grep -q ."),
)
PUBLISHER = Process(
    name="publisher",
    arguments=("manage.py", "publish_log"),
    # One: an index is given by one publisher at a time, and one place alone holds the key.
    replicas=1,
    secrets=SERVING,
    volumes=(("log", "rw"), ("log-key", "rw"), ("log-journal", "rw")),
    # A training log lies one step further.
    health=("sh", "-c", "test -s $LOG_DIR/checkpoint || test -s $LOG_DIR/training/checkpoint"),
)
INIT = Process(
    name="init",
    arguments=("manage.py", "prepare_database"),
    replicas=1,
    secrets=SERVING | {"database_superuser_url", "database_owner_url"},
)

# In the order they start; they stop in the opposite one, so that what comes in is stopped first.
SERVICES = (PUBLISHER, WORKER, BEAT, WEB)
ALL = (INIT, *SERVICES)
