"""The database roles: what each may do before any room has granted anything."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import psycopg
import pytest
from django.core.management import CommandError, call_command


def connect(name: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(os.environ[name], autocommit=True)


@pytest.mark.parametrize("name", ["HATTAMA_TEST_APP_URL", "DATABASE_READER_URL"])
@pytest.mark.parametrize(
    "attack",
    [
        "CREATE TABLE mine (id int)",
        "CREATE ROLE mine",
        "CREATE DATABASE mine",
        "SET ROLE hattama_owner",
        "SET ROLE postgres",
        "ALTER ROLE hattama_reader SET default_transaction_read_only = off; CREATE TABLE mine (id int)",
        "COPY (SELECT 1) TO PROGRAM 'true'",
    ],
)
def test_serving_roles_can_make_nothing_and_become_nobody(name: str, attack: str) -> None:
    with (
        connect(name) as connection,
        pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)),
    ):
        connection.execute(attack)


def test_the_reader_reads_only() -> None:
    with connect("DATABASE_READER_URL") as connection:
        assert connection.execute("SHOW default_transaction_read_only").fetchone() == ("on",)


def test_no_role_is_a_superuser() -> None:
    with connect("DATABASE_READER_URL") as connection:
        found = connection.execute(
            "SELECT rolname, rolsuper, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname LIKE 'hattama_%'"
        ).fetchall()
    assert sorted(found) == [(f"hattama_{name}", False, False, False) for name in ("app", "owner", "reader")]


def test_create_roles_names_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_SUPERUSER_URL", raising=False)
    with pytest.raises(CommandError, match="DATABASE_SUPERUSER_URL"):
        call_command("create_roles")


def test_the_roles_of_the_urls_are_the_roles_of_the_database() -> None:
    assert urlsplit(os.environ["HATTAMA_TEST_APP_URL"]).username == "hattama_app"
    assert urlsplit(os.environ["DATABASE_READER_URL"]).username == "hattama_reader"
