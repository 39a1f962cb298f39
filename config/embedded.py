"""Real PostgreSQL 18 and Valkey 9 from their wheels, for a machine where none are configured.

Commands of one data folder share the servers. Who uses them holds a shared lock on `users.lock`, which the kernel
takes back however the user ends; who can get it exclusively is the last one out and stops the servers. A keeper
process waits for that lock too, so that nothing stays behind when every user was killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from config import embedded_servers as engine
from config import environment
from config.data_folder import CHECKOUT, data_folder, make_data_folder
from config.embedded_place import Place, fallback_for, place_for, programs_for, server_identity
from config.roles import APP, OWNER, READER, create_roles, database_name

URLS = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_READER_URL", "BROKER_URL")
COMMANDS_WITHOUT_SERVERS = {
    *("allocate_seats", "help", "--help", "-h", "--version", "version"),
    *("makemessages", "compilemessages", "compile_messages", "check_translations", "collectstatic"),
    *("create_roles", "new_secrets"),
}

_keepers: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class Servers:
    """Addresses of the servers, and the passwords of the database roles and the broker."""

    postgres_port: int
    valkey_port: int
    superuser_password: str
    owner_password: str
    app_password: str
    reader_password: str
    broker_password: str

    def environment(self) -> dict[str, str]:
        """The variables that point every process to these servers."""

        database = database_name(training=environment.flag("HATTAMA_TRAINING"))

        def url(role: str, password: str) -> str:
            return f"postgresql://{role}:{password}@{engine.LOOPBACK}:{self.postgres_port}/{database}"

        return {
            "DATABASE_URL": url(APP, self.app_password),
            "DATABASE_OWNER_URL": url(OWNER, self.owner_password),
            "DATABASE_READER_URL": url(READER, self.reader_password),
            "BROKER_URL": f"redis://:{self.broker_password}@{engine.LOOPBACK}:{self.valkey_port}/0",
        }


def servers_are_configured() -> bool:
    """Whether the environment names any server: then nothing embedded is touched. Production never embeds."""
    return any(environment.is_given(name) for name in URLS) or environment.flag("HATTAMA_PRODUCTION")


@contextlib.contextmanager
def servers_for(argv: Sequence[str]) -> Iterator[None]:
    """Run the body with servers configured: those of the environment, or embedded ones stopped at the end."""
    command = argv[1] if len(argv) > 1 else "help"
    if servers_are_configured() or command in COMMANDS_WITHOUT_SERVERS:
        yield
        return
    with running_servers() as servers:
        os.environ.update(servers.environment())
        yield


@contextlib.contextmanager
def running_servers(folder: Path | None = None) -> Iterator[Servers]:
    """Have PostgreSQL and Valkey running for `folder` during the body; the last user of the folder stops them.

    Raises embedded_place.NoPlace or embedded_servers.ServerFailed with a sentence that says why they cannot run.
    """
    folder = make_data_folder(folder or data_folder())
    with _use(folder):
        with _lock(folder / "start.lock"):
            servers = _ensure(folder)
            _ensure_keeper(folder)
        yield servers


def stop_servers(folder: Path) -> None:
    """Stop what runs for `folder`, also when the folder itself is gone. For who holds its users' lock exclusively."""
    identity = server_identity()
    for place in (Place(folder, identity), Place(fallback_for(folder), identity)):
        engine.stop_valkey(place)
        engine.stop_postgres(place)


@contextlib.contextmanager
def _use(folder: Path) -> Iterator[None]:
    starter = os.getpid()
    with _lock(folder / "users.lock", fcntl.LOCK_SH) as users:
        try:
            yield
        finally:
            if os.getpid() == starter:
                _leave(folder, users)


def _leave(folder: Path, users: int) -> None:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        # Others use the servers, or the keeper was quicker and is stopping them: then this waits for it.
        fcntl.flock(users, fcntl.LOCK_SH)
    else:
        stop_servers(folder)


@contextlib.contextmanager
def _lock(path: Path, kind: int = fcntl.LOCK_EX) -> Iterator[int]:
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, kind)
        yield descriptor
    finally:
        os.close(descriptor)


def _ensure(folder: Path) -> Servers:
    """Start what does not run, and remember ports and passwords. Only under the start lock."""
    identity = server_identity()
    known = _known(folder)
    if known is None:
        _forget_fallback(folder)
    place = place_for(folder, identity)
    programs = programs_for(place)
    servers = known or _new_servers(folder, place)
    running = replace(
        servers,
        postgres_port=engine.ensure_postgres(
            place, programs, password=servers.superuser_password, port=servers.postgres_port
        ),
        valkey_port=engine.ensure_valkey(place, programs, password=servers.broker_password, port=servers.valkey_port),
    )
    _remember(folder, running)
    create_roles(
        engine.superuser_url(running.postgres_port, running.superuser_password),
        owner=running.owner_password,
        app=running.app_password,
        reader=running.reader_password,
        training=environment.flag("HATTAMA_TRAINING"),
        may_create_databases=True,
    )
    return running


def _new_servers(folder: Path, place: Place) -> Servers:
    """Passwords for a cluster about to be made, on disk before it. Refuses a cluster whose passwords are lost."""
    if place.cluster.exists():
        raise engine.ServerFailed(
            f"{place.cluster} holds a database, but its passwords ({_passwords(folder)}) are gone. "
            "Bring that file back, or remove the database to start anew."
        )
    servers = Servers(postgres_port=engine.free_port(), valkey_port=engine.free_port(), **_new_passwords())
    _remember(folder, servers)
    return servers


def _forget_fallback(folder: Path) -> None:
    """A data folder that was emptied starts anew: what stood in for it elsewhere goes with it."""
    identity = server_identity()
    fallback = fallback_for(folder)
    if identity.is_caller or not fallback.is_dir() or fallback.is_symlink():
        return
    stop_servers(folder)
    shutil.rmtree(fallback)


def _passwords(folder: Path) -> Path:
    return folder / "servers.json"


def _known(folder: Path) -> Servers | None:
    """What the last start wrote down. The superuser's password is of the cluster; the others may be made anew."""
    try:
        known = json.loads(_passwords(folder).read_text())
    except FileNotFoundError:
        return None
    return Servers(**{**_new_passwords(), **known})


def _new_passwords() -> dict[str, str]:
    return {field.name: secrets.token_hex(24) for field in fields(Servers) if field.name.endswith("_password")}


def _remember(folder: Path, servers: Servers) -> None:
    """Replace the file whole: a crash leaves the old one or the new one."""
    unfinished = _passwords(folder).with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(servers), file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(_passwords(folder))


def _ensure_keeper(folder: Path) -> None:
    """Start a keeper unless there is one. It gets the locks as open files of its own."""
    keeper = os.open(folder / "keeper.lock", os.O_CREAT | os.O_RDWR, 0o600)
    users = os.open(folder / "users.lock", os.O_RDWR)
    try:
        fcntl.flock(keeper, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _keepers[:] = [earlier for earlier in _keepers if earlier.poll() is None]
        _keepers.append(
            subprocess.Popen(
                [sys.executable, "-m", "config.embedded_keeper", str(folder), str(keeper), str(users)],
                pass_fds=(keeper, users),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                cwd=CHECKOUT,
            )
        )
    except BlockingIOError:
        return  # There is one.
    finally:
        os.close(keeper)
        os.close(users)
