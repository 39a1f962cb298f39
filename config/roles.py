"""The three database roles. Made before the first migration; migrations only grant."""

from __future__ import annotations

import psycopg
from psycopg import sql

OWNER = "hattama_owner"
APP = "hattama_app"
READER = "hattama_reader"
DATABASE = "hattama"
TRAINING_DATABASE = "hattama_training"


class SharedCluster(Exception):
    """A real and a training database would share a cluster, and with it their roles and passwords."""


def database_name(*, training: bool) -> str:
    """The database of a real or of a training system."""
    return TRAINING_DATABASE if training else DATABASE


def create_roles(
    superuser_url: str,
    *,
    owner: str,
    app: str,
    reader: str,
    training: bool = False,
    may_create_databases: bool = False,
) -> None:
    """Create or update the owner, application and reader roles with these passwords, and the database.

    Running it again changes nothing but the passwords. `may_create_databases` lets the owner make test databases.
    Raises SharedCluster, before anything is done: roles belong to a whole cluster, so practice needs one of its own.
    """
    database, other = database_name(training=training), database_name(training=not training)
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (other,)).fetchone():
            raise SharedCluster(other)
        existing = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role, password in ((OWNER, owner), (APP, app), (READER, reader)):
            verb = "ALTER" if role in existing else "CREATE"
            connection.execute(
                sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS PASSWORD {}").format(
                    sql.SQL(verb), sql.Identifier(role), sql.Literal(password)
                )
            )
        connection.execute(
            sql.SQL("ALTER ROLE {} {}").format(
                sql.Identifier(OWNER), sql.SQL("CREATEDB" if may_create_databases else "NOCREATEDB")
            )
        )
        connection.execute(
            sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(sql.Identifier(READER))
        )
        if may_create_databases:
            # Tests connect as the owner and step down to the role under test.
            connection.execute(
                sql.SQL("GRANT {}, {} TO {} WITH INHERIT FALSE, SET TRUE").format(
                    sql.Identifier(APP), sql.Identifier(READER), sql.Identifier(OWNER)
                )
            )
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(OWNER))
            )
