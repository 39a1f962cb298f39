"""A running night, restored from an older backup: everything that was signed comes back, row by row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections
from django.utils import timezone

from aggregation.services import rebuild_tallies, settle
from audit.journal import Journal, kept_tables
from audit.log_folder import LogFolder
from audit.models import Checkpoint, Event, LogIndex
from audit.services import seal
from audit.signer import Signer, SmallerTree, create_key
from results.verification.verify import verify
from stations.models import Election
from tallies.models import Standing
from tests import scene
from tests.audit.published import read_published
from tests.docs import test_events
from tests.packages import plurality_figures

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader", "owner"])
ORIGIN = "hattama.test/log"

# What a restore may lose: work in progress that no event tells of, and what is computed or asked for again.
NOT_KEPT = {
    "accounts_apitoken", "accounts_draftkey", "aggregation_tally", "aggregation_turnout", "audit_alarm",
    "audit_cosignature", "audit_disclosure", "audit_unsealedevent", "tallies_claim", "tallies_pendingarea",
    "tallies_pendinglook", "tallies_upload", "tallies_webhookdelivery",
}  # fmt: skip


@pytest.fixture
def places(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    settings.UPLOADS_DIR = tmp_path / "uploads"
    settings.LOG_DIR = tmp_path / "log"
    settings.LOG_JOURNAL_DIR = tmp_path / "journal"
    create_key(tmp_path / "key" / "key")


@pytest.fixture
def night(places: None, tmp_path: Path) -> Election:
    """A night that has begun, and what is recorded of it is sealed."""
    election = scene.load(tmp_path / "package", regions=2, districts=2, stations=2)
    rebuild_tallies()
    scene.submit("r1-d1-s1")
    scene.hold("r1-d1-s2")
    publish(tmp_path)
    return election


def publish(folder: Path) -> Checkpoint | None:
    return seal(
        now=timezone.now(),
        log_folder=LogFolder(folder / "log"),
        signer=Signer(folder / "key" / "key", ORIGIN),
        journal=Journal(folder / "journal"),
    )


def everything() -> dict[str, list[str]]:
    """Every row of every table that must not be lost."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        found = {}
        for name in sorted(set(names) - NOT_KEPT - {"django_migrations", "django_session"}):
            # Which number a standing got says nothing: it is known by contest and station.
            cursor.execute(f'SELECT to_jsonb(row.*) - %s FROM "{name}" row', ["id" if "standing" in name else ""])
            found[name] = sorted(json.dumps(row[0], sort_keys=True) for row in cursor.fetchall())
    return found


def restored(backup: Path) -> None:
    call_command("restore", str(backup))
    connections.close_all()


def replayed(*options: str) -> None:
    with scene.as_owner():
        call_command("replay_log", *options)


def test_a_night_restored_from_an_older_backup_loses_nothing_that_was_signed(places: None, tmp_path: Path) -> None:
    """Everything that leaves an event happens once between the backup and the loss of the database."""
    election = test_events.begin(tmp_path)
    rebuild_tallies()
    publish(tmp_path)
    call_command("backup", str(tmp_path / "backup"))
    test_events.live_on(election, tmp_path)
    publish(tmp_path)
    before, published = everything(), read_published(tmp_path / "log")

    restored(tmp_path / "backup")
    assert LogIndex.objects.count() == 2
    with pytest.raises(SmallerTree):
        publish(tmp_path)
    replayed()

    after = everything()
    assert {name: (set(before[name]) ^ set(rows)) for name, rows in after.items() if rows != before[name]} == {}
    assert verify(log_dir=tmp_path / "log").differences == []
    publish(tmp_path)
    assert read_published(tmp_path / "log") == published


