"""What a person wrote is erased where the law orders it: everywhere but in the log, which never had it."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from aggregation.services import rebuild_tallies, settle
from audit.journal import Journal
from audit.log_folder import LogFolder
from audit.models import Event, LogIndex
from audit.services import seal
from audit.signer import Signer, create_key
from results.verification.verify import verify
from tallies.models import Explanation
from tests import scene

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader", "owner"])

WORDS = "Aigul Example of Abai Street 5 took the box home."
ORDER = "Court of Semey, 11 May 2023, No. 12"


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """A night in which somebody wrote a name into a complaint; all of it is sealed and kept in the journal."""
    settings.DATA_DIR = tmp_path
    settings.UPLOADS_DIR = tmp_path / "uploads"
    settings.LOG_DIR = tmp_path / "log"
    settings.LOG_JOURNAL_DIR = tmp_path / "journal"
    create_key(tmp_path / "key" / "key")
    scene.load(tmp_path / "package", live_public=True)
    rebuild_tallies()
    scene.submit("r1-d1-s1")
    scene.submit("r1-d1-s2")
    scene.complain("r1-d1-s1", text=WORDS)
    scene.complain("r1-d1-s2", text="Another matter.")
    publish(tmp_path)
    return tmp_path


def publish(folder: Path) -> None:
    settle()
    signer = Signer(folder / "key" / "key", "hattama.test/log")
    seal(now=timezone.now(), log_folder=LogFolder(folder / "log"), signer=signer, journal=Journal(folder / "journal"))


def complained() -> int:
    """The index of the complaint that holds the name."""
    found = LogIndex.objects.filter(event__kind="complaint.registered", event__station="r1-d1-s1")
    return found.values_list("index", flat=True).get()


def erase(index: int | None = None, subject: str = "complaint", order: str = ORDER) -> str:
    said = StringIO()
    with scene.as_owner():
        call_command("erase_text", complained() if index is None else index, subject, order=order, stdout=said)
    return said.getvalue()


def journal_of(folder: Path) -> str:
    return "".join(path.read_text() for path in sorted((folder / "journal").glob("*.jsonl")))


def test_the_words_go_from_the_database_and_the_journal_and_nothing_else_does(folder: Path) -> None:
    assert WORDS in journal_of(folder)
    lines = journal_of(folder).count("\n")
    assert "The text is erased, here and in the journal." in erase()
    erased = Explanation.objects.get(event__log_index__index=complained(), subject="complaint")
    assert (erased.text, bytes(erased.salt)) == ("", b"")
    assert WORDS not in journal_of(folder)
    assert journal_of(folder).count("\n") == lines
    assert "Another matter." in journal_of(folder)
    assert Explanation.objects.filter(text="Another matter.").exists()


def test_the_log_says_which_text_was_erased_and_has_a_hash_of_the_order(folder: Path) -> None:
    erase()
    event = Event.objects.get(kind="text.erased")
    entry = json.loads(bytes(event.entry))
    assert entry["body"]["index"] == complained()
    assert entry["body"]["subject"] == "complaint"
    assert (entry["station"], entry["actor"]["role"]) == ("r1-d1-s1", "system")
    assert WORDS not in bytes(event.entry).decode()
    assert Explanation.objects.get(event=event, subject="order").text == ORDER


def test_verify_counts_it_as_erased_and_finds_nothing_wrong(folder: Path) -> None:
    erase()
    publish(folder)
    verdict = verify()
    assert verdict.differences == []
    assert verdict.counts["texts_erased"] == 1


def test_a_text_that_is_back_after_its_erasure_is_found(folder: Path) -> None:
    salt = bytes(Explanation.objects.get(text=WORDS).salt)
    erase()
    publish(folder)
    with scene.as_owner() as cursor:
        cursor.execute("UPDATE tallies_explanation SET text = %s, salt = %s WHERE text = ''", [WORDS, salt])
    [difference] = verify().differences
    assert (difference.figure, difference.expected) == ("text", "nothing: it was erased")


def test_what_an_older_backup_brings_back_goes_again_with_the_replay(folder: Path) -> None:
    call_command("backup", str(folder / "backup"))
    erase()
    publish(folder)
    call_command("restore", str(folder / "backup"))
    connections.close_all()
    assert Explanation.objects.filter(text=WORDS).exists()
    with scene.as_owner():
        call_command("replay_log", stdout=StringIO())
    assert not Explanation.objects.filter(text=WORDS).exists()
    assert verify().differences == []


def test_asked_again_it_erases_nothing_and_logs_nothing(folder: Path) -> None:
    erase()
    assert "The text was erased before." in erase()
    assert Event.objects.filter(kind="text.erased").count() == 1


def test_an_erasure_cut_short_after_the_journal_is_done_when_asked_again(folder: Path) -> None:
    Journal(folder / "journal").erase_words(complained(), "complaint")
    assert Explanation.objects.filter(text=WORDS).exists()
    assert "The text is erased" in erase()
    assert not Explanation.objects.filter(text=WORDS).exists()


@pytest.mark.parametrize(("index", "subject"), [(10_000, "complaint"), (None, "return")])
def test_what_was_never_written_is_refused(folder: Path, index: int | None, subject: str) -> None:
    with pytest.raises(CommandError, match="came with no text"):
        erase(index, subject)


def test_without_an_order_nothing_is_erased(folder: Path) -> None:
    with pytest.raises(CommandError):
        erase(order="  ")
    assert Explanation.objects.filter(text=WORDS).exists()
    assert WORDS in journal_of(folder)
