"""A night in a database of its own, whose owner has thrown off every guard."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.utils import timezone
from psycopg import sql

from aggregation.services import rebuild_tallies, settle
from audit.log_folder import LogFolder
from audit.services import seal
from audit.signer import Signer, create_key
from results.publication.services import publish_bulletin
from results.verification.verdict import Verdict
from results.verification.verify import verify
from stations.models import Election
from tests import conftest, scene
from tests.packages import plurality_figures, valid_figures

ORIGIN = "hattama.test/log"

_WITHOUT_GUARDS = """
    DO $$
    DECLARE found record;
    BEGIN
        FOR found IN SELECT conrelid::regclass AS relation, conname FROM pg_constraint
                     WHERE connamespace = 'public'::regnamespace AND contype IN ('f', 'c', 'u') LOOP
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', found.relation, found.conname);
        END LOOP;
        FOR found IN SELECT DISTINCT tgrelid::regclass AS relation FROM pg_trigger WHERE NOT tgisinternal LOOP
            EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', found.relation);
        END LOOP;
    END $$
"""

_KEEP = """
    CREATE SCHEMA kept;
    DO $$
    DECLARE name text;
    BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
            EXECUTE format('CREATE TABLE kept.%1$I AS TABLE public.%1$I', name);
        END LOOP;
    END $$
"""
_RESTORE = """
    DO $$
    DECLARE name text;
    BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'kept' LOOP
            EXECUTE format('DELETE FROM public.%1$I', name);
            EXECUTE format('INSERT INTO public.%1$I OVERRIDING SYSTEM VALUE TABLE kept.%1$I', name);
        END LOOP;
    END $$
"""


@dataclass(frozen=True)
class Night:
    """A database and a published log that belong together."""

    database: str
    log_dir: Path

    def tamper(self, *statements: str) -> int:
        """Run statements as the database's owner; return how many rows they touched."""
        with _connect(self.database) as connection:
            return sum(connection.execute(statement).rowcount for statement in statements)

    def verify(self, **options: Any) -> Verdict:
        return verify(**{"log_dir": self.log_dir, **options})


@pytest.fixture(scope="session")
def whole_night(
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Night]:
    """Everything that can happen to a protocol, rolled up, sealed and published, in a database without guards."""
    connection = connections["default"]
    original = connection.settings_dict["NAME"]
    folder = tmp_path_factory.mktemp("night")
    with django_db_blocker.unblock():
        night = Night(f"{original}_night", folder / "log")
        try:
            live_through(folder)
            connections.close_all()
            _make_copy(original, night.database)
        finally:
            conftest._empty_tables(None)  # type: ignore[arg-type]
    night.tamper(_WITHOUT_GUARDS, *_KEEP.split(";", 1))
    yield night
    _drop(night.database)


@pytest.fixture
def night(whole_night: Night, django_db_blocker: Any, tmp_path: Path) -> Iterator[Night]:
    """The whole night, to be tampered with; every row is put back afterwards, the folder is a copy."""
    connection = connections["default"]
    original = connection.settings_dict["NAME"]
    shutil.copytree(whole_night.log_dir, tmp_path / "log")
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict["NAME"] = whole_night.database
        yield Night(whole_night.database, tmp_path / "log")
        connection.close()
        connection.settings_dict["NAME"] = original
    whole_night.tamper(_RESTORE)


def live_through(folder: Path) -> Election:
    """Accept, hold, accept held, return, enter again, correct and annul; seal twice; publish a bulletin between."""
    election = scene.load(folder / "package", regions=2, districts=2, stations=2)
    rebuild_tallies()
    for station in ("r1-d1-s1", "r1-d1-s2", "r1-d2-s1", "r2-d1-s1"):
        scene.submit(station)
        scene.submit(station, "okrug", plurality_figures())
    scene.submit("r2-d1-s2", figures=valid_figures(invalid=100, unused=400), explanations={"W304": "damp ink"})
    scene.hold("r1-d2-s2")
    scene.hold("r2-d2-s1")
    scene.decide("correct", "r1-d1-s1", figures=valid_figures({"a": 200, "b": 150, "c": 60, "against_all": 20}))
    settle()
    publish_log(folder)
    publish_bulletin(election=election, by=scene.person("cec"), now=scene.NOW)
    scene.decide("accept", "r1-d2-s2")
    scene.decide("return", "r2-d2-s1")
    scene.submit("r2-d2-s1")
    scene.decide("annul", "r1-d1-s2")
    scene.hold("r2-d2-s2")
    settle()
    publish_log(folder)
    return election


def publish_log(folder: Path) -> None:
    """Seal what has been recorded into `log` in this folder."""
    create_key(folder / "key" / "key")
    seal(now=timezone.now(), log_folder=LogFolder(folder / "log"), signer=Signer(folder / "key" / "key", ORIGIN))


def _make_copy(original: str, name: str) -> None:
    with _connect("postgres") as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        # A database that somebody is connected to cannot be copied, and an earlier test's thread may still be.
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = %s AND usename = current_user",
            [original],
        )
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(original)))


def _drop(name: str) -> None:
    with _connect("postgres") as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _connect(database: str) -> psycopg.Connection[tuple[Any, ...]]:
    settings = connections["default"].settings_dict
    return psycopg.connect(
        host=settings["HOST"], port=settings["PORT"], user=settings["USER"], password=settings["PASSWORD"],
        dbname=database, autocommit=True,
    )  # fmt: skip
