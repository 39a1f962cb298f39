from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import metamorphic_log
import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from audit import selectors, services
from audit.domain.checkpoints import TreeHead
from audit.domain.tiles import Tile
from audit.log_folder import LogFolder, PublishedDiffers
from audit.models import Checkpoint, Event, LogIndex, UnsealedEvent
from audit.signer import OtherRoot, Signer, SigningRefused, SmallerTree, create_key
from tests.audit.conftest import NIGHT, ORIGIN, event
from tests.audit.published import PublishedLog, read_published

pytestmark = pytest.mark.django_db(transaction=True)
Record = Callable[[int], list[int]]


def seal(log_folder: LogFolder, signer: Signer) -> Checkpoint | None:
    return services.seal(now=NIGHT, log_folder=log_folder, signer=signer)


def assert_extends(older: PublishedLog, newer: PublishedLog) -> None:
    assert newer.entries[: older.size] == older.entries
    if older.size:
        proof = selectors.consistency_proof(old_size=older.size, size=newer.size)
        metamorphic_log.verify_consistency(older.size, newer.size, proof, older.root, newer.root)


def test_an_empty_log_is_published_too(log_folder: LogFolder, signer: Signer) -> None:
    seal(log_folder, signer)
    assert read_published(log_folder.folder).size == 0


def test_recorded_events_become_a_log_that_outsiders_can_check(
    log_folder: LogFolder, signer: Signer, record: Record
) -> None:
    ids = record(300)
    checkpoint = seal(log_folder, signer)
    published = read_published(log_folder.folder)
    assert checkpoint is not None
    assert (checkpoint.size, bytes(checkpoint.root), checkpoint.note) == (300, published.root, published.note)
    assert published.entries == [bytes(Event.objects.get(pk=pk).entry) for pk in ids]
    assert list(LogIndex.objects.order_by("index").values_list("index", "event_id")) == list(enumerate(ids))
    assert not UnsealedEvent.objects.exists()


def test_a_checkpointed_log_only_ever_extends(log_folder: LogFolder, signer: Signer, record: Record) -> None:
    before = None
    for count in (1, 1, 253, 1, 1, 300, 512, 3):
        record(count)
        seal(log_folder, signer)
        published = read_published(log_folder.folder)
        if before:
            assert_extends(before, published)
        before = published
    assert published.size == 1072


def test_nothing_new_publishes_nothing_new(log_folder: LogFolder, signer: Signer, record: Record) -> None:
    record(3)
    assert seal(log_folder, signer) is not None
    assert seal(log_folder, signer) is None
    assert Checkpoint.objects.count() == 1


def test_a_late_transaction_gets_a_later_index(log_folder: LogFolder, signer: Signer) -> None:
    early_committed, late_recorded = threading.Event(), threading.Event()
    ids: dict[str, int] = {}

    def commit_late() -> None:
        try:
            with transaction.atomic():
                (ids["late"],) = services.record_events([event(1)])
                late_recorded.set()
                assert early_committed.wait(20)
        finally:
            connections.close_all()

    late = threading.Thread(target=commit_late)
    late.start()
    assert late_recorded.wait(20)
    with transaction.atomic():
        (ids["early"],) = services.record_events([event(2)])
    seal(log_folder, signer)
    early_committed.set()
    late.join()
    seal(log_folder, signer)
    assert ids["late"] < ids["early"]
    assert (selectors.index_of(ids["early"]), selectors.index_of(ids["late"])) == (0, 1)


def test_a_small_pass_on_a_large_log_reads_only_its_right_edge(
    log_folder: LogFolder, signer: Signer, record: Record
) -> None:
    record(3000)
    seal(log_folder, signer)
    record(2)
    with CaptureQueriesContext(connection) as queries:
        seal(log_folder, signer)
    entry_reads = [query["sql"] for query in queries if '"entry"' in query["sql"]]
    assert len(entry_reads) == 1
    assert f'"index" >= {3000 - 3000 % 256}' in entry_reads[0]


