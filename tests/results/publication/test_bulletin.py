"""A bulletin says what the protocols said when the log was signed, and nobody changes it afterwards."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import psycopg
import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from audit.models import Event
from results.models import Snapshot, SnapshotSeats, SnapshotTally
from results.publication.services import NotPublishable, publish_bulletin
from stations.models import Area, Contest, Election
from tests import scene
from tests.packages import valid_figures
from tests.results import evening

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def election(folder: Path) -> Election:
    return scene.load(folder / "package")


def test_a_bulletin_is_the_plain_sum_of_the_protocols_in_force_at_its_checkpoint(
    election: Election, folder: Path
) -> None:
    evening.everybody_sends()
    scene.decide("correct", "r1-d1-s1", figures=valid_figures({"a": 200, "b": 160, "c": 60, "against_all": 20}))
    scene.decide("annul", "r2-d1-s1", "okrug")
    snapshot = evening.bulletin(election, folder)
    for contest in Contest.objects.all():
        for area in Area.objects.all():
            tally = SnapshotTally.objects.get(snapshot=snapshot, contest=contest, area=area)
            counts = (
                tally.stations_expected,
                tally.stations_reported,
                tally.stations_held,
                tally.stations_annulled,
            )
            assert (tally.figures, counts) == scene.plain_sum(contest.code, area.code)


def test_what_came_after_the_checkpoint_is_not_in_the_bulletin(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    evening.seal_log(folder)
    scene.submit("r1-d1-s2")
    snapshot = publish_bulletin(election=election, by=evening.member("cec", election), now=timezone.now())
    nation = SnapshotTally.objects.get(snapshot=snapshot, contest__code="list", area__code="kz")
    assert nation.stations_reported == 1
    assert nation.figures[-4:] == [240, 120, 60, 20]


def test_a_bulletin_holds_the_seats_and_how_they_were_allocated(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1", figures=valid_figures({"a": 300, "b": 130, "c": 10, "against_all": 10}))
    snapshot = evening.bulletin(election, folder)
    seats = SnapshotSeats.objects.filter(snapshot=snapshot, contest__code="list")
    assert dict(seats.values_list("choice__code", "seats")) == {"a": 7, "b": 3, "c": 0}
    assert snapshot.allocations.get(contest__code="list").steps["seats"] == {"a": 7, "b": 3, "c": 0}


def test_a_bulletin_is_in_the_log_with_its_checkpoint_and_the_hash_of_its_content(
    election: Election, folder: Path
) -> None:
    snapshot = evening.bulletin(election, folder)
    entry = json.loads(bytes(Event.objects.get(kind="bulletin.published").entry))
    assert entry["body"] == {
        "number": 1,
        "checkpoint": {"size": snapshot.checkpoint_id, "root": bytes(snapshot.checkpoint.root).hex()},
        "content_sha256": snapshot.content_sha256,
    }
    assert entry["actor"]["role"] == "cec"


def test_bulletins_are_numbered_without_holes_under_two_publishers_at_once(election: Election, folder: Path) -> None:
    evening.everybody_sends(("list",))
    evening.seal_log(folder)
    people = [evening.member(name, election) for name in ("cec", "cec2")]
    together = Barrier(2)

    def publish(number: int) -> list[int]:
        try:
            together.wait(timeout=30)
            return [
                publish_bulletin(election=election, by=people[number], now=timezone.now()).number for _round in range(3)
            ]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        numbers = sorted(number for given in pool.map(publish, range(2)) for number in given)
    assert numbers == [1, 2, 3, 4, 5, 6]
    assert len(set(Snapshot.objects.values_list("content_sha256", flat=True))) == 1


def test_no_bulletin_before_the_law_allows_figures(election: Election, folder: Path) -> None:
    evening.seal_log(folder)
    early = election.figures_public_from - timedelta(seconds=1)
    with pytest.raises(NotPublishable) as refused:
        publish_bulletin(election=election, by=evening.member("cec", election), now=early)
    assert list(refused.value.fields) == ["figures_public_from"]
    assert not Snapshot.objects.exists()


def test_no_bulletin_before_the_first_checkpoint(election: Election) -> None:
    with pytest.raises(NotPublishable) as refused:
        publish_bulletin(election=election, by=evening.member("cec", election), now=timezone.now())
    assert list(refused.value.fields) == ["checkpoint"]


def test_a_tally_that_is_quiet_but_wrong_refuses_the_bulletin(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    evening.seal_log(folder)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE aggregation_tally SET figures[1] = figures[1] + 1 "
            "WHERE area_id = (SELECT id FROM stations_area WHERE code = 'r1-d1') "
            "AND contest_id = (SELECT id FROM stations_contest WHERE code = 'list')"
        )
    with pytest.raises(NotPublishable) as refused:
        publish_bulletin(election=election, by=evening.member("cec", election), now=timezone.now())
    assert list(refused.value.fields) == ["tallies"]


def test_a_tally_still_on_its_way_does_not_refuse_the_bulletin(election: Election, folder: Path) -> None:
    evening.seal_log(folder)
    scene.submit("r1-d1-s1")
    snapshot = publish_bulletin(election=election, by=evening.member("cec", election), now=timezone.now())
    assert snapshot.number == 1


TABLES = ("snapshot", "snapshottally", "snapshotallocation", "snapshotseats", "approval")
ATTACKS = ("UPDATE results_{table} SET {column} = {column}", "DELETE FROM results_{table}", "TRUNCATE results_{table}")
COLUMN = {"snapshot": "number", "approval": "approved_at"}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("attack", ATTACKS, ids=["update", "delete", "truncate"])
def test_the_application_cannot_change_what_was_published(
    election: Election, folder: Path, table: str, attack: str
) -> None:
    evening.bulletin(election, folder)
    statement = attack.format(table=table, column=COLUMN.get(table, "snapshot_id"))
    with pytest.raises(DatabaseError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)


@pytest.mark.parametrize("table", ["snapshot", "snapshottally", "snapshotallocation", "snapshotseats"])
@pytest.mark.parametrize("attack", ATTACKS[:2], ids=["update", "delete"])
def test_not_even_the_owner_changes_it_by_accident(election: Election, folder: Path, table: str, attack: str) -> None:
    scene.submit("r1-d1-s1")
    evening.bulletin(election, folder)
    statement = attack.format(table=table, column=COLUMN.get(table, "snapshot_id"))
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        try:
            with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
                cursor.execute(statement)
        finally:
            cursor.execute("SET ROLE hattama_app")
