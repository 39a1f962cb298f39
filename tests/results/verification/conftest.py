"""A night in a database of its own, whose owner has thrown off every guard."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
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
from results.publication.pausing import pause_publication, resume_publication, schedule_bulletins
from results.publication.services import publish_bulletin
from results.verification.verdict import Verdict
from results.verification.verify import verify
from stations.domain.check_sets import LANGUAGES
from stations.models import Election, Form
from stations.selectors import check_sets_of
from tallies.domain.complaints import Ending, Remedy
from tallies.models import Query, QueryClosing
from tallies.services.adopt_checks import adopt_checks
from tallies.services.close_query import close_query
from tallies.services.complaints import Answer, answer_complaint
from tallies.services.patterns import look_for_patterns
from tallies.services.photographs import attach_photograph, withdraw_photograph
from tallies.services.propose_checks import propose_checks
from tests import conftest, scene
from tests.packages import plurality_figures, valid_figures
from tests.results import evening
from tests.tallies.photographs import pictures

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
    with django_db_blocker.unblock():
        yield from _lived("night", live_through, tmp_path_factory.mktemp("night"))


@pytest.fixture(scope="session")
def whole_certification(
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Night]:
    """A country whose results are established, withdrawn and established again, in a database without guards."""
    with django_db_blocker.unblock():
        yield from _lived("certified", establish_and_withdraw, tmp_path_factory.mktemp("certified"))


def _lived(name: str, live: Callable[[Path], Election], folder: Path) -> Iterator[Night]:
    original = connections["default"].settings_dict["NAME"]
    # Two packages of tests may have such a country each, in one process.
    night = Night(f"{original}_{name}_{folder.name}", folder / "log")
    try:
        live(folder)
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
    with django_db_blocker.unblock():
        yield from _to_be_tampered_with(whole_night, tmp_path)


@pytest.fixture
def certified(whole_certification: Night, django_db_blocker: Any, tmp_path: Path) -> Iterator[Night]:
    """The same of the country whose results are established."""
    with django_db_blocker.unblock():
        yield from _to_be_tampered_with(whole_certification, tmp_path)


def _to_be_tampered_with(whole: Night, folder: Path) -> Iterator[Night]:
    connection = connections["default"]
    original = connection.settings_dict["NAME"]
    shutil.copytree(whole.log_dir, folder / "log")
    connection.close()
    connection.settings_dict["NAME"] = whole.database
    yield Night(whole.database, folder / "log")
    connection.close()
    connection.settings_dict["NAME"] = original
    whole.tamper(_RESTORE)


def live_through(folder: Path) -> Election:
    """Let every step be taken that a protocol can take; seal twice; publish a bulletin between."""
    election = scene.load(folder / "package", regions=2, districts=2, stations=2)
    rebuild_tallies()
    _change_checks()
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
    scene.decide("recount", "r2-d1-s1", "okrug", figures=plurality_figures(unused=499))
    first, second = scene.person("district"), scene.person("district-2")
    for person in (first, second):
        scene.submit_on_behalf("r1-d2-s2", "okrug", plurality_figures(), by=person)
    scene.submit_on_behalf("r2-d1-s2", "okrug", plurality_figures(unused=499), by=first)
    scene.submit_on_behalf("r2-d1-s2", "okrug", plurality_figures(unused=498), by=second)
    scene.choose(0, "r2-d1-s2", "okrug")
    scene.decide("annul", "r1-d2-s1", "okrug")
    scene.decide("repeat", "r1-d2-s1", "okrug")
    settle()
    look_for_patterns(now=scene.NOW)
    _beside_protocols(folder)
    settle()
    publish_log(folder)
    return election


def _beside_protocols(folder: Path) -> None:
    """Let happen what moves no protocol: turnout, complaints, photographs, an answered query, an ended appointment."""
    scene.report_turnout("r1-d1-s1", "10:00", 300)
    scene.report_turnout("r1-d1-s1", "12:00", 420)
    complaint = scene.complain("r2-d1-s1", figures={"votes:a": 239})
    file = pictures.written(folder, pictures.jpeg())
    scene.complain("r1-d2-s1", photographs=[file])
    acting: dict[str, Any] = {"by": scene.person("district"), "role": "district", "now": scene.NOW}
    answer = Answer(Ending.REJECTED, Remedy.NOTHING, "the paper says 240")
    answer_complaint(owed=scene.owed("r2-d1-s1"), complaint=complaint, answer=answer, **acting)
    first, _second = (
        attach_photograph(owed=scene.owed(code), file=file, **acting) for code in ("r1-d2-s1", "r2-d1-s1")
    )
    withdraw_photograph(owed=scene.owed("r1-d2-s1"), photograph_id=first.pk, reason="another paper", **acting)
    query = Query.objects.order_by("pk")[0]
    close_query(query=query, answer=QueryClosing.Answer.COMPARED, reason="compared", **acting)


def establish_and_withdraw(folder: Path) -> Election:
    """Establish everything, let a recount withdraw what lies above it, and establish that again."""
    election = scene.load(folder / "package", regions=2, districts=1, stations=2, contests=("list",))
    evening.everybody_sends(("list",))
    scene.decide("annul", "r1-d1-s2")
    settle()
    publish_log(folder)
    evening.certify(election, "list", "r1-d1", opinion="I counted otherwise", now=scene.NOW)
    evening.certify_everything(election)
    figures = valid_figures({"a": 200, "b": 151, "c": 60, "against_all": 20})
    scene.decide("recount", "r1-d1-s1", figures=figures)
    settle()
    publish_log(folder)
    evening.certify_everything(election)
    cec: dict[str, Any] = {"election": election, "by": scene.person("cec"), "now": scene.NOW}
    pause_publication(reason="figures are compared", **cec)
    resume_publication(**cec)
    schedule_bulletins(every_minutes=15, **cec)
    publish_log(folder)
    return election


def _change_checks() -> None:
    """Let everything be held against a second set of checks, with the package's rules and another law for one."""
    form = Form.objects.select_related("election").get()
    before: dict[str, Any] = {"form": form, "role": "cec", "now": scene.NOW - timedelta(minutes=1)}
    checks = list(check_sets_of(form.pk, at=scene.NOW)[0].checks)
    reworded = [replace(checks[0], laws=dict.fromkeys(LANGUAGES, "§ 43-1")), *checks[1:]]
    propose_checks(checks=reworded, in_force_from=None, reason="a new law", by=scene.person("cec"), **before)
    adopt_checks(number=2, by=scene.person("cec2"), **before)


