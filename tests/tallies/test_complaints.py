"""An observer complains about a protocol, a commission answers, and no figure changes by it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction

from aggregation.services import settle
from audit.domain.commitments import commit_figures
from audit.models import Event
from results.verification.verify import verify
from stations.models import Area, Contest
from tallies.domain.complaints import ComplaintState, Ending, Remedy, complaint_state, contradicted, may_follow
from tallies.models import Complaint, ComplaintEnd, Explanation, PendingArea
from tallies.refusals import Refusal
from tallies.selectors import Scope
from tallies.selectors.complaints import (
    ComplaintTold,
    carried_out,
    complaints_in,
    complaints_on,
    open_complaints,
    unanswered_count,
)
from tallies.services.complaints import (
    Answer,
    ComplaintEnded,
    ComplaintKeyReused,
    ComplaintMissing,
    NewComplaint,
    NotYourComplaint,
    RemedyDoesNotFollow,
    answer_complaint,
    register_complaint,
    withdraw_complaint,
)
from tallies.services.locking import ReasonMissing, VersionChanged
from tallies.services.submit import FiguresRefused
from tests import scene
from tests.figures import tells
from tests.packages import valid_figures

pytestmark = pytest.mark.django_db(databases=["default", "reader"])
EVERYTHING = frozenset[int]()


@pytest.fixture(autouse=True)
def election(db: None, tmp_path: Path) -> None:
    scene.load(tmp_path / "package", complaint_hours=120)
    settle()


def answer(complaint: Complaint, ending: Ending = Ending.UPHELD, **changed: Any) -> None:
    given = Answer(ending, changed.pop("remedy", Remedy.NOTHING), changed.pop("reason", "The commission has looked."))
    place = scene.owed(complaint.station.code, complaint.contest.code)
    person = {"by": scene.person("district"), "role": "district", "now": scene.NOW, **changed}
    answer_complaint(owed=place, complaint=complaint, answer=given, **person)


def withdraw(complaint: Complaint, by: str = "observer") -> None:
    place = scene.owed(complaint.station.code, complaint.contest.code)
    withdraw_complaint(owed=place, complaint=complaint, by=scene.person(by), role="observer", now=scene.NOW)


def told(now: Any = scene.NOW) -> list[ComplaintTold]:
    place = scene.owed()
    return complaints_on(place.contest_id, place.station_id, now=now)


def everything() -> Scope:
    election_id = Contest.objects.filter(code="list").values_list("election_id", flat=True)[0]
    return Scope(election_id, everything=True, stations=EVERYTHING, districts=EVERYTHING, regions=EVERYTHING,
                 contests=EVERYTHING)  # fmt: skip


def last_event() -> dict[str, Any]:
    entry: dict[str, Any] = json.loads(bytes(Event.objects.order_by("-pk")[0].entry))
    return entry


def test_a_complaint_binds_itself_to_the_copy_and_tells_neither_words_nor_figures() -> None:
    scene.submit()
    complaint = scene.complain(text="The chair wrote 240 for 204.", figures={"votes:a": 204, "ballots_issued": 442})
    event = last_event()
    body = event["body"]
    assert (event["kind"], body["number"], body["version"]) == ("complaint.registered", 1, 1)
    assert body["commitment"] == commit_figures(bytes(complaint.salt), {"ballots_issued": 442, "votes:a": 204})
    assert not tells(json.dumps(body["texts"]), 204) and "chair" not in json.dumps(event)
    assert Explanation.objects.get(event=complaint.event_id).text == "The chair wrote 240 for 204."
    assert complaint.answer_by == scene.NOW + timedelta(hours=120)


def test_without_a_copy_there_is_nothing_to_commit_to() -> None:
    scene.submit()
    assert scene.complain().figures == []
    assert "commitment" not in last_event()["body"]


def _annulled() -> None:
    scene.submit()
    scene.decide("annul")


@pytest.mark.parametrize("prepare", [lambda: None, scene.submit, scene.hold, _annulled])
def test_a_protocol_can_be_complained_about_whatever_its_state(prepare: Any) -> None:
    prepare()
    scene.complain(figures={"votes:a": 1})
    assert [each.state for each in told()] == [ComplaintState.OPEN]


def test_the_copys_figures_are_read_as_strictly_as_a_protocols_but_lines_may_be_missing() -> None:
    scene.submit()
    with pytest.raises(FiguresRefused) as refused:
        scene.complain(figures={"votes:a": "204", "votes:nobody": 1, "ballots_issued": -1})
    assert set(refused.value.fields) == {"votes:a", "votes:nobody", "ballots_issued"}
    assert not Complaint.objects.exists()


def test_a_complaint_needs_words_and_the_version_that_is_there() -> None:
    scene.submit()
    with pytest.raises(ComplaintMissing):
        scene.complain(text="  ")
    with pytest.raises(VersionChanged):
        register_complaint(
            owed=scene.owed(), complaint=NewComplaint(None, "wrong", {}), by=scene.person("observer"), role="observer",
            now=scene.NOW,
        )  # fmt: skip
    assert not Complaint.objects.exists()


def test_a_double_press_is_one_complaint_and_the_key_serves_no_other() -> None:
    def press(text: str = "wrong") -> Complaint:
        new = NewComplaint(None, text, {}, idempotency_key="k")
        return register_complaint(
            owed=scene.owed(), complaint=new, by=scene.person("observer"), role="observer", now=scene.NOW
        )

    assert press().pk == press().pk
    with pytest.raises(ComplaintKeyReused):
        press("something else")


def test_an_answer_ends_a_complaint_with_a_reason_and_what_follows() -> None:
    scene.submit()
    complaint = scene.complain()
    answer(complaint, Ending.UPHELD, remedy=Remedy.CORRECTION, reason="A bundle was mistyped.")
    event = last_event()
    assert event["body"]["ending"] == "upheld" and event["body"]["remedy"] == "correction"
    assert "bundle" not in json.dumps(event)
    [seen] = told()
    assert (seen.state, seen.ending, seen.remedy) == (ComplaintState.ANSWERED, Ending.UPHELD, Remedy.CORRECTION)


def test_what_an_answer_orders_is_found_among_the_changes_that_come_after_it() -> None:
    scene.submit()
    scene.decide("correct", figures=valid_figures({"a": 239, "b": 121, "c": 60, "against_all": 20}))
    complaint = scene.complain()
    answer(complaint, remedy=Remedy.CORRECTION)
    end = ComplaintEnd.objects.get()
    assert carried_out(complaint, end) is None, "the correction before the answer is not what it ordered"
    scene.decide("correct", figures=valid_figures())
    followed = carried_out(complaint, end)
    assert followed is not None and followed.version is not None and followed.version.number == 3


@pytest.mark.parametrize(
    ("ending", "changed", "refusal"),
    [
        (Ending.REJECTED, {"remedy": Remedy.RECOUNT}, RemedyDoesNotFollow),
        (Ending.UPHELD, {"reason": " "}, ReasonMissing),
        (Ending.WITHDRAWN, {}, RemedyDoesNotFollow),
    ],
)
def test_an_answer_that_cannot_be_leaves_the_complaint_waiting(
    ending: Ending, changed: dict[str, Any], refusal: type[Refusal]
) -> None:
    complaint = scene.complain()
    with pytest.raises(refusal):
        answer(complaint, ending, **changed)
    assert not ComplaintEnd.objects.exists()


def test_a_complaint_ends_once() -> None:
    complaint = scene.complain()
    with pytest.raises(NotYourComplaint):
        withdraw(complaint, by="somebody else")
    withdraw(complaint)
    assert last_event()["body"] == {"number": 1}
    with pytest.raises(ComplaintEnded):
        answer(complaint)
    with pytest.raises(ComplaintEnded):
        withdraw(complaint)
    assert [each.state for each in told()] == [ComplaintState.WITHDRAWN]


def test_no_step_of_a_complaint_changes_a_figure_or_leaves_a_tally_to_sum() -> None:
    scene.submit()
    settle()
    answer(scene.complain(figures={"votes:a": 1}), remedy=Remedy.ANNULMENT)
    withdraw(scene.complain())
    assert not PendingArea.objects.exists(), "nothing is to be summed again"
    scene.assert_every_tally_is_the_plain_sum()


def test_a_complaint_is_overdue_once_the_time_to_answer_is_over() -> None:
    scene.complain()
    assert told(scene.NOW + timedelta(hours=120))[0].state is ComplaintState.OPEN
    assert told(scene.NOW + timedelta(hours=120, seconds=1))[0].state is ComplaintState.OVERDUE
    assert complaint_state(None, None, scene.NOW) is ComplaintState.OPEN, "without a term nothing is overdue"
    assert complaint_state(Ending.REJECTED, scene.NOW, scene.NOW + timedelta(days=9)) is ComplaintState.ANSWERED


def test_lines_left_empty_on_a_copy_contradict_nothing() -> None:
    place = scene.owed()
    scene.submit(figures=valid_figures())
    complaint = scene.complain(figures={"votes:a": 240, "votes:b": 119})
    assert complaint.version is not None
    from stations.selectors import contest_form  # noqa: PLC0415

    layout = contest_form(place.contest_id, revision=place.revision).layout
    assert contradicted(complaint.figures, complaint.version.figures, layout) == ["votes:b"]


def test_what_waits_longest_stands_first_and_areas_count_what_waits_beneath_them() -> None:
    late = scene.complain(now=scene.NOW - timedelta(hours=200))
    scene.complain("r1-d2-s1")
    ended = scene.complain("r1-d1-s2", now=scene.NOW - timedelta(hours=300))
    answer(ended)
    listed = complaints_in(everything(), now=scene.NOW, limit=10)
    assert [each.station.code for each in listed] == ["r1-d1-s1", "r1-d2-s1", "r1-d1-s2"]
    assert [each.told.complaint_id for each in open_complaints(everything(), now=scene.NOW, limit=1)] == [late.pk]
    contest = Contest.objects.get(code="list")
    counts = {code: unanswered_count(Area.objects.get(code=code), contest) for code in ("kz", "r1", "r1-d1", "r2")}
    assert counts == {"kz": 2, "r1": 2, "r1-d1": 1, "r2": 0}


def test_nothing_follows_from_what_is_rejected() -> None:
    assert not may_follow(Ending.REJECTED, Remedy.CORRECTION) and may_follow(Ending.REJECTED, Remedy.NOTHING)
    assert may_follow(Ending.PARTLY_UPHELD, Remedy.NOTHING) and not may_follow(Ending.WITHDRAWN, Remedy.NOTHING)


@pytest.mark.parametrize("table", ["tallies_complaint", "tallies_complaintend"])
def test_the_database_refuses_to_change_a_complaint_or_its_end(table: str) -> None:
    answer(scene.complain())
    for statement in (f"UPDATE {table} SET at = now()", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        with pytest.raises(DatabaseError), transaction.atomic(), scene.as_owner() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize("column", ["by_id", "figures", "salt", "idempotency_key"])
def test_readers_see_neither_who_complained_nor_the_copy(column: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(using="reader"), connections["reader"].cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM tallies_complaint")


@pytest.mark.django_db(transaction=True, databases=["default", "reader"])
def test_of_an_answer_and_a_withdrawal_at_once_one_ends_the_complaint() -> None:
    complaint = scene.complain()
    scene.person("district")
    begin = Barrier(2)

    def press(step: Any) -> bool:
        try:
            begin.wait()
            step(complaint)
        except ComplaintEnded:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(press, (answer, withdraw))) == [False, True]
    assert Event.objects.filter(kind__in=("complaint.answered", "complaint.withdrawn")).count() == 1


@pytest.mark.django_db(transaction=True, databases=["default", "reader"])
def test_complaints_registered_at_once_have_numbers_of_their_own() -> None:
    scene.person("observer")
    begin = Barrier(4)

    def press(number: int) -> int:
        try:
            begin.wait()
            return scene.complain(text=f"wrong {number}").number
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as people:
        assert sorted(people.map(press, range(4))) == [1, 2, 3, 4]


@pytest.mark.django_db(transaction=True, databases=["default", "reader"])
@pytest.mark.parametrize(
    ("table", "statement"),
    [
        ("tallies_complaint", "UPDATE tallies_complaint SET figures[11] = 7"),
        ("tallies_complaint", "DELETE FROM tallies_complaintend; DELETE FROM tallies_complaint"),
        ("tallies_complaintend", "UPDATE tallies_complaintend SET ending = 'rejected', remedy = 'nothing'"),
        ("tallies_complaintend", "DELETE FROM tallies_complaintend"),
    ],
)
def test_verify_finds_a_complaint_or_an_answer_that_was_tampered_with(table: str, statement: str) -> None:
    scene.submit()
    answer(scene.complain(figures={"votes:a": 204}), remedy=Remedy.CORRECTION)
    withdraw(scene.complain())
    assert not [each for each in verify().differences if "complaint" in each.table]
    with scene.as_owner() as cursor:
        for name in ("tallies_complaint", "tallies_complaintend"):
            cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER never_changed")
        cursor.execute(statement)
        for name in ("tallies_complaint", "tallies_complaintend"):
            cursor.execute(f"ALTER TABLE {name} ENABLE TRIGGER never_changed")
    assert table in {each.table for each in verify().differences}
