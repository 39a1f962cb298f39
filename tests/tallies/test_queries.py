"""Odd figures are asked about once, answered once with a reason, and the question goes with its protocol."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext

from accounts.domain.roles import Permission, Role
from accounts.models import Appointment
from aggregation.services import settle
from audit.models import Event
from stations.models import Area, Contest, Election, Station
from tallies.models import Explanation, PendingLook, Query, QueryClosing
from tallies.refusals import Refusal
from tallies.selectors import Scope, scope_of
from tallies.selectors.queries import count_open_queries, open_queries, open_query_count
from tallies.selectors.turnout import owed_turnout
from tallies.services.close_query import QueryClosed, close_query
from tallies.services.locking import ReasonMissing
from tallies.services.patterns import Looked, look_for_patterns
from tallies.services.turnout import report_turnout
from tests import scene
from tests.packages import valid_figures

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def election(db: None, tmp_path: Path) -> Iterator[Election]:
    yield scene.load(tmp_path / "package", regions=2, districts=1, stations=9)


def figures(number: int, **other: Any) -> dict[str, int]:
    """Return figures like those of others, and equal to none."""
    return valid_figures({"a": 240 + number, "b": 120 - number, "c": 60, "against_all": 20}, **other)


def enter(numbers: range, district: str = "r1-d1") -> None:
    for number in numbers:
        scene.submit(f"{district}-s{number}", figures=figures(number + (10 if district == "r2-d1" else 0)))


def look() -> Looked:
    settle()
    return look_for_patterns(now=scene.NOW)


def close(query: Query, by: str = "district", reason: str = "photograph compared, correct") -> None:
    close_query(
        query=query,
        answer=QueryClosing.Answer.COMPARED,
        reason=reason,
        by=scene.person(by),
        role="district",
        now=scene.NOW,
    )


def body_of(kind: str) -> dict[str, Any]:
    return dict(json.loads(bytes(Event.objects.filter(kind=kind).latest("pk").entry))["body"])


def twins() -> Query:
    """Let two stations of different regions say the same; return the query about them."""
    scene.submit("r1-d1-s1")
    scene.submit("r2-d1-s1")
    look()
    return Query.objects.get()


def everything(election: Election) -> Scope:
    return Scope(election.pk, True, frozenset(), frozenset(), frozenset(), frozenset())


def test_two_stations_with_the_same_results_are_asked_about_once() -> None:
    query = twins()
    assert (query.kind, query.station.code, query.other_station and query.other_station.code) == (
        "identical_results", "r2-d1-s1", "r1-d1-s1",
    )  # fmt: skip
    assert body_of("query.opened") == {
        "pattern": "identical_results", "version": 1, "other_station": "r1-d1-s1", "other_version": 1,
        "figures": {"votes_total": 440},
    }  # fmt: skip
    PendingLook.objects.create(contest_id=query.contest_id, area_id=query.area_id)
    assert look_for_patterns(now=scene.NOW) == Looked(places=1, opened=0, superseded=0)


def test_stations_that_differ_open_nothing() -> None:
    enter(range(1, 10))
    assert look().opened == 0


def test_a_turnout_and_a_share_far_from_the_districts_are_asked_about() -> None:
    enter(range(1, 9))
    odd = valid_figures({"a": 10, "b": 20, "c": 60, "against_all": 800}, unused=100)
    scene.submit("r1-d1-s9", figures=odd)
    assert look().opened == 2
    turnout, share = Query.objects.order_by("-kind")
    assert (turnout.kind, turnout.figures) == ("turnout_far", {"turnout": 892, "median": 442})
    assert (share.kind, share.figures) == ("share_far", {"choice": "against_all", "share": 899, "median": 45})


def test_an_election_names_its_own_limits() -> None:
    with scene.as_owner() as cursor:
        cursor.execute("""UPDATE stations_election SET patterns = '{"identical_minimum_votes": 441}'""")
    scene.submit("r1-d1-s1")
    scene.submit("r2-d1-s1")
    assert look().opened == 0


def test_a_protocol_below_the_turnout_that_was_reported_is_asked_about() -> None:
    owed = owed_turnout("r1-d1-s1")
    assert owed is not None
    report_turnout(
        owed=owed, hour="10:00", voters=443, idempotency_key=None, by=scene.person(), role="officer", now=scene.NOW
    )
    scene.submit("r1-d1-s1")
    scene.submit("r1-d1-s2", figures=figures(1))
    assert look().opened == 1
    assert Query.objects.get().figures == {"issued": 442, "reported": 443}


def test_held_protocols_are_not_asked_about() -> None:
    scene.hold("r1-d1-s1")
    scene.hold("r2-d1-s1")
    assert look().opened == 0


def test_a_query_goes_with_the_version_it_was_about(election: Election) -> None:
    query = twins()
    scene.decide("correct", "r1-d1-s1", figures=figures(5))
    assert look() == Looked(places=1, opened=0, superseded=1)
    assert QueryClosing.objects.get().outcome == "superseded"
    assert body_of("query.closed") == {
        "pattern": "identical_results", "version": 1, "other_station": "r1-d1-s1", "other_version": 1,
        "outcome": "superseded",
    }  # fmt: skip
    assert not open_queries(everything(election)) and query.closing.by is None


def test_a_commission_closes_a_query_with_a_reason_that_the_log_has_by_its_hash_alone(election: Election) -> None:
    query = twins()
    with pytest.raises(ReasonMissing):
        close(query, reason=" ")
    close(query)
    body = body_of("query.closed")
    assert (body["outcome"], body["answer"], set(body["texts"])) == ("answered", "compared", {"query"})
    assert "photograph" not in json.dumps(body)
    assert Explanation.objects.get().text == "photograph compared, correct"
    with pytest.raises(QueryClosed):
        close(query)
    assert not open_queries(everything(election))


def test_what_was_answered_is_not_asked_again_and_no_figure_changes() -> None:
    close(twins())
    enter(range(2, 4))
    assert look().opened == 0
    scene.assert_every_tally_is_the_plain_sum()


def test_commissions_of_both_stations_see_a_query_and_others_do_not(election: Election) -> None:
    query = twins()
    for place, seen in (("r1-d1", True), ("r2-d1", True), ("r2", True)):
        user = scene.person(f"of-{place}")
        role = Role.DISTRICT if "-" in place else Role.REGION
        area = Area.objects.get(code=place)
        Appointment.objects.create(user=user, role=role, election=election, area=area, appointed_at=election.opens_at)
        scope = scope_of(user, Permission.CLOSE_QUERY, election, now=scene.NOW + timedelta(hours=1))
        assert (query in open_queries(scope)) is seen
        assert count_open_queries(scope) == {"identical_results": 1}
    elsewhere = Station.objects.get(code="r1-d1-s5")
    outside = Scope(election.pk, False, frozenset({elsewhere.pk}), frozenset(), frozenset(), frozenset())
    assert not open_queries(outside)


def test_an_area_knows_how_many_queries_are_open_in_it() -> None:
    query = twins()
    counts = {code: open_query_count(Area.objects.get(code=code), query.contest_id) for code in ("kz", "r1", "r2-d1")}
    assert counts == {"kz": 1, "r1": 1, "r2-d1": 1}
    other = Contest.objects.get(code="okrug")
    assert open_query_count(Area.objects.get(code="kz"), other.pk) == 0
    close(query)
    assert open_query_count(Area.objects.get(code="kz"), query.contest_id) == 0


def test_a_look_costs_as_many_statements_for_many_stations_as_for_few() -> None:
    def cost() -> int:
        settle()
        with CaptureQueriesContext(
            connection,
        ) as captured:
            look_for_patterns(now=scene.NOW)
        return len(captured)

    scene.submit("r1-d1-s1", figures=figures(1))
    few = cost()
    enter(range(2, 10))
    enter(range(1, 10), "r2-d1")
    assert cost() <= few
    assert few <= 12


def test_without_a_change_a_look_costs_two_statements(django_assert_num_queries: Callable[[int], Any]) -> None:
    PendingLook.objects.all().delete()
    with django_assert_num_queries(2 + 2):  # and the savepoint of this test around them
        assert look_for_patterns(now=scene.NOW) == Looked()


def test_the_database_refuses_to_change_a_query_or_a_closing() -> None:
    close(twins())
    for statement in ("UPDATE tallies_query SET kind = 'share_far'", "DELETE FROM tallies_queryclosing"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_close_a_query_at_once_one_does() -> None:
    query = twins()
    scene.person("one"), scene.person("two")
    together = Barrier(2)

    def attempt(name: str) -> str:
        together.wait()
        try:
            close(query, by=name)
        except Refusal as refusal:
            return refusal.code
        finally:
            connections["default"].close()
        return "closed"

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(attempt, ["one", "two"])) == ["closed", "query_closed"]
    assert Event.objects.filter(kind="query.closed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_looks_at_once_ask_once() -> None:
    scene.submit("r1-d1-s1")
    scene.submit("r2-d1-s1")
    settle()
    together = Barrier(4)

    def attempt(_number: int) -> int:
        together.wait()
        try:
            return look_for_patterns(now=scene.NOW).opened
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(4) as workers:
        assert sum(workers.map(attempt, range(4))) == 1
    assert Query.objects.count() == 1
