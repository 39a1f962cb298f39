"""The database refuses, whatever the code does: attacks in raw SQL, one by one, from each role and from the owner."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.utils import IntegrityError, ProgrammingError

from config.roles import APP, OWNER, READER
from tests import scene

pytestmark = pytest.mark.django_db(transaction=True)

CHANGED_BY_NOBODY = {
    "tallies_protocolversion": "figures = '{}'",
    "tallies_entry": "figures = '{}'",
    "tallies_standingchange": "state = 'annulled'",
}
NOT_TO_BE_REMOVED = (*CHANGED_BY_NOBODY, "tallies_standing", "tallies_explanation", "aggregation_tally")


@pytest.fixture(autouse=True)
def night(transactional_db: None, tmp_path: Path) -> None:
    scene.load(tmp_path / "package")
    scene.submit()
    scene.hold("r1-d1-s2")


def attack(role: str, statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")
        cursor.execute(statement)


@pytest.mark.parametrize("role", [APP, READER])
@pytest.mark.parametrize("table", CHANGED_BY_NOBODY)
def test_no_role_that_serves_changes_what_a_station_said(role: str, table: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        attack(role, f"UPDATE {table} SET {CHANGED_BY_NOBODY[table]}")


@pytest.mark.parametrize("role", [APP, READER])
@pytest.mark.parametrize("table", NOT_TO_BE_REMOVED)
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_no_role_that_serves_removes_anything(role: str, table: str, verb: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        attack(role, verb.format(table))


@pytest.mark.parametrize("table", CHANGED_BY_NOBODY)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {}", "DELETE FROM {}"])
def test_the_owner_does_not_change_them_by_accident_either(table: str, statement: str) -> None:
    with pytest.raises(DatabaseError, match="never changed or deleted"):
        attack(OWNER, statement.format(table, CHANGED_BY_NOBODY[table]))


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE tallies_protocolversion DISABLE TRIGGER ALL",
        "DROP TRIGGER never_changed ON tallies_protocolversion",
        "DROP TABLE tallies_protocolversion CASCADE",
        "ALTER TABLE tallies_protocolversion OWNER TO hattama_app",
        "GRANT UPDATE ON tallies_protocolversion TO hattama_app",
        "CREATE OR REPLACE FUNCTION tallies_refuse_change() RETURNS trigger LANGUAGE plpgsql "
        "AS 'BEGIN RETURN NEW; END'",
        "SET session_replication_role = replica",
        "SET ROLE postgres",
    ],
)
def test_the_application_cannot_take_the_guards_away(statement: str) -> None:
    before = "SELECT has_table_privilege('hattama_app', 'tallies_protocolversion', 'UPDATE')"
    with suppress(DatabaseError):
        attack(APP, statement)
    with connection.cursor() as cursor:
        cursor.execute(before)
        assert cursor.fetchone() == (False,)
    with pytest.raises(DatabaseError, match="never changed or deleted"):
        attack(OWNER, "DELETE FROM tallies_protocolversion")


def test_a_protocol_that_no_station_owes_cannot_be_written() -> None:
    with pytest.raises(IntegrityError, match="belongs_to_a_ballot"):
        attack(
            APP,
            "INSERT INTO tallies_standing (contest_id, station_id, area_id, state, changed_at) "
            "SELECT contest_id, -1, area_id, state, changed_at FROM tallies_standing LIMIT 1",
        )


def test_a_version_number_is_given_once() -> None:
    with pytest.raises(IntegrityError, match="version_numbers_are_unique"):
        attack(
            APP,
            "INSERT INTO tallies_protocolversion (contest_id, station_id, number, origin, figures, findings, salt, at) "
            "SELECT contest_id, station_id, number, origin, figures, findings, salt, at FROM tallies_protocolversion",
        )


@pytest.mark.parametrize("table", ["tallies_entry", "tallies_openentry", "accounts_user", "accounts_apitoken"])
def test_readers_do_not_see_what_is_not_theirs(table: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        attack(READER, f"SELECT * FROM {table}")


def test_readers_do_not_see_the_salts_of_words() -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        attack(READER, "SELECT salt FROM tallies_explanation")