def test_a_night_goes_on_after_a_restore_as_if_nothing_had_been(night: Election, tmp_path: Path) -> None:
    call_command("backup", str(tmp_path / "backup"))
    scene.decide("accept", "r1-d1-s2")
    scene.hold("r2-d1-s1")
    scene.submit_on_behalf("r1-d2-s1", "okrug", plurality_figures(), by=scene.person("district"))
    publish(tmp_path)
    published = read_published(tmp_path / "log")
    restored(tmp_path / "backup")
    replayed()

    scene.decide("accept", "r2-d1-s1")
    scene.submit_on_behalf("r1-d2-s1", "okrug", plurality_figures(), by=scene.person("district-2"))
    scene.submit("r2-d2-s1")
    settle()
    publish(tmp_path)
    grown = read_published(tmp_path / "log")
    assert grown.entries[: published.size] == published.entries
    assert grown.size == published.size + 3
    assert verify(log_dir=tmp_path / "log").differences == []
    scene.assert_every_tally_is_the_plain_sum()


def test_a_backup_is_whole_and_is_told_from_one_that_was_changed(night: Election, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    call_command("backup", str(backup))
    assert read_published(backup / "log").size == Event.objects.count()
    assert list((backup / "packages").glob("*.zip"))
    with pytest.raises(CommandError, match="exists already"):
        call_command("backup", str(backup))
    dump = (backup / "database.dump").read_bytes()
    (backup / "database.dump").write_bytes(dump[:-1] + bytes([dump[-1] ^ 1]))
    with pytest.raises(CommandError, match="SHA-256"):
        call_command("restore", str(backup))
    with pytest.raises(CommandError, match="is not a backup"):
        call_command("restore", str(tmp_path))


def test_nothing_is_restored_under_the_feet_of_others(night: Election, tmp_path: Path) -> None:
    call_command("backup", str(tmp_path / "backup"))
    given = connections["default"].settings_dict
    address = {"host": given["HOST"], "port": given["PORT"], "user": given["USER"], "password": given["PASSWORD"]}
    with psycopg.connect(dbname=given["NAME"], **address), pytest.raises(CommandError, match="other connections"):
        call_command("restore", str(tmp_path / "backup"))


# The database alone went back. (Restoring is played by deleting as the owner: the same rows are gone.)


def go_back(size: int) -> None:
    """Forget what was recorded from this index on, as a restored database has."""
    with scene.as_owner() as cursor:
        cursor.execute("SELECT array_agg(event_id) FROM audit_logindex WHERE index >= %s", [size])
        (lost,) = cursor.fetchone()
        cursor.execute("SELECT array_agg(version_id) FROM tallies_standingchange WHERE event_id = ANY(%s)", [lost])
        (versions,) = cursor.fetchone()
        for statement in (
            "DELETE FROM tallies_explanation WHERE event_id = ANY(%(lost)s)",
            "DELETE FROM tallies_standing WHERE version_id = ANY(%(versions)s)",
            "DELETE FROM tallies_standingchange WHERE event_id = ANY(%(lost)s)",
            "DELETE FROM tallies_protocolversion WHERE id = ANY(%(versions)s)",
            "DELETE FROM audit_checkpoint WHERE size > %(size)s",
            "DELETE FROM audit_logindex WHERE index >= %(size)s",
            "DELETE FROM audit_event WHERE id = ANY(%(lost)s)",
        ):
            table = statement.split()[2]
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(statement, {"lost": lost, "versions": versions or [], "size": size})
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_replaying_twice_changes_nothing(night: Election, tmp_path: Path) -> None:
    size = LogIndex.objects.count()
    scene.submit("r2-d2-s1")
    publish(tmp_path)
    before = everything()
    go_back(size)
    replayed()
    replayed()
    assert everything() == before


def test_nothing_is_replayed_over_events_recorded_since_the_restore(night: Election, tmp_path: Path) -> None:
    size = LogIndex.objects.count()
    scene.submit("r2-d2-s1")
    publish(tmp_path)
    go_back(size)
    scene.submit("r2-d2-s2")
    with pytest.raises(CommandError, match="everything else stopped"):
        replayed()
    assert LogIndex.objects.count() == size


def test_a_journal_that_lacks_or_changes_an_entry_replays_nothing(night: Election, tmp_path: Path) -> None:
    size = LogIndex.objects.count()
    scene.submit("r2-d2-s1")
    publish(tmp_path)
    scene.submit("r2-d2-s2")
    publish(tmp_path)
    go_back(size)
    (segment,) = (tmp_path / "journal").glob("*.jsonl")
    whole = segment.read_text()
    lines = whole.splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if line.startswith(f'{{"index": {size},'))
    segment.write_text("".join([*lines[:at], *lines[at + 1 :]]))
    with pytest.raises(CommandError, match=f"lacks the entry at index {size}"):
        replayed()
    entry = json.loads(lines[at])["event"]["entry"]
    segment.write_text(whole.replace(entry, entry[:-2] + "00"))
    with pytest.raises(CommandError, match="not what was published"):
        replayed()
    assert LogIndex.objects.count() == size
    segment.write_text(whole)
    replayed()
    assert verify(log_dir=tmp_path / "log").differences == []


