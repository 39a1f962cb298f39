"""Starts the real servers before Django's settings are read, once for all test workers."""

from __future__ import annotations

import os
from contextlib import ExitStack

import psycopg
import pytest

from config import embedded, roles
from config.data_folder import CHECKOUT
from config.embedded_servers import superuser_url

_servers = ExitStack()


def _use_embedded_servers() -> None:
    if "DATABASE_URL" in os.environ:
        return
    folder = CHECKOUT / ".data" / "tests"
    os.environ["HATTAMA_DATA"] = str(folder)
    servers = _servers.enter_context(embedded.running_servers(folder))
    os.environ.update(servers.environment())
    _hasten(superuser_url(servers.postgres_port, servers.superuser_password))


def _hasten(superuser: str) -> None:
    """What a power failure would lose here is a test's; killed processes lose nothing by it. And the owner may empty
    tables row by row without their triggers (`conftest._empty_tables`), which is faster than truncating them.
    """
    with psycopg.connect(superuser, autocommit=True) as server:
        server.execute("ALTER SYSTEM SET fsync = off")
        server.execute("ALTER SYSTEM SET full_page_writes = off")
        server.execute("ALTER SYSTEM SET autovacuum_naptime = '10s'")
        server.execute(f"GRANT SET ON PARAMETER session_replication_role TO {roles.OWNER}")
        server.execute("SELECT pg_reload_conf()")


def _use_own_broker_database() -> None:
    """Give each test worker a broker database and a cache of its own: no bell rings in another's country."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    broker, _, _ = os.environ["BROKER_URL"].rpartition("/")
    os.environ["BROKER_URL"] = f"{broker}/{2 + 2 * int(worker.removeprefix('gw'))}"


_use_embedded_servers()
_use_own_broker_database()
# Tests create their database as its owner, then step down to the application's role (see conftest.py).
os.environ.setdefault("HATTAMA_TEST_APP_URL", os.environ["DATABASE_URL"])
os.environ["DATABASE_URL"] = os.environ["DATABASE_OWNER_URL"]


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        _servers.close()
