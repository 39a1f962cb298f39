"""What production refuses, and how values come in."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import environment
from config.data_folder import CHECKOUT
from config.development_key import development_key
from config.management.commands.new_secrets import new_secrets

STRONG = "9f86d081884c7d659a2feaa0c55ad015"

NEEDED = ("SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL", "LOG_ORIGIN", "DATABASE_URL", "DATABASE_READER_URL", "BROKER_URL")


@pytest.fixture
def production() -> dict[str, str]:
    """An environment production starts with."""
    made = new_secrets(database_host="db", broker_host="broker")
    return {
        "HATTAMA_PRODUCTION": "1",
        "HATTAMA_PROCESS": "web",
        "HATTAMA_DATA": "/var/lib/hattama",
        "SECRET_KEY": made["secret_key"],
        "ALLOWED_HOSTS": "results.example.org",
        "SITE_URL": "https://results.example.org",
        "LOG_ORIGIN": "results.example.org/log",
        "DATABASE_URL": made["database_url"],
        "DATABASE_READER_URL": made["database_reader_url"],
        "BROKER_URL": made["broker_url"],
    }


def test_production_starts_with_what_new_secrets_makes(production: dict[str, str]) -> None:
    assert environment.weaknesses(production) == []


@pytest.mark.parametrize(
    "name",
    ["SECRET_KEY", "ALLOWED_HOSTS", "SITE_URL", "LOG_ORIGIN", "DATABASE_URL", "DATABASE_READER_URL", "BROKER_URL"],
)
def test_a_missing_value_is_refused_by_name(production: dict[str, str], name: str) -> None:
    del production[name]
    assert [sentence.split()[0] for sentence in environment.weaknesses(production)] == [name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 80),
        ("SECRET_KEY", "django-insecure-" + STRONG * 2),
        ("ALLOWED_HOSTS", "*"),
        ("SITE_URL", "http://results.example.org"),
        ("ALLOWED_HOSTS", "results.example.org,*"),
        ("CSRF_TRUSTED_ORIGINS", "http://results.example.org"),
        ("DATABASE_URL", "postgresql://hattama_app@db/hattama"),
        ("DATABASE_URL", "postgresql://hattama_app:hattama_app_password@db/hattama"),
        ("DATABASE_URL", f"postgresql://hattama_owner:{STRONG}@db/hattama"),
        ("DATABASE_URL", f"postgresql://postgres:{STRONG}@db/hattama"),
        ("DATABASE_READER_URL", f"postgresql://hattama_app:{STRONG}@db/hattama"),
        ("DATABASE_OWNER_URL", f"postgresql://hattama_owner:{STRONG}@db/hattama"),
        ("DATABASE_SUPERUSER_URL", f"postgresql://postgres:{STRONG}@db/postgres"),
        ("BROKER_URL", "redis://broker:6379/0"),
        ("METRICS_TOKEN", "token"),
        ("HATTAMA_DEMO_PASSWORD", "hattama-demo"),
    ],
)
def test_a_weak_value_is_refused_by_name(production: dict[str, str], name: str, value: str) -> None:
    production[name] = value
    assert [sentence.split()[0] for sentence in environment.weaknesses(production)] == [name]


def test_the_publisher_alone_must_say_where_its_key_is(production: dict[str, str]) -> None:
    production["HATTAMA_PROCESS"] = "publisher"
    assert [sentence.split()[0] for sentence in environment.weaknesses(production)] == ["LOG_KEY_FILE"]


def test_the_process_that_prepares_the_database_may_hold_the_owners_password(production: dict[str, str]) -> None:
    made = new_secrets(database_host="db", broker_host="broker")
    production |= {"HATTAMA_PROCESS": "init", "DATABASE_OWNER_URL": made["database_owner_url"]}
    assert environment.weaknesses(production) == []


def test_a_secret_may_come_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"
    file.write_text("from a file\n")
    assert environment.text("SECRET_KEY", {"SECRET_KEY_FILE": str(file)}) == "from a file"


def test_an_unreadable_secret_file_is_refused_by_name(production: dict[str, str], tmp_path: Path) -> None:
    del production["SECRET_KEY"]
    production["SECRET_KEY_FILE"] = str(tmp_path / "nothing")
    assert [sentence.split(":")[0] for sentence in environment.weaknesses(production)] == ["SECRET_KEY_FILE"]


def test_production_says_everything_that_is_wrong_at_once() -> None:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    started = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=CHECKOUT,
        env={**inherited, "HATTAMA_PRODUCTION": "1", "ALLOWED_HOSTS": "*"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode != 0
    for name in (
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "SITE_URL",
        "LOG_ORIGIN",
        "DATABASE_URL",
        "DATABASE_READER_URL",
        "BROKER_URL",
    ):
        assert f"- {name} " in started.stderr


def test_production_starts_and_its_cookies_and_redirects_are_for_tls(production: dict[str, str]) -> None:
    show = (
        "from django.conf import settings as s; "
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS, s.DEBUG)"
    )
    started = subprocess.run(
        [sys.executable, "-c", show],
        cwd=CHECKOUT,
        env={**production, "PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert started.stdout.split() == ["True", "True", "True", "31536000", "False"]


def test_developments_key_is_random_private_and_stays(tmp_path: Path) -> None:
    key = development_key(tmp_path / "one")
    assert development_key(tmp_path / "one") == key
    assert development_key(tmp_path / "two") != key
    assert (tmp_path / "one" / "secret-key").stat().st_mode & 0o777 == 0o600


def test_the_example_lists_every_variable_with_a_sentence() -> None:
    example = (CHECKOUT / ".env.example").read_text().splitlines()
    listed = {line.partition("=")[0] for line in example if "=" in line and not line.startswith("#")}
    compose_only = {"HATTAMA_IMAGE", "HATTAMA_FRONT_IMAGE", "HTTP_PORT", "HTTPS_PORT"}
    assert listed - compose_only == set(environment.VARIABLES)
    for before, line in itertools.pairwise(example):
        if line.partition("=")[0] in environment.VARIABLES:
            assert before.startswith("# "), f"{line} has no sentence above it"


def test_only_one_module_reads_the_environment() -> None:
    readers = {
        file.relative_to(CHECKOUT).as_posix()
        for room in ("config", "observers", "results", "aggregation", "tallies", "accounts", "stations", "audit")
        for file in (CHECKOUT / room).rglob("*.py")
        if "environ.get(" in file.read_text() or "getenv(" in file.read_text() or "environ[" in file.read_text()
    }
    assert readers == {"config/environment.py"}
