"""Starts, finds and stops the embedded PostgreSQL and Valkey of one place.

A running server is recognised by its own command line, which names its folder, and by its user: never by a pid that
a file remembers, because after a crash that pid may be anyone's.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg

from config.embedded_place import NoPlace, Place, Programs, owned_folder

POSTGRES_MAJOR = "18"
LOOPBACK = "127.0.0.1"
PATIENCE = 60.0  # Seconds a server has to start or to stop: after a crash it reads its log first.
POSTGRES_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "150",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}

# Kept so that a server that ends while its starter lives is collected and not taken for a running one.
_children: list[subprocess.Popen[bytes]] = []


class ServerFailed(Exception):
    """A server did not start or stop in time; the sentence ends with what its log says."""


def ensure_postgres(place: Place, programs: Programs, *, password: str, port: int) -> int:
    """Have PostgreSQL running in the place and answering; return its port, `port` when that is still free."""
    if _running(place.cluster, "postgres", place):
        if _becomes_true(lambda: postgres_answers(port, password), lambda: bool(_postmasters(place))):
            return port
        stop_postgres(place)
    _make_cluster(place, programs, password)
    return _start(lambda free: _start_postgres(place, programs, password, free), port, place.folder / "postgres.log")


def ensure_valkey(place: Place, programs: Programs, *, password: str, port: int) -> int:
    """Have Valkey running in the place and answering; return its port, `port` when that is still free."""
    owned_folder(place.valkey, place.identity)
    if _running(place.valkey, "valkey-server", place):
        if _becomes_true(lambda: valkey_answers(port, password), lambda: bool(_valkeys(place))):
            return port
        stop_valkey(place)
    return _start(lambda free: _start_valkey(place, programs, password, free), port, place.folder / "valkey.log")


def stop_postgres(place: Place) -> None:
    """Shut PostgreSQL of this place down, if it runs: connections are ended, transactions in flight rolled back."""
    _stop(lambda: _postmasters(place), signal.SIGINT, signal.SIGQUIT)


def stop_valkey(place: Place) -> None:
    """Shut Valkey of this place down, if it runs."""
    _stop(lambda: _valkeys(place), signal.SIGTERM, signal.SIGKILL)


def postgres_answers(port: int, password: str) -> bool:
    """Whether a PostgreSQL that knows this superuser's password answers there."""
    with contextlib.suppress(psycopg.Error), psycopg.connect(superuser_url(port, password), connect_timeout=5):
        return True
    return False


def valkey_answers(port: int, password: str) -> bool:
    """Whether a Valkey that knows this password answers there."""
    # Most processes find their servers' addresses given, and this client is a fifth of what they read at the start.
    import redis  # noqa: PLC0415

    with (
        contextlib.suppress(redis.RedisError),
        redis.Redis(LOOPBACK, port, password=password, socket_timeout=5) as client,
    ):
        return bool(client.ping())
    return False


def superuser_url(port: int, password: str) -> str:
    """The address of the cluster's superuser."""
    return f"postgresql://postgres:{password}@{LOOPBACK}:{port}/postgres"


def _postmasters(place: Place) -> list[int]:
    return _running(place.cluster, "postgres", place)


def _valkeys(place: Place) -> list[int]:
    return _running(place.valkey, "valkey-server", place)


def _make_cluster(place: Place, programs: Programs, password: str) -> None:
    """initdb beside the final name and rename: a cluster is there whole or not at all."""
    version_file = place.cluster / "PG_VERSION"
    if place.cluster.exists():
        major = version_file.read_text().strip()
        if major != POSTGRES_MAJOR:
            raise NoPlace(
                f"{place.cluster} was made by PostgreSQL {major}, this is {POSTGRES_MAJOR}: dump it there first."
            )
        return
    unfinished = place.folder / "postgres.unfinished"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    owned_folder(unfinished, place.identity)
    password_file = place.folder / "initdb-password"
    password_file.unlink(missing_ok=True)
    try:
        _write_private(password_file, password, place)
        subprocess.run(
            [
                *(programs.initdb, "-D", unfinished, "--auth=scram-sha-256", "--username=postgres"),
                *("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--data-checksums"),
                # Without waiting for the disk: what a power failure spoils in its first half minute is still empty.
                "--no-sync",
                f"--pwfile={password_file}",
            ],
            check=True,
            capture_output=True,
            text=True,
            env=_environment(),
            **place.identity.popen(),
        )
    except subprocess.CalledProcessError as failure:
        raise ServerFailed(f"initdb failed: {failure.stderr}") from failure
    finally:
        password_file.unlink(missing_ok=True)
    unfinished.rename(place.cluster)


