"""What befalls a publisher: every step killed with the journal open, a full disk, another key, an old database."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections

from audit import selectors, services
from audit.domain.checkpoints import TreeHead
from audit.journal import Journal
from audit.log_folder import LogFolder
from audit.management.commands import publish_log
from audit.models import Alarm, Checkpoint, LogIndex
from audit.signer import Signer, create_key
from tests.audit.conftest import NIGHT, ORIGIN
from tests.audit.published import read_published
from tests.audit.test_sealing import assert_extends, kill_during, wait_until_no_publisher
from tests.scene import as_owner

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])
Record = Callable[[int], list[int]]
DEADLINE = 30.0


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal")


@pytest.fixture
def places(settings: Any, log_folder: LogFolder, key_file: Path, journal: Journal) -> None:
    """Let commands work on this test's log."""
    settings.LOG_DIR, settings.LOG_KEY_FILE, settings.LOG_ORIGIN = log_folder.folder, key_file, ORIGIN
    settings.LOG_JOURNAL_DIR = journal.folder


def seal(folder: LogFolder, signer: Signer, journal: Journal) -> Checkpoint | None:
    return services.seal(now=NIGHT, log_folder=folder, signer=signer, journal=journal)


def journaled(journal: Journal) -> list[int | None]:
    return [line.index for line in Journal(journal.folder).lines(0) if line.index is not None]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class KilledBeforeJournal(Journal):
    def catch_up(self, size: int) -> None:
        die()


