"""A training system and a real one: neither opens the other's database, and practice says everywhere what it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections
from django.test import Client
from django.utils import timezone
from psycopg import sql

from accounts.domain.roles import Role
from config import environment, mark, practice
from config.backup import BackupRefused, back_up, restore
from config.data_folder import CHECKOUT, data_folder
from config.management.commands.new_secrets import new_secrets
from config.models import DatabaseMark
from config.roles import TRAINING_DATABASE, SharedCluster, create_roles, database_name
from tests import packages
from tests.tallies.night import form_data, small_night

# Each of these starts processes of its own, one after the other.
pytestmark = pytest.mark.timeout(300)

PASSWORD = "a-word-for-practice-2026"
# A commission's morning, in one process: load, enter, publish, begin again, enter once more.
MORNING = """
import json, sys
from io import StringIO
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from accounts.models import Appointment
from stations.models import Election
from tallies.models import Standing

def command(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue().strip()

def enter():
    client = Client(SERVER_NAME="127.0.0.1")
    client.post("/en/account/login/", {"login": "anna", "password": password})
    return client, client.post("/en/station/r1-d1-s1/list/", json.loads(form)).status_code

package, roster, password, form = sys.argv[1:]
command("load_training", package, "--officers", roster)
client, sent = enter()
pages = {path: client.get(path) for path in ("/", "/kk/station/", "/ru/station/r1-d1-s1/okrug/", "/en/results/list/")}
result = client.get("/api/v1/results/list/kz/")
standing = Standing.objects.count()
command("publish_log", "--once")
origin = (settings.LOG_DIR / "checkpoint").read_text().splitlines()[0]
key = command("log_vkey")
command("reset_training")
left = [Standing.objects.count(), Election.objects.count(), Appointment.objects.count()]
command("publish_log", "--once")
print(json.dumps({
    "cookies": sorted(client.cookies), "sent": [sent, enter()[1]], "standing": standing, "left": left,
    "origin": origin, "new_key": command("log_vkey") != key, "result": result.json(), "folder": str(settings.LOG_DIR),
    "pages": {path: [answer.status_code, answer.headers.get("Hattama-Training"), answer.content.decode()]
              for path, answer in pages.items()},
}))
"""


class System:
    """Processes of a training system on a database of the tests' servers."""

    def __init__(self, folder: Path) -> None:
        self.name = f"{connections['default'].settings_dict['NAME']}_training"
        self.folder = folder
        self.environment = {
            **os.environ,
            "HATTAMA_TRAINING": "1",
            "HATTAMA_TRAINING_PASSWORD": PASSWORD,
            "HATTAMA_DATA": str(folder),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            **self.addresses(self.name),
        }

    @staticmethod
    def addresses(database: str) -> dict[str, str]:
        given = {"DATABASE_URL": "HATTAMA_TEST_APP_URL"} | {
            name: name for name in ("DATABASE_OWNER_URL", "DATABASE_READER_URL")
        }
        return {name: os.environ[source].rpartition("/")[0] + f"/{database}" for name, source in given.items()}

    def run(self, *arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=CHECKOUT, env={**self.environment, **changed}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def manage(self, *arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
        return self.run("manage.py", *arguments, **changed)


@pytest.fixture(scope="module")
def training(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A training system with a database prepared for it, and nothing in it."""
    system = System(tmp_path_factory.mktemp("training"))
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(system.name)))
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(system.name)))
        unprepared = system.manage("verify")
        migrated = system.manage("migrate", "--verbosity", "0")
        assert (unprepared.returncode, "is not prepared" in unprepared.stderr) == (1, True), unprepared
        assert migrated.returncode == 0, migrated.stderr
        yield system
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(system.name)))


def test_practice_is_entered_at_any_hour_marked_on_every_page_and_begins_again(training: System) -> None:
    roster = training.folder / "officers.csv"
    roster.write_text("username,role,station\nanna,officer,r1-d1-s1\nberik,chair,r1-d1-s1\n")
    package = packages.write_package(training.folder / "package", date="2099-03-19", live_public=True)
    form = json.dumps(form_data(packages.valid_figures()))
    done = training.run("-c", MORNING, str(package), str(roster), PASSWORD, form)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert (seen["sent"], seen["standing"]) == ([302, 302], 1)
    for path, (status, header, page) in seen["pages"].items():
        assert (status, header) == (200, "1"), path
        for word in ("Жаттығу", "Тренировка", "Training", "css/training.css"):
            assert word in page, path
    assert seen["result"]["training"] is True
    assert "training_sessionid" in seen["cookies"]
    assert "sessionid" not in seen["cookies"]
    assert seen["origin"] == "hattama.local/log/training"
    assert seen["folder"] == str(training.folder / "training" / "log")
    assert seen["left"] == [0, 1, 2], "no protocol; the same election; the same people appointed"
    assert seen["new_key"]


@pytest.mark.parametrize("arguments", [["manage.py", "publish_log", "--once"], ["-c", "import config.wsgi"]])
def test_a_real_system_does_not_start_on_a_training_database(training: System, arguments: list[str]) -> None:
    started = training.run(*arguments, HATTAMA_TRAINING="0", HATTAMA_TRAINING_PASSWORD="")
    assert started.returncode == 1
    assert "holds practice, and this is a real system" in started.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["manage.py", "migrate"],
        ["-m", "celery", "--app", "config.celery", "worker", "--concurrency", "1"],
    ],
)
def test_a_training_system_does_not_start_on_a_real_database(training: System, arguments: list[str]) -> None:
    real = training.addresses(str(connections["default"].settings_dict["NAME"]))
    started = training.run(*arguments, **real)
    assert started.returncode == 1
    assert "is a real election's, and this is a training system" in started.stderr


@pytest.mark.django_db
def test_only_a_training_system_is_reset_or_loaded_for_practice(tmp_path: Path) -> None:
    package = packages.write_package(tmp_path / "package")
    with pytest.raises(CommandError, match="real system"):
        call_command("reset_training")
    with pytest.raises(CommandError, match="not a training system"):
        call_command("load_training", package)


@pytest.mark.django_db
def test_the_setting_alone_does_not_make_a_real_database_one_of_practice(settings: Any) -> None:
    settings.TRAINING = True
    with pytest.raises(mark.WrongDatabase):
        mark.require_own_database(connection)
    with pytest.raises(CommandError, match="real system"):
        call_command("reset_training")


def test_folders_of_a_real_system_are_never_removed(settings: Any, tmp_path: Path) -> None:
    settings.LOG_DIR = tmp_path / "log"
    settings.LOG_DIR.mkdir()
    with pytest.raises(practice.NotATrainingSystem):
        practice._remove_files()
    assert settings.LOG_DIR.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["hattama_app", "hattama_owner"])
@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE config_databasemark SET training = true",
        "DELETE FROM config_databasemark",
        "TRUNCATE config_databasemark",
        "INSERT INTO config_databasemark (only, training, marked_at) VALUES (false, true, now())",
        "INSERT INTO config_databasemark (only, training, marked_at) VALUES (true, true, now())",
    ],
)
def test_nobody_marks_a_database_otherwise(role: str, attack: str) -> None:
    assert not DatabaseMark.objects.get().training
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("RESET ROLE" if role == "hattama_owner" else f"SET ROLE {role}")
        cursor.execute(attack)


@pytest.mark.django_db
def test_a_real_page_carries_no_mark_and_its_cookies_the_usual_names() -> None:
    night = small_night()
    officer = night.person("officer", Role.OFFICER, station=night.stations["s1"])
    answer = officer.get("/en/station/s1/list/")
    assert "training" not in answer.content.decode().replace("training.css", "").lower().split("<main")[0]
    assert "Hattama-Training" not in answer.headers
    assert "sessionid" in officer.cookies


@pytest.mark.django_db(databases=["default", "reader"])
@pytest.mark.parametrize(
    "path", ["/", "/en/account/login/", "/en/station/s1/list/", "/en/people/", "/en/admin/", "/en/nowhere/"]
)
def test_every_kind_of_page_carries_the_band(path: str, settings: Any) -> None:
    settings.TRAINING = True
    night = small_night()
    visitor = Client() if "login" in path else night.person("officer", Role.OFFICER, station=night.stations["s1"])
    if "admin" in path:
        visitor.force_login(_administrator())
    answer = visitor.get(path)
    assert 'class="training-band"' in answer.content.decode(), answer.status_code
    assert answer.headers["Hattama-Training"] == "1"


def _administrator() -> Any:
    from accounts.models import User  # noqa: PLC0415

    return User.objects.create_user("root", is_staff=True, is_superuser=True)


def test_no_document_of_ours_is_without_the_band() -> None:
    documents = [path for path in (CHECKOUT / "templates").rglob("*.html") if "<body" in path.read_text()]
    assert documents
    assert [str(path) for path in documents if "{% training_band %}" not in path.read_text()] == []


def test_drafts_and_kept_pages_of_practice_have_names_of_their_own(settings: Any) -> None:
    real = Client().get("/service-worker.js").content.decode()
    settings.TRAINING = True
    practised = Client().get("/service-worker.js").content.decode()
    assert 'const OURS = "";' in real
    assert "training.css" not in real
    assert 'const OURS = "training-";' in practised
    assert "css/training.css" in practised


def test_whatever_is_named_practice_lies_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HATTAMA_DATA", str(tmp_path))
    assert data_folder() == tmp_path
    monkeypatch.setenv("HATTAMA_TRAINING", "1")
    assert data_folder() == tmp_path / "training"
    secrets = new_secrets(database_host="db", broker_host="broker")
    assert secrets["database_url"].endswith(f"/{TRAINING_DATABASE}")


@pytest.mark.parametrize(
    ("given", "training", "name"),
    [
        ("results.example.org/log", "1", "results.example.org/log/training"),
        ("results.example.org/log/training", "1", "results.example.org/log/training"),
        ("results.example.org/log", "0", "results.example.org/log"),
    ],
)
def test_the_log_of_practice_says_so_in_its_name(given: str, training: str, name: str) -> None:
    assert environment.log_origin({"LOG_ORIGIN": given, "HATTAMA_TRAINING": training}) == name


def test_a_real_log_is_not_called_practice() -> None:
    with pytest.raises(environment.OriginOfPractice):
        environment.log_origin({"LOG_ORIGIN": "results.example.org/log/training"})


def test_a_password_for_practice_is_refused_by_a_real_system() -> None:
    found = list(environment._training_password({"HATTAMA_TRAINING_PASSWORD": PASSWORD}))
    assert len(found) == 1
    assert list(environment._training_password({"HATTAMA_TRAINING_PASSWORD": PASSWORD, "HATTAMA_TRAINING": "1"})) == []


@pytest.mark.django_db
def test_a_backup_of_the_one_is_not_restored_into_the_other(settings: Any, tmp_path: Path) -> None:
    settings.LOG_DIR = settings.DATA_DIR = tmp_path / "data"
    settings.TRAINING = True
    back_up(tmp_path / "backup", now=timezone.now())
    settings.TRAINING = False
    with pytest.raises(BackupRefused, match="is a training system's, and this is a real one"):
        restore(tmp_path / "backup")


def test_printed_papers_of_practice_are_written_across() -> None:
    forms = [path for path in (CHECKOUT / "results").rglob("*.typ") if 'paper: "a4"' in path.read_text()]
    assert len(forms) == 2
    for form in forms:
        assert "[Жаттығу · Тренировка · Training]" in form.read_text(), form


def test_practice_and_the_real_night_do_not_share_a_cluster() -> None:
    """Roles belong to the cluster: the one's passwords would be the other's."""
    known = json.loads((Path(os.environ["HATTAMA_DATA"]) / "servers.json").read_text())
    roles = {role: known[f"{role}_password"] for role in ("owner", "app", "reader")}
    superuser = f"postgresql://postgres:{known['superuser_password']}@127.0.0.1:{known['postgres_port']}/postgres"
    with pytest.raises(SharedCluster, match=f"^{database_name(training=False)}$"):
        create_roles(superuser, **roles, training=True)
