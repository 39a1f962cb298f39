"""Two people key a protocol without seeing each other's figures; what both say stands, and nothing else."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import psycopg
import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from audit.domain.commitments import commit_figures
from audit.models import Event
from tallies.domain.lifecycle import State
from tallies.models import Entry, OpenEntry, PendingArea, ProtocolVersion
from tallies.refusals import Refusal
from tallies.services.double_entry import LinesLocked, TwoHaveEntered
from tallies.services.submit import AlreadyStands, ChecksFailed, Submitted
from tests import scene
from tests.packages import valid_figures
from tests.processes import environment

pytestmark = pytest.mark.django_db

TRUE = valid_figures()
MISTYPED = valid_figures({"a": 230, "b": 130, "c": 60, "against_all": 20})


@pytest.fixture(autouse=True)
def election(db: None, tmp_path: Path) -> None:
    scene.load(tmp_path / "package", entry="double")
    PendingArea.objects.all().delete()


def secretary(figures: dict[str, int] = TRUE, **options: str) -> Submitted:
    return scene.submit(figures=figures, by=scene.person("secretary"), **options)  # type: ignore[arg-type]


def chair(figures: dict[str, int] = TRUE, **options: str) -> Submitted:
    return scene.submit(figures=figures, by=scene.person("chair"), **options)  # type: ignore[arg-type]


def test_one_person_alone_puts_nothing_in_force() -> None:
    submitted = secretary()
    assert (submitted.state, submitted.version_id, submitted.differing) == (State.FIRST_ENTRY, None, [])
    assert not ProtocolVersion.objects.exists()
    assert scene.pending() == 0


def test_the_same_person_twice_is_still_one_person() -> None:
    secretary()
    assert secretary(MISTYPED).state is State.FIRST_ENTRY
    assert not ProtocolVersion.objects.exists()


def test_two_equal_entries_put_the_protocol_in_force_with_both_entries() -> None:
    secretary()
    assert chair().state is State.IN_FORCE
    version = ProtocolVersion.objects.get()
    assert version.first_entry is not None and version.first_entry.by.username == "secretary"
    assert version.second_entry is not None and version.second_entry.by.username == "chair"
    assert not OpenEntry.objects.exists()
    assert scene.pending() == 1


def test_entries_that_differ_say_which_lines_and_no_figures() -> None:
    secretary()
    submitted = chair(MISTYPED)
    assert submitted.state is State.DIFFERS
    assert submitted.differing == ["votes:a", "votes:b"]
    assert not ProtocolVersion.objects.exists()


@pytest.mark.parametrize("who_was_wrong", ["secretary", "chair"])
def test_whoever_mistyped_corrects_their_own_entry_until_both_agree(who_was_wrong: str) -> None:
    if who_was_wrong == "chair":
        secretary()
        chair(MISTYPED)
        assert chair().state is State.IN_FORCE
    else:
        secretary(MISTYPED)
        chair()
        assert secretary().state is State.IN_FORCE
    assert ProtocolVersion.objects.get().figures == Entry.objects.order_by("-pk")[0].figures


def test_a_person_who_looks_again_changes_only_lines_that_differ() -> None:
    secretary()
    chair(MISTYPED)
    with pytest.raises(LinesLocked) as refused:
        chair({**TRUE, "ballots_unused": 499, "ballots_received": TRUE["ballots_received"] - 1})
    assert set(refused.value.fields) == {"ballots_unused", "ballots_received"}
    assert Entry.objects.count() == 2


def test_a_third_person_has_no_say() -> None:
    secretary()
    chair(MISTYPED)
    with pytest.raises(TwoHaveEntered):
        scene.submit(by=scene.person("somebody else"))


def test_what_stands_cannot_be_entered_again() -> None:
    secretary()
    chair()
    for by in ("secretary", "chair", "somebody else"):
        with pytest.raises(AlreadyStands):
            scene.submit(by=scene.person(by))
    assert not OpenEntry.objects.exists()


def test_an_entry_is_logged_as_a_commitment_that_tells_nothing() -> None:
    secretary()
    event = Event.objects.get(kind="entry.recorded")
    entry = Entry.objects.get()
    assert json.loads(bytes(event.entry))["body"] == {"commitment": commit_figures(bytes(entry.salt), TRUE)}


def test_equal_entries_cannot_be_told_from_different_ones_by_their_commitments() -> None:
    secretary()
    chair(MISTYPED)
    chair()
    logged = [
        json.loads(bytes(event.entry))["body"]["commitment"] for event in Event.objects.filter(kind="entry.recorded")
    ]
    assert len(set(logged)) == len(logged) == 2


@pytest.mark.django_db(transaction=True)
def test_readers_of_the_database_never_see_an_entry() -> None:
    secretary()
    with psycopg.connect(environment()["DATABASE_READER_URL"]) as reader:
        for table in ("tallies_entry", "tallies_openentry"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), reader.transaction():
                reader.execute(f"SELECT * FROM {table}")


def test_a_protocol_that_breaks_a_check_is_held_when_both_say_the_paper_is_so() -> None:
    broken = scene.broken_figures()
    secretary(broken, paper_says_so="a ballot was torn")
    with pytest.raises(ChecksFailed):
        chair(broken)
    assert chair(broken, paper_says_so="a ballot was torn").state is State.HELD


def test_a_returned_protocol_is_entered_by_two_again() -> None:
    broken = scene.broken_figures()
    secretary(broken, paper_says_so="so")
    chair(broken, paper_says_so="so")
    scene.decide("return")
    assert secretary().state is State.FIRST_ENTRY
    assert chair().number == 2


def test_the_same_key_again_is_the_same_entry() -> None:
    secretary(key="k")
    assert secretary(key="k").repeated
    assert chair(key="k").state is State.IN_FORCE
    assert chair(key="k").version_id == ProtocolVersion.objects.get().pk
    assert secretary(key="k").state is State.FIRST_ENTRY
    assert Entry.objects.count() == 2


def test_statements_of_a_first_entry_and_of_the_one_that_accepts() -> None:
    scene.submit("r1-d1-s2")
    scene.person("secretary"), scene.person("chair")
    for enter, most in ((secretary, 5), (chair, 9)):
        with CaptureQueriesContext(connection) as queries:
            enter()
        statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
        # Finding the person and the place, and the caller's right, are not the service's own.
        assert len(statements) - 2 <= most, "\n".join(statements)


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_end_in_one_version() -> None:
    people = [scene.person("secretary"), scene.person("chair")]
    together = Barrier(2)

    def press(number: int, station: str) -> Submitted | Refusal:
        together.wait()
        try:
            return scene.submit(station, by=people[number])
        except Refusal as refusal:
            return refusal
        finally:
            connections.close_all()

    for station in ("r1-d1-s1", "r1-d1-s2", "r1-d2-s1", "r2-d1-s1"):
        with ThreadPoolExecutor(2) as pool:
            states = {outcome.state for outcome in pool.map(press, range(2), [station] * 2)}  # type: ignore[union-attr]
        assert states == {State.FIRST_ENTRY, State.IN_FORCE}
        assert ProtocolVersion.objects.filter(station=scene.owed(station).station_id).count() == 1