def _write_private(path: Path, text: str, place: Place) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        if not place.identity.is_caller:
            os.fchown(file.fileno(), place.identity.uid, place.identity.gid)
        file.write(text)


def _start_postgres(place: Place, programs: Programs, password: str, port: int) -> bool:
    # No postmaster runs here, so whoever now has the pid of this file is a stranger PostgreSQL must not wait for.
    # Backends that outlive their postmaster are still noticed: the shared memory's key comes from the folder.
    (place.cluster / "postmaster.pid").unlink(missing_ok=True)
    settings = [f"{name}={value}" for name, value in {**POSTGRES_SETTINGS, "port": str(port)}.items()]
    arguments = [str(programs.postgres), "-D", str(place.cluster)]
    for setting in settings:
        arguments += ["-c", setting]
    return _spawn(arguments, place, "postgres.log", lambda: postgres_answers(port, password))


def _start_valkey(place: Place, programs: Programs, password: str, port: int) -> bool:
    # The password goes through standard input: command lines can be read by everyone on the machine.
    secret = f"requirepass {password}\n".encode()
    arguments = [str(programs.valkey), "-", "--dir", str(place.valkey), "--bind", LOOPBACK, "--port", str(port)]
    arguments += ["--save", "", "--appendonly", "no", "--set-proc-title", "no"]
    return _spawn(arguments, place, "valkey.log", lambda: valkey_answers(port, password), secret)


def _spawn(arguments: list[str], place: Place, log: str, answers: Callable[[], bool], stdin: bytes = b"") -> bool:
    """Start a server in a session of its own, so that Ctrl-C in the terminal reaches only its user."""
    descriptor = os.open(place.folder / log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as output:
        child = subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=_environment(),
            **place.identity.popen(),
        )
    _children.append(child)
    if child.stdin is not None:
        with contextlib.suppress(BrokenPipeError), child.stdin:
            child.stdin.write(stdin)
    return _becomes_true(answers, lambda: child.poll() is None)


def _environment() -> dict[str, str]:
    """Nothing of the caller's environment concerns the servers, and its secrets least of all."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _start(start: Callable[[int], bool], port: int, log: Path) -> int:
    """Start on `port`, or on another when that is taken, until it answers. Raises ServerFailed.

    After kill -9 a server's last children may hold its memory for a moment, so a failed start is tried again.
    """
    deadline = time.monotonic() + PATIENCE
    candidate = port
    while time.monotonic() < deadline:
        if not _is_free(candidate):
            candidate = free_port()
        if start(candidate):
            return candidate
        time.sleep(0.2)
    raise ServerFailed(f"A server did not start. The end of {log}:\n{_last_lines(log)}")


def _stop(find: Callable[[], list[int]], polite: signal.Signals, firm: signal.Signals) -> None:
    for wish in (polite, firm):
        for pid in find():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, wish)
        if _becomes_true(lambda: not find(), lambda: True):
            _collect_children()
            return
    raise ServerFailed(f"Processes {find()} do not stop.")


def _collect_children() -> None:
    for child in list(_children):
        if child.poll() is not None:
            _children.remove(child)


def _becomes_true(condition: Callable[[], bool], while_alive: Callable[[], bool]) -> bool:
    """Wait for the condition as long as it can still come true, at most PATIENCE seconds."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if condition():
            return True
        if not while_alive():
            return condition()
        time.sleep(0.02)
    return False


def free_port() -> int:
    """A loopback port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind((LOOPBACK, port))
            return port != 0
    return False


def _running(folder: Path, program: str, place: Place) -> list[int]:
    """Pids of the processes of the servers' user whose command line is this program with this folder."""
    return [
        pid
        for pid, uid, arguments in _processes()
        if uid == place.identity.uid and Path(arguments[0]).name == program and str(folder) in arguments
    ]


def _processes() -> Iterator[tuple[int, int, list[str]]]:
    """Every process as (pid, user id, command line). A process that ended but is not collected has none."""
    if not Path("/proc/self/cmdline").exists():
        yield from _processes_by_ps()
        return
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            command_line = (entry / "cmdline").read_bytes()
            if command_line:
                yield int(entry.name), entry.stat().st_uid, os.fsdecode(command_line).rstrip("\0").split("\0")


def _processes_by_ps() -> Iterator[tuple[int, int, list[str]]]:
    listed = subprocess.run(["ps", "-axww", "-o", "pid=,uid=,command="], check=True, capture_output=True, text=True)
    for line in listed.stdout.splitlines():
        pid, uid, *arguments = line.split()
        if arguments:
            yield int(pid), int(uid), arguments


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else "(no log)"