def publish_log(folder: Path) -> None:
    """Seal what has been recorded into `log` in this folder."""
    create_key(folder / "key" / "key")
    seal(now=timezone.now(), log_folder=LogFolder(folder / "log"), signer=Signer(folder / "key" / "key", ORIGIN))


def _make_copy(original: str, name: str) -> None:
    with _connect("postgres") as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        _free(connection, original)
        for role in ("HATTAMA_TEST_APP_URL", "DATABASE_READER_URL"):
            with psycopg.connect(os.environ[role], autocommit=True) as other:
                _free(other, original)
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(original)))


def _free(connection: psycopg.Connection[Any], name: str) -> None:
    """End this role's sessions on a database: one that somebody is connected to cannot be copied.

    An earlier test's thread may still be, and so may the browser tests' web server.
    """
    connection.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = %s AND usename = current_user AND pid <> pg_backend_pid()",
        [name],
    )


def _drop(name: str) -> None:
    with _connect("postgres") as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _connect(database: str) -> psycopg.Connection[tuple[Any, ...]]:
    settings = connections["default"].settings_dict
    return psycopg.connect(
        host=settings["HOST"], port=settings["PORT"], user=settings["USER"], password=settings["PASSWORD"],
        dbname=database, autocommit=True,
    )  # fmt: skip