def test_without_the_journal_the_bare_log_comes_back_and_verify_names_what_it_implied(
    night: Election, tmp_path: Path
) -> None:
    size = LogIndex.objects.count()
    scene.submit("r2-d2-s1")
    publish(tmp_path)
    published = read_published(tmp_path / "log")
    go_back(size)
    for segment in (tmp_path / "journal").glob("*"):
        segment.unlink()
    with pytest.raises(CommandError, match="journal"):
        replayed()
    replayed("--without-journal")
    assert Standing.objects.filter(station__code="r2-d2-s1").count() == 0
    publish(tmp_path)
    assert read_published(tmp_path / "log") == published
    (told,) = verify(log_dir=tmp_path / "log").differences
    assert (told.table, told.expected) == ("tallies_standingchange", "the change of protocol.accepted")


def test_what_was_sealed_and_not_signed_comes_back_too(night: Election, tmp_path: Path) -> None:
    """The publisher died between journal and signature, and the database was lost with it."""
    size = LogIndex.objects.count()
    scene.submit("r2-d2-s1")
    with pytest.raises(ZeroDivisionError):
        seal(
            now=timezone.now(), log_folder=LogFolder(tmp_path / "log"), signer=_Dies(tmp_path / "key" / "key", ORIGIN),
            journal=Journal(tmp_path / "journal"),
        )  # fmt: skip
    go_back(size)
    with pytest.raises(SmallerTree, match="the journal holds"):
        publish(tmp_path)
    replayed()
    publish(tmp_path)
    assert read_published(tmp_path / "log").size == size + 1
    assert verify(log_dir=tmp_path / "log").differences == []


class _Dies(Signer):
    def sign(self, *_: Any, **__: Any) -> str:
        raise ZeroDivisionError


def test_half_a_line_at_the_journals_end_is_written_again(night: Election, tmp_path: Path) -> None:
    (segment,) = (tmp_path / "journal").glob("*.jsonl")
    with segment.open("ab") as file:
        file.write(b'{"index": 99, "event"')
    scene.submit("r2-d2-s1")
    publish(tmp_path)
    assert [line.index for line in Journal(tmp_path / "journal").lines(0) if line.index is not None] == list(
        range(LogIndex.objects.count())
    )


def test_every_table_is_kept_or_named_as_one_that_may_be_lost() -> None:
    """A new table whose rows belong to an event must say so (see tallies/kept.py), or a restore loses them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT conrelid::regclass::text FROM pg_constraint "
            "WHERE contype = 'f' AND confrelid = 'audit_event'::regclass"
        )
        of_events = {row[0] for row in cursor.fetchall()} - {"audit_logindex"}
    assert of_events - set(kept_tables()) - NOT_KEPT == set()
