"""What every test stands on: real servers, and the application's own database roles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
KEPT = ("django_content_type", "auth_permission", "config_databasemark")


def _empty_tables(self: TransactionTestCase) -> None:
    """Empty the tables that hold rows, as owner. Faster than `flush`, which truncates every table."""
    connection = connections["default"]
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        tables = [name for name in connection.introspection.table_names() if name != "django_migrations"]
        holds_rows = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in tables)
        cursor.execute(holds_rows)
        filled = [row[0] for row in cursor.fetchall() if row[0] not in KEPT]
        if filled:
            _truncate(cursor, filled)
    step_down(connection)


def _truncate(cursor: Any, tables: list[str], attempts: int = 5) -> None:
    """Empty these tables; a request that a web server has not finished may stand in the way a few times."""
    try:
        cursor.execute("TRUNCATE " + ", ".join(f'"{name}"' for name in tables) + " CASCADE")
    except OperationalError as problem:
        if attempts == 1 or not isinstance(problem.__cause__, DeadlockDetected):
            raise
        _truncate(cursor, tables, attempts - 1)


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