# Crashes. Each step is killed for real, SIGKILL to a process of its own, and the next pass must make it good.


class KilledBeforeTiles(LogFolder):
    def write(self, tiles: Mapping[Tile, bytes]) -> None:
        os.kill(os.getpid(), signal.SIGKILL)
        super().write(tiles)


class KilledAmongTiles(LogFolder):
    def write(self, tiles: Mapping[Tile, bytes]) -> None:
        super().write(dict(list(tiles.items())[: len(tiles) // 2]))
        (self.folder / ".drafts" / "0").write_bytes(b"torn")
        os.kill(os.getpid(), signal.SIGKILL)


class KilledBeforeCheckpoint(LogFolder):
    def publish_checkpoint(self, note: str) -> None:
        os.kill(os.getpid(), signal.SIGKILL)
        super().publish_checkpoint(note)


class KilledAfterCheckpoint(LogFolder):
    def publish_checkpoint(self, note: str) -> None:
        super().publish_checkpoint(note)
        os.kill(os.getpid(), signal.SIGKILL)


class KilledBeforeSigning(Signer):
    def sign(self, head: TreeHead, consistency: Sequence[bytes]) -> str:
        os.kill(os.getpid(), signal.SIGKILL)
        return super().sign(head, consistency)


class KilledAfterSigning(Signer):
    def sign(self, head: TreeHead, consistency: Sequence[bytes]) -> str:
        note = super().sign(head, consistency)
        os.kill(os.getpid(), signal.SIGKILL)
        return note


def kill_during(seal_in_child: Callable[[], object]) -> None:
    """Run one pass in a process of its own, which must die by SIGKILL."""
    child = os.fork()
    if child == 0:
        try:
            # The parent's connection is the parent's to close: forget it, open another.
            connections["default"].connection = None
            seal_in_child()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL
    wait_until_no_publisher()


def wait_until_no_publisher() -> None:
    """PostgreSQL takes a moment to notice that a client has died, and only then is its lock free."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with services.one_publisher():
                return
        except services.AnotherPublisher:
            assert time.monotonic() < deadline
            time.sleep(0.01)


CRASHES: list[tuple[type[LogFolder], type[Signer]]] = [
    (KilledBeforeTiles, Signer),
    (KilledAmongTiles, Signer),
    (LogFolder, KilledBeforeSigning),
    (LogFolder, KilledAfterSigning),
    (KilledBeforeCheckpoint, Signer),
    (KilledAfterCheckpoint, Signer),
]


@pytest.mark.parametrize("crash", CRASHES)
@pytest.mark.parametrize("arriving_meanwhile", [0, 2, 600])
def test_a_publisher_killed_at_any_step_leaves_a_log_that_extends(
    log_folder: LogFolder,
    signer: Signer,
    key_file: Path,
    record: Record,
    crash: tuple[type[LogFolder], type[Signer]],
    arriving_meanwhile: int,
) -> None:
    folder_of_crash, signer_of_crash = crash
    record(300)
    seal(log_folder, signer)
    before = read_published(log_folder.folder)

    record(400)
    kill_during(lambda: seal(folder_of_crash(log_folder.folder), signer_of_crash(key_file, ORIGIN)))
    after_crash = read_published(log_folder.folder)
    if arriving_meanwhile:
        record(arriving_meanwhile)
    seal(log_folder, signer)

    published = read_published(log_folder.folder)
    assert published.size == 700 + arriving_meanwhile
    assert_extends(before, after_crash)
    assert_extends(after_crash, published)
    last = selectors.latest_checkpoint()
    assert last is not None
    assert last.note == published.note
    assert signer.last_signed() == TreeHead(published.size, published.root)


def test_any_sequence_of_crashes_ends_in_one_log(
    log_folder: LogFolder, signer: Signer, key_file: Path, record: Record
) -> None:
    dice = random.Random(19)
    before = None
    recorded = 0
    for _ in range(12):
        count = dice.choice([1, 5, 255, 256, 300])
        record(count)
        recorded += count
        folder_of_crash, signer_of_crash = dice.choice(CRASHES)
        kill_during(lambda f=folder_of_crash, s=signer_of_crash: seal(f(log_folder.folder), s(key_file, ORIGIN)))  # type: ignore[misc]
        if (log_folder.folder / "checkpoint").exists():
            published = read_published(log_folder.folder)
            if before:
                assert_extends(before, published)
            before = published
    seal(log_folder, signer)
    assert read_published(log_folder.folder).size == recorded


def test_a_disk_that_refuses_leaves_the_checkpoint_as_it_was(
    log_folder: LogFolder, signer: Signer, record: Record
) -> None:
    record(2)
    seal(log_folder, signer)
    before = read_published(log_folder.folder)
    record(300)
    in_the_way = log_folder.folder / "tile" / "1"
    in_the_way.write_bytes(b"")
    with pytest.raises(OSError, match="tile/1"):
        seal(log_folder, signer)
    assert read_published(log_folder.folder) == before

    in_the_way.unlink()
    seal(log_folder, signer)
    assert_extends(before, read_published(log_folder.folder))


def test_a_lost_log_folder_is_written_again_byte_for_byte(
    log_folder: LogFolder, signer: Signer, record: Record, tmp_path: Path
) -> None:
    record(700)
    seal(log_folder, signer)
    published = read_published(log_folder.folder)
    elsewhere = LogFolder(tmp_path / "another-disk")
    seal(elsewhere, signer)
    assert read_published(elsewhere.folder) == published


# Refusals: what is published is never contradicted.


def test_a_second_publisher_is_turned_away(log_folder: LogFolder, signer: Signer, record: Record) -> None:
    record(1)
    refusals: list[type[Exception]] = []

    def second() -> None:
        try:
            seal(log_folder, signer)
        except services.AnotherPublisher as refusal:
            refusals.append(type(refusal))
        finally:
            connections.close_all()

    with services.one_publisher():
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert refusals == [services.AnotherPublisher]
    assert not LogIndex.objects.exists()


def test_two_publishers_racing_make_one_log(log_folder: LogFolder, signer: Signer) -> None:
    done = threading.Event()
    failures: list[BaseException] = []

    def publish() -> None:
        try:
            while not done.is_set():
                try:
                    seal(log_folder, signer)
                except services.AnotherPublisher:
                    continue
        except BaseException as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    publishers = [threading.Thread(target=publish) for _ in range(2)]
    for publisher in publishers:
        publisher.start()
    try:
        for number in range(60):
            with transaction.atomic():
                services.record_events([event(number), event(number)])
    finally:
        done.set()
        for publisher in publishers:
            publisher.join()
    assert failures == []
    seal(log_folder, signer)
    assert read_published(log_folder.folder).size == 120


def files_in(folder: LogFolder) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.folder.rglob("*") if path.is_file()}


def signer_with_a_key_of_its_own(tmp_path: Path) -> Signer:
    create_key(tmp_path / "own" / "key")
    return Signer(tmp_path / "own" / "key", ORIGIN)


def empty_as_owner(*tables: str) -> None:
    """Bring the database back to an older state, as a restore would."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
        cursor.execute("SET ROLE hattama_app")


def test_a_database_that_is_behind_is_not_signed_and_gives_no_index_away(
    log_folder: LogFolder, signer: Signer, record: Record
) -> None:
    record(5)
    seal(log_folder, signer)
    before = files_in(log_folder)
    empty_as_owner("audit_event", "audit_checkpoint", "audit_unsealedevent")
    record(8)
    with pytest.raises(SmallerTree):
        seal(log_folder, signer)
    assert files_in(log_folder) == before
    assert not LogIndex.objects.exists()
    assert UnsealedEvent.objects.count() == 8
    assert not Checkpoint.objects.exists()


@pytest.mark.parametrize("size", [300, 400, 600])
@pytest.mark.parametrize("files_are_lost", [False, True])
def test_a_database_that_contradicts_what_was_signed_is_not_signed(
    log_folder: LogFolder, signer: Signer, record: Record, tmp_path: Path, size: int, files_are_lost: bool
) -> None:
    record(300)
    seal(log_folder, signer)
    empty_as_owner("audit_event", "audit_checkpoint", "audit_unsealedevent")
    with transaction.atomic():
        services.record_events([event(number if number < 290 else 1_000 + number) for number in range(size)])
    services.seal(
        now=NIGHT, log_folder=LogFolder(tmp_path / "rewritten"), signer=signer_with_a_key_of_its_own(tmp_path)
    )
    empty_as_owner("audit_checkpoint")

    folder = LogFolder(tmp_path / "another-disk") if files_are_lost else log_folder
    before = files_in(folder)
    with pytest.raises(OtherRoot):
        seal(folder, signer)
    assert files_in(folder).items() - before.items() <= {(folder.folder / "vkey", f"{signer.verifier_key}\n".encode())}


def test_the_published_checkpoint_alone_is_enough_to_refuse(
    log_folder: LogFolder, signer: Signer, key_file: Path, record: Record
) -> None:
    record(5)
    seal(log_folder, signer)
    key_file.with_name("last-signed").unlink()
    empty_as_owner("audit_event", "audit_checkpoint", "audit_unsealedevent")
    record(3)
    with pytest.raises(SmallerTree):
        seal(log_folder, signer)


def test_the_stored_checkpoint_alone_is_enough_to_refuse(
    log_folder: LogFolder, signer: Signer, key_file: Path, record: Record, tmp_path: Path
) -> None:
    record(5)
    seal(log_folder, signer)
    key_file.with_name("last-signed").unlink()
    empty_as_owner("audit_event", "audit_unsealedevent")
    record(3)
    with pytest.raises(SigningRefused):
        seal(LogFolder(tmp_path / "another-disk"), signer)


def test_an_entry_changed_after_its_index_was_given_is_not_published(
    log_folder: LogFolder, signer: Signer, record: Record
) -> None:
    record(2)
    seal(log_folder, signer)
    before = read_published(log_folder.folder)
    record(2)
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_event SET entry = '{}' WHERE id = %s", [Event.objects.order_by("id")[0].pk])
        cursor.execute("ALTER TABLE audit_event ENABLE TRIGGER USER")
        cursor.execute("SET ROLE hattama_app")
    with pytest.raises(services.LogContradiction, match="index 0"):
        seal(log_folder, signer)
    assert read_published(log_folder.folder) == before


def test_a_changed_tile_stops_the_publisher(log_folder: LogFolder, signer: Signer, record: Record) -> None:
    record(3)
    seal(log_folder, signer)
    (log_folder.folder / "tile" / "0" / "000.p" / "3").write_bytes(bytes(96))
    record(1)
    with pytest.raises(services.LogContradiction):
        seal(log_folder, signer)


def test_a_log_does_not_change_its_key_in_silence(
    log_folder: LogFolder, signer: Signer, record: Record, tmp_path: Path
) -> None:
    record(3)
    seal(log_folder, signer)
    with pytest.raises(PublishedDiffers, match="another key"):
        seal(log_folder, signer_with_a_key_of_its_own(tmp_path))


def test_what_was_said_of_a_size_stays_when_signed_at_differs(
    log_folder: LogFolder, signer: Signer, record: Record
) -> None:
    record(3)
    seal(log_folder, signer)
    (log_folder.folder / "checkpoint").unlink()
    again = services.seal(now=NIGHT + timedelta(hours=1), log_folder=log_folder, signer=signer)
    assert again is not None
    assert again.signed_at == NIGHT
    assert read_published(log_folder.folder).note == again.note


def test_another_root_for_a_signed_size_is_refused(signer: Signer) -> None:
    signer.sign(TreeHead(0, bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")), [])
    with pytest.raises(OtherRoot):
        signer.sign(TreeHead(0, bytes(32)), [])
