"""The database refuses, whatever the code does: attacks in raw SQL, one by one, from each role."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.db.utils import IntegrityError, ProgrammingError

from audit import services
from audit.log_folder import LogFolder
from audit.models import LogIndex, UnsealedEvent
from audit.signer import Signer
from config.roles import APP, OWNER, READER
from tests.audit.conftest import NIGHT, event

pytestmark = pytest.mark.django_db(transaction=True)

RECORDED = ("audit_event", "audit_logindex", "audit_checkpoint")
CHANGES = {
    "audit_event": "UPDATE audit_event SET kind = 'other'",
    "audit_logindex": "UPDATE audit_logindex SET leaf_hash = ''",
    "audit_checkpoint": "UPDATE audit_checkpoint SET note = ''",
}


@pytest.fixture(autouse=True)
def a_sealed_log(log_folder: LogFolder, signer: Signer, record: Callable[[int], list[int]]) -> None:
    record(3)
    services.seal(now=NIGHT, log_folder=log_folder, signer=signer)
    record(2)


@pytest.fixture
def as_role() -> Iterator[Callable[[str, str], None]]:
    def execute(role: str, statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {role}")
            cursor.execute(statement)

    yield execute
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {APP}")


AsRole = Callable[[str, str], None]


@pytest.mark.parametrize("role", [APP, READER])
@pytest.mark.parametrize("table", RECORDED)
@pytest.mark.parametrize("attack", ["change", "delete", "truncate"])
def test_no_role_that_serves_may_change_what_is_recorded(as_role: AsRole, role: str, table: str, attack: str) -> None:
    statement = {"change": CHANGES[table], "delete": f"DELETE FROM {table}", "truncate": f"TRUNCATE {table} CASCADE"}
    with pytest.raises(ProgrammingError, match="permission denied"):
        as_role(role, statement[attack])


@pytest.mark.parametrize("table", RECORDED)
@pytest.mark.parametrize("attack", ["change", "delete"])
def test_the_owner_cannot_change_what_is_recorded_by_accident(as_role: AsRole, table: str, attack: str) -> None:
    with pytest.raises(IntegrityError, match="the log only grows"):
        as_role(OWNER, CHANGES[table] if attack == "change" else f"DELETE FROM {table}")


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_event_immutable ON audit_event",
        "DROP TABLE audit_logindex",
        "CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "INSERT INTO audit_unsealedevent SELECT id FROM audit_event",
        "UPDATE audit_unsealedevent SET event_id = event_id + 1000",
        "TRUNCATE audit_unsealedevent",
        "DELETE FROM audit_disclosure",
        "SET session_replication_role = replica",
    ],
)
def test_the_application_cannot_remove_the_guards(statement: str) -> None:
    with signed_in_as_the_application() as itself, pytest.raises(psycopg.errors.InsufficientPrivilege):
        itself.execute(statement)


@contextmanager
def signed_in_as_the_application() -> Iterator[psycopg.Connection]:
    """A connection of the application's own, as it serves: the tests' connection belongs to the owner."""
    url = urlsplit(os.environ["HATTAMA_TEST_APP_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    with psycopg.connect(url.geturl()) as itself:
        yield itself
        itself.rollback()


@pytest.mark.parametrize(
    "indexes", ["(5)", "(4)", "(-1)", "(3), (5)"], ids=["hole", "hole of one", "negative", "hole within"]
)
def test_an_index_that_leaves_a_hole_is_refused(as_role: AsRole, indexes: str) -> None:
    with pytest.raises(IntegrityError, match="no holes"):
        as_role(
            APP,
            f"""
            WITH waiting AS (SELECT array_agg(event_id ORDER BY event_id) AS ids FROM audit_unsealedevent)
            INSERT INTO audit_logindex (index, event_id, leaf_hash)
            SELECT given.index, waiting.ids[row_number() OVER ()], ''
            FROM waiting, (VALUES {indexes}) AS given (index)
            """,
        )


def test_an_event_cannot_leave_the_queue_without_its_index(as_role: AsRole) -> None:
    with pytest.raises(IntegrityError, match="leaves the queue with its index only"):
        as_role(APP, "DELETE FROM audit_unsealedevent")
    assert UnsealedEvent.objects.count() == 2


def test_an_event_has_one_index(as_role: AsRole) -> None:
    with pytest.raises(IntegrityError, match="event_id"):
        as_role(
            APP,
            """
            INSERT INTO audit_logindex (index, event_id, leaf_hash)
            SELECT 3, event_id, '' FROM audit_logindex WHERE index = 0
            """,
        )
    assert LogIndex.objects.count() == 3


@pytest.mark.parametrize("size", [0, 2, 3, 5])
def test_a_checkpoint_that_does_not_extend_the_last_or_exceeds_the_log_is_refused(as_role: AsRole, size: int) -> None:
    with pytest.raises(IntegrityError, match="covers more entries"):
        as_role(APP, f"INSERT INTO audit_checkpoint (size, root, note, signed_at) VALUES ({size}, '', '', now())")


def test_a_temporary_table_of_the_same_name_does_not_catch_the_queue(as_role: AsRole) -> None:
    as_role(APP, "CREATE TEMPORARY TABLE audit_unsealedevent (event_id bigint)")
    try:
        with transaction.atomic():
            event_id = services.record_events([event(1)])[0]
    finally:
        as_role(APP, "DROP TABLE pg_temp.audit_unsealedevent")
    assert UnsealedEvent.objects.filter(event_id=event_id).exists()


@pytest.mark.parametrize("table", [*RECORDED, "audit_unsealedevent", "audit_disclosure"])
def test_readers_read_the_log_and_write_nothing(as_role: AsRole, table: str) -> None:
    as_role(READER, f"SELECT * FROM {table}")
    with pytest.raises(DatabaseError, match="permission denied"):
        as_role(READER, f"INSERT INTO {table} DEFAULT VALUES")
