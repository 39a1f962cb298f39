"""A protocol comes in once, whole, with its event and its pending row, or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from audit.domain.commitments import commit_figures, commit_text
from audit.models import Event
from stations.models import Election
from tallies.domain.lifecycle import State
from tallies.models import Entry, Explanation, PendingArea, ProtocolVersion, Standing, StandingChange
from tallies.refusals import Refusal
from tallies.services.submit import AlreadyStands, ChecksFailed, FiguresRefused, KeyReused, Submitted
from tests import scene
from tests.packages import valid_figures
from tests.processes import another_connection

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def election(db: None, tmp_path: Path) -> Iterator[Election]:
    election = scene.load(tmp_path / "package")
    PendingArea.objects.all().delete()
    yield election


def body_of(event: Event) -> dict[str, object]:
    return dict(json.loads(bytes(event.entry))["body"])


def nothing_was_written() -> bool:
    return (
        not any(
            model.objects.exists()
            for model in (Entry, ProtocolVersion, Standing, StandingChange, PendingArea, Explanation)
        )
        and not Event.objects.filter(kind__startswith="protocol.").exists()
    )


def test_a_protocol_that_adds_up_is_in_force_with_event_history_and_pending_row() -> None:
    submitted = scene.submit()
    assert (submitted.state, submitted.number, submitted.findings) == (State.IN_FORCE, 1, [])
    version = ProtocolVersion.objects.get()
    standing = Standing.objects.get()
    change = StandingChange.objects.get()
    assert (standing.state, standing.version_id) == ("in_force", version.pk)
    assert (change.state, change.version_id) == ("in_force", version.pk)
    assert version.first_entry == Entry.objects.get()
    assert [pending.area_id for pending in PendingArea.objects.all()] == [standing.area_id]


def test_the_accepting_event_carries_figures_and_the_salt_that_opens_them() -> None:
    scene.submit()
    body = body_of(Event.objects.get(kind="protocol.accepted"))
    assert body["figures"] == valid_figures()
    assert bytes.fromhex(str(body["salt"])) == bytes(ProtocolVersion.objects.get().salt)


def test_the_event_of_a_held_protocol_says_nothing_of_its_figures() -> None:
    assert scene.hold().state is State.HELD
    event = Event.objects.get(kind="protocol.held")
    version = ProtocolVersion.objects.get()
    assert body_of(event)["commitment"] == commit_figures(bytes(version.salt), scene.broken_figures())
    assert "figures" not in body_of(event) and "salt" not in body_of(event)
    assert version.salt.hex() not in bytes(event.entry).decode()


def test_words_are_logged_by_their_salted_hash_alone() -> None:
    scene.hold()
    text = Explanation.objects.get()
    event = Event.objects.get(kind="protocol.held")
    assert body_of(event)["texts"] == {"paper_says_so": commit_text(bytes(text.salt), text.text)}
    assert text.text not in bytes(event.entry).decode()


def test_the_log_names_the_officer_by_role_and_pseudonym_only() -> None:
    scene.submit()
    entry = bytes(Event.objects.get(kind="protocol.accepted").entry).decode()
    assert json.loads(entry)["actor"] == {"role": "officer", "pseudonym": str(scene.person().pseudonym)}
    assert "username" not in entry and '"officer"' in entry


def test_errors_stop_a_protocol_and_leave_nothing_behind() -> None:
    with pytest.raises(ChecksFailed) as refused:
        scene.submit(figures=scene.broken_figures())
    assert [finding.code for finding in refused.value.findings] == ["E201"]
    assert nothing_was_written()


def test_a_warning_stops_until_somebody_confirms_it() -> None:
    figures = valid_figures(invalid=100, unused=400)
    with pytest.raises(ChecksFailed):
        scene.submit(figures=figures)
    assert nothing_was_written()
    assert scene.submit(figures=figures, explanations={"W304": "damp ink"}).state is State.IN_FORCE
    assert [(text.subject, text.text) for text in Explanation.objects.all()] == [("W304", "damp ink")]


def test_figures_that_cannot_be_read_are_refused_with_every_place() -> None:
    with pytest.raises(FiguresRefused) as refused:
        scene.submit(figures={**valid_figures(), "ballots_issued": -1, "votes:a": "7"})
    assert set(refused.value.fields) == {"ballots_issued", "votes:a"}
    assert nothing_was_written()


@pytest.mark.parametrize("first", ["in_force", "held", "annulled"])
def test_a_second_protocol_beside_one_that_stands_is_refused(first: str) -> None:
    if first == "held":
        scene.hold()
    else:
        scene.submit()
    if first == "annulled":
        scene.decide("annul")
    before = ProtocolVersion.objects.count()
    with pytest.raises(AlreadyStands) as refused:
        scene.submit(by=scene.person("somebody else"))
    assert refused.value.fields == {"state": first}
    assert ProtocolVersion.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_a_protocol_that_comes_too_late_does_not_wait_for_whoever_is_correcting_what_stands() -> None:
    scene.submit()
    late = scene.person("late")
    with another_connection() as correcting, connection.cursor() as cursor:
        correcting.execute("SELECT FROM tallies_standing FOR UPDATE")
        cursor.execute("SET lock_timeout = '2s'")
        try:
            with pytest.raises(AlreadyStands):
                scene.submit(by=late, figures=valid_figures(unused=499))
        finally:
            cursor.execute("RESET lock_timeout")
    assert ProtocolVersion.objects.count() == 1


def test_a_returned_protocol_comes_in_anew_as_the_next_version() -> None:
    scene.hold()
    scene.decide("return")
    assert scene.submit().number == 2
    assert Standing.objects.get().state == "in_force"


def test_the_same_key_again_is_the_same_protocol() -> None:
    first = scene.submit(key="abc")
    again = scene.submit(key="abc")
    assert (again.version_id, again.state, again.repeated) == (first.version_id, first.state, True)
    assert ProtocolVersion.objects.count() == Event.objects.filter(kind__startswith="protocol.").count() == 1


def test_the_same_key_for_another_protocol_is_refused() -> None:
    scene.submit(key="abc")
    with pytest.raises(KeyReused):
        scene.submit(station="r1-d1-s2", key="abc", figures=valid_figures(unused=499))


def test_a_key_belongs_to_its_person() -> None:
    scene.submit(key="abc")
    scene.submit(station="r1-d1-s2", key="abc", by=scene.person("another"))
    assert ProtocolVersion.objects.count() == 2


def test_a_refused_protocol_leaves_its_key_free() -> None:
    with pytest.raises(ChecksFailed):
        scene.submit(key="abc", figures=scene.broken_figures())
    assert scene.submit(key="abc").state is State.IN_FORCE


def test_accepting_a_protocol_takes_at_most_eight_statements() -> None:
    place, by = scene.owed(), scene.person()
    scene.submit(station="r1-d1-s2")
    with CaptureQueriesContext(connection) as queries:
        scene.submit(by=by)
    statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert place and len(statements) <= 8, statements


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same_key", [True, False])
def test_two_officers_at_once_make_one_version(same_key: bool) -> None:
    officers = [scene.person("one"), scene.person("one" if same_key else "two")]
    together = Barrier(2)

    def press(number: int, station: str) -> Submitted | Refusal:
        together.wait()
        try:
            return scene.submit(station, by=officers[number], key=station)
        except Refusal as refusal:
            return refusal
        finally:
            connections.close_all()

    for station in ("r1-d1-s1", "r1-d1-s2", "r1-d2-s1", "r2-d1-s1", "r2-d2-s3"):
        with ThreadPoolExecutor(2) as pool:
            outcomes = list(pool.map(press, range(2), [station] * 2))
        assert ProtocolVersion.objects.filter(station=scene.owed(station).station_id).count() == 1
        taken = [outcome for outcome in outcomes if isinstance(outcome, Submitted)]
        if same_key:
            assert len(taken) == 2 and len({outcome.version_id for outcome in taken}) == 1
        else:
            assert len(taken) == 1 and [type(outcome) for outcome in outcomes].count(AlreadyStands) == 1
