"""A training system opens no real database, and a real system no training database: whatever address it is given.

The mark stands in the database (`DatabaseMark`) since it was prepared. Every process holds it against its own setting
on the first connection it makes to each database, and as soon as it starts where the database answers.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

OWNER_ALIAS = "owner"

_held: set[tuple[str, str]] = set()


class WrongDatabase(ImproperlyConfigured):
    """The database is for the other kind of system, or for none yet. The sentence says what to do."""

    @classmethod
    def of_an_election(cls, name: str) -> WrongDatabase:
        return cls(
            f"The database {name} is a real election's, and this is a training system (HATTAMA_TRAINING=1). "
            "Give it a database of its own, or start it without HATTAMA_TRAINING."
        )

    @classmethod
    def of_training(cls, name: str) -> WrongDatabase:
        return cls(
            f"The database {name} holds practice, and this is a real system. "
            "Give it the real database, or start it with HATTAMA_TRAINING=1."
        )

    @classmethod
    def not_prepared(cls, name: str) -> WrongDatabase:
        return cls(
            f"The database {name} is not prepared: nothing says yet that it is for practice. "
            "Run `manage.py migrate` (or `prepare_database`) with HATTAMA_TRAINING=1 first."
        )


def require_own_database(connection: BaseDatabaseWrapper) -> None:
    """Raise WrongDatabase when the database behind this open connection is marked for the other kind of system.

    A real system also opens a database without a mark: it is new, or older than marks. A training system opens one only
    as its owner, who prepares it, and only while no log is in it.
    """
    name = str(connection.settings_dict["NAME"])
    marked = _marked_for_training(connection)
    if marked is None and settings.TRAINING:
        if holds_a_log(connection):
            raise WrongDatabase.of_an_election(name)
        if connection.alias != OWNER_ALIAS:
            raise WrongDatabase.not_prepared(name)
    elif marked and not settings.TRAINING:
        raise WrongDatabase.of_training(name)
    elif marked is False and settings.TRAINING:
        raise WrongDatabase.of_an_election(name)


def holds_a_log(connection: BaseDatabaseWrapper) -> bool:
    """Whether anything was ever recorded in this database."""
    return _table_is_there(connection, "audit_event") and _first(connection, "SELECT EXISTS (SELECT FROM audit_event)")


def watch() -> None:
    """Hold every database that this process connects to against its setting, before anything is asked of it."""
    connection_created.connect(_on_first_connection, dispatch_uid="config.mark")


def look_at_once() -> None:
    """Look at the database now, so that a process given the wrong one does not start. One that is away is looked at
    when it comes back. Raises WrongDatabase."""
    connection = connections.create_connection("default")
    options = {name: value for name, value in connection.settings_dict["OPTIONS"].items() if name != "pool"}
    connection.settings_dict = {**connection.settings_dict, "OPTIONS": options}
    try:
        connection.ensure_connection()
    except OperationalError:
        return
    finally:
        connection.close()


def _on_first_connection(sender: Any, connection: BaseDatabaseWrapper, **_: Any) -> None:  # noqa: ARG001 (Django's)
    key = (connection.alias, str(connection.settings_dict["NAME"]))
    # Connections of another alias serve to make and drop test databases.
    if key in _held or connection.alias not in settings.DATABASES:
        return
    try:
        require_own_database(connection)
    except WrongDatabase:
        # Left open, it would be taken for one that was looked at.
        connection.close()
        raise
    _held.add(key)


def _marked_for_training(connection: BaseDatabaseWrapper) -> bool | None:
    """What the mark says; None without one."""
    if not _table_is_there(connection, "config_databasemark"):
        return None
    marked: bool | None = _first(connection, "SELECT training FROM config_databasemark")
    return marked


def _table_is_there(connection: BaseDatabaseWrapper, table: str) -> bool:
    return bool(_first(connection, f"SELECT to_regclass('{table}') IS NOT NULL"))


def _first(connection: BaseDatabaseWrapper, statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
    return row[0] if row else None