class KilledAmongJournal(Journal):
    def _append(self, index: int, lines: Sequence[str]) -> None:
        super()._append(index, lines[: len(lines) // 2])
        with self._segment(index).open("ab") as file:
            file.write(b'{"index": 4')
        die()


class KilledAfterJournal(Journal):
    def catch_up(self, size: int) -> None:
        super().catch_up(size)
        die()


class KilledBeforeCheckpointIsKept(Journal):
    def keep_checkpoint(self, checkpoint: Checkpoint) -> None:
        die()


@pytest.mark.parametrize(
    "crash", [KilledBeforeJournal, KilledAmongJournal, KilledAfterJournal, KilledBeforeCheckpointIsKept]
)
def test_a_publisher_killed_around_its_journal_leaves_a_log_that_extends_and_a_journal_without_holes(
    log_folder: LogFolder, signer: Signer, journal: Journal, key_file: Path, record: Record, crash: type[Journal]
) -> None:
    record(300)
    seal(log_folder, signer, journal)
    before = read_published(log_folder.folder)
    record(50)
    kill_during(lambda: seal(log_folder, Signer(key_file, ORIGIN), crash(journal.folder)))
    record(3)
    seal(log_folder, Signer(key_file, ORIGIN), Journal(journal.folder))
    after = read_published(log_folder.folder)
    assert_extends(before, after)
    assert after.size == 353
    assert journaled(journal) == list(range(353))


@pytest.mark.parametrize("most_bytes", [0, 100, 4_000, 9_000, 20_000])
def test_a_full_disk_stops_the_log_and_harms_nothing(
    log_folder: LogFolder, signer: Signer, journal: Journal, key_file: Path, record: Record, most_bytes: int
) -> None:
    """The kernel refuses to let any file grow beyond a limit, at whichever step comes there first."""
    record(3)
    seal(log_folder, signer, journal)
    before = read_published(log_folder.folder)
    record(300)

    def seal_on_a_full_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
        try:
            seal(log_folder, Signer(key_file, ORIGIN), Journal(journal.folder))
        except OSError:
            die()

    kill_during(seal_on_a_full_disk)
    assert read_published(log_folder.folder) == before
    seal(log_folder, Signer(key_file, ORIGIN), Journal(journal.folder))
    after = read_published(log_folder.folder)
    assert_extends(before, after)
    assert after.size == 303
    assert journaled(journal) == list(range(303))


# The publisher as a process that goes on


@contextmanager
def publishing(key_file: Path, log_folder: LogFolder, journal: Journal) -> Iterator[None]:
    """Run the command's loop until the body is done."""
    command = publish_log.Command()
    command.log_folder, command.journal, command.signer = log_folder, journal, Signer(key_file, ORIGIN)
    stop = threading.Event()

    def run() -> None:
        try:
            command._publish_until(stop)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        wait_until_no_publisher()


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_publisher_waits_for_its_disk_says_so_and_goes_on(
    places: None, key_file: Path, log_folder: LogFolder, journal: Journal, record: Record,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(publish_log, "SECONDS_TO_WAIT_FOR_THE_DISK", 0.05)
    in_the_way = log_folder.folder / "tile"
    log_folder.folder.mkdir(parents=True)
    in_the_way.write_bytes(b"")
    record(3)
    with publishing(key_file, log_folder, journal):
        until(lambda: Alarm.objects.filter(code="disk").exists())
        in_the_way.unlink()
        until(lambda: not selectors.alarms() and selectors.latest_checkpoint() is not None)
    assert read_published(log_folder.folder).size == 3


def test_another_key_signs_nothing_and_says_so(
    places: None, settings: Any, log_folder: LogFolder, tmp_path: Path, record: Record
) -> None:
    """A key is not rotated within a log: whoever trusts the published one would see a stranger."""
    record(3)
    call_command("publish_log", "--once")
    before = read_published(log_folder.folder)
    create_key(tmp_path / "another" / "key")
    settings.LOG_KEY_FILE = tmp_path / "another" / "key"
    record(1)
    with pytest.raises(CommandError, match="signed with another key"):
        call_command("publish_log", "--once")
    assert Alarm.objects.get().code == "published_differs"
    assert read_published(log_folder.folder) == before
    assert LogIndex.objects.count() == 3


def test_a_folder_that_went_back_is_brought_up_again(
    places: None, log_folder: LogFolder, tmp_path: Path, record: Record
) -> None:
    record(300)
    call_command("publish_log", "--once")
    shutil.copytree(log_folder.folder, tmp_path / "old")
    record(300)
    call_command("publish_log", "--once")
    newest = read_published(log_folder.folder)
    shutil.rmtree(log_folder.folder)
    shutil.copytree(tmp_path / "old", log_folder.folder)
    call_command("publish_log", "--once")
    assert read_published(log_folder.folder) == newest


@pytest.mark.parametrize("forgotten", ["journal", "last-signed", "folder"])
def test_a_database_that_went_back_is_refused_by_whatever_remembers(
    places: None, log_folder: LogFolder, journal: Journal, key_file: Path, record: Record, forgotten: str
) -> None:
    """Journal, signer's memory and published folder each know of it, even where one of them is lost with it."""
    record(5)
    call_command("publish_log", "--once")
    before = read_published(log_folder.folder)
    if forgotten == "journal":
        shutil.rmtree(journal.folder)
    elif forgotten == "last-signed":
        key_file.with_name("last-signed").unlink()
    else:
        shutil.rmtree(log_folder.folder)
    _go_back()
    record(2)
    with pytest.raises(CommandError, match=r"5 are signed|holds 5 entries"):
        call_command("publish_log", "--once")
    assert Alarm.objects.get().code == "smaller_tree"
    assert not LogIndex.objects.exists()
    with suppress(FileNotFoundError):
        assert read_published(log_folder.folder) == before


def _go_back() -> None:
    with as_owner() as cursor:
        cursor.execute("TRUNCATE audit_checkpoint, audit_logindex, audit_unsealedevent, audit_event CASCADE")


def test_a_contradicting_database_is_never_signed(
    places: None, log_folder: LogFolder, key_file: Path, record: Record
) -> None:
    record(5)
    call_command("publish_log", "--once")
    before = read_published(log_folder.folder)
    _go_back()
    record(4)
    record(1)
    with pytest.raises(CommandError):
        call_command("publish_log", "--once")
    assert read_published(log_folder.folder) == before
    assert Signer(key_file, ORIGIN).last_signed() == TreeHead(before.size, before.root)
