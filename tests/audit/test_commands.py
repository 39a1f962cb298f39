from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from audit import services
from audit.log_folder import LogFolder
from audit.signer import Signer
from tests.audit.conftest import ORIGIN
from tests.audit.published import read_published

pytestmark = pytest.mark.django_db(transaction=True)
Record = Callable[[int], list[int]]


@pytest.fixture(autouse=True)
def places(settings: Settings, tmp_path: Path) -> None:
    settings.LOG_DIR = tmp_path / "log"
    settings.LOG_KEY_FILE = tmp_path / "log-key" / "key"
    settings.LOG_JOURNAL_DIR = tmp_path / "log-key" / "journal"
    settings.LOG_ORIGIN = ORIGIN
    settings.PRODUCTION = False


def vkey() -> str:
    out = StringIO()
    call_command("log_vkey", stdout=out)
    return out.getvalue().strip()


def test_publishing_once_seals_everything_with_a_key_made_on_the_way(record: Record, settings: Settings) -> None:
    record(300)
    call_command("publish_log", once=True)
    assert read_published(settings.LOG_DIR).size == 300
    assert vkey() == str(Signer(settings.LOG_KEY_FILE, ORIGIN).verifier_key)


def test_where_the_key_is_elsewhere_the_published_one_is_printed(record: Record, settings: Settings) -> None:
    record(1)
    call_command("publish_log", once=True)
    expected = vkey()
    settings.LOG_KEY_FILE = Path("/nowhere/key")
    assert vkey() == expected


def test_before_the_first_publication_there_is_no_key() -> None:
    with pytest.raises(CommandError):
        vkey()


def test_production_makes_no_key_unasked(settings: Settings) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError):
        call_command("publish_log", once=True)
    assert not settings.LOG_KEY_FILE.exists()
    call_command("publish_log", once=True, create_key=True)
    assert settings.LOG_KEY_FILE.exists()


def test_a_contradicted_log_ends_the_publisher_with_its_reason(record: Record, settings: Settings) -> None:
    record(3)
    call_command("publish_log", once=True)
    (settings.LOG_DIR / "tile/0/000.p/3").write_bytes(bytes(96))
    record(1)
    with pytest.raises(CommandError, match="first 3 entries"):
        call_command("publish_log", once=True)


def test_publishing_once_beside_a_publisher_is_refused(settings: Settings) -> None:
    publisher = start_publisher(settings)
    try:
        wait_for(lambda: LogFolder(settings.LOG_DIR).checkpoint() is not None)
        with pytest.raises(CommandError):
            call_command("publish_log", once=True)
    finally:
        publisher.terminate()
        publisher.wait(20)


def test_the_publisher_seals_what_arrives_and_stops_in_order_when_told(record: Record, settings: Settings) -> None:
    publisher = start_publisher(settings)
    try:
        for size in (2, 4):
            record(2)
            wait_for(lambda size=size: published_size(settings.LOG_DIR) == size)  # type: ignore[misc]
        publisher.send_signal(signal.SIGTERM)
        assert publisher.wait(20) == 0
    finally:
        publisher.kill()
        publisher.wait(20)
    with services.one_publisher():
        assert read_published(settings.LOG_DIR).size == 4


def start_publisher(settings: Settings) -> subprocess.Popen[bytes]:
    """Start the real command on the tests' database."""
    server = connection.settings_dict
    url = f"postgresql://{server['USER']}:{server['PASSWORD']}@{server['HOST']}:{server['PORT']}/{server['NAME']}"
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "LOG_DIR": str(settings.LOG_DIR),
        "LOG_KEY_FILE": str(settings.LOG_KEY_FILE),
        "LOG_ORIGIN": ORIGIN,
    }
    return subprocess.Popen([sys.executable, settings.BASE_DIR / "manage.py", "publish_log"], env=environment)


def published_size(folder: Path) -> int | None:
    note = LogFolder(folder).checkpoint()
    return int(note.split("\n")[1]) if note else None


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
