"""What every test stands on: real servers, and the application's own database roles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import hypothesis
import pytest
from django.db import OperationalError, connections
from django.db.backends.signals import connection_created
from django.test import TransactionTestCase
from django.utils import translation
from psycopg.errors import DeadlockDetected

from config import roles

# How long an example takes says more about the machine that day than about the product.
hypothesis.settings.register_profile("hattama", deadline=None)
hypothesis.settings.load_profile("hattama")


def step_down(connection: Any, **_: Any) -> None:
    """Leave the owner's rights: what follows runs with the application's. (Readers sign in as themselves.)"""
    if connection.alias == "default":
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {roles.APP}")


# What migrations wrote.
KEPT = ("django_content_type", "auth_permission", "config_databasemark", "django_migrations")


def _empty_tables(self: TransactionTestCase) -> None:
    """Empty all tables, as owner. Much faster than `flush`, which truncates them one and all."""
    with connections["default"].cursor() as cursor:
        cursor.execute("RESET ROLE")
        _empty(cursor, _emptying())
    step_down(connections["default"])


@cache
def _emptying() -> str:
    """The statements: few rows are deleted much faster than tables are truncated, where triggers may be left out.

    What a web server is still writing is waited for, and goes too.
    """
    connection = connections["default"]
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
        (may_leave_out_triggers,) = cursor.fetchone()
    tables = [f'"{name}"' for name in names if name not in KEPT]
    if not may_leave_out_triggers:
        return f"TRUNCATE {', '.join(tables)} CASCADE"
    deletes = "; ".join(f"DELETE FROM {table}" for table in tables)
    without_triggers = "SET LOCAL session_replication_role = replica"
    return f"BEGIN; LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE; {without_triggers}; {deletes}; COMMIT"


def _empty(cursor: Any, emptying: str, attempts: int = 5) -> None:
    """Empty the tables; a request that a web server has not finished may stand in the way a few times."""
    try:
        cursor.execute(emptying)
    except OperationalError as problem:
        cursor.execute("ROLLBACK")
        if attempts == 1 or not isinstance(problem.__cause__, DeadlockDetected):
            raise
        _empty(cursor, emptying, attempts - 1)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        connections["default"].close()
        connection_created.connect(step_down)
        original: Callable[[Any], None] = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]
        TransactionTestCase._fixture_teardown = _empty_tables  # type: ignore[attr-defined]
    yield
    connections["reader"].close()
    connection_created.disconnect(step_down)
    TransactionTestCase._fixture_teardown = original  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Passwords are hashed to be slow to guess, which tests need not wait for."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin without kept pages, and see every change at once: what one test showed is not of the next."""
    from observers import dataset, recent  # noqa: PLC0415  (needs the applications)
    from observers.pages import changes  # noqa: PLC0415
    from results.public import ground, kept_pages, registry  # noqa: PLC0415

    kept_pages.pages.clear()
    dataset.rows_of.cache_clear()
    changes.sums_of.cache_clear()
    recent.forget()
    monkeypatch.setattr(recent, "SECONDS", -1.0)
    ground.forget_recent()
    registry.forget_kept()
    monkeypatch.setattr(ground, "RECENT_SECONDS", -1.0)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Tests read sentences in English, whichever catalogues are compiled."""
    with translation.override("en"):
        yield
