"""The desk of a large region: three thousand stations with five contests, in a bounded number of statements."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.domain.roles import Role
from stations.models import Area, AreaLevel, Ballot, Contest, Station
from tallies.models import ProtocolVersion, Standing
from tallies.selectors import Narrowed, Scope
from tallies.selectors.desk import Moment, areas_on_desk, count_by_matter, desk_rows, desk_stamp
from tests.tallies.night import Night, names, small_night

pytestmark = pytest.mark.django_db

DISTRICTS, STATIONS_EACH, CONTESTS = 30, 100, 5
PROTOCOLS = DISTRICTS * STATIONS_EACH * CONTESTS
AT = datetime(2023, 3, 19, 17, tzinfo=UTC)


@pytest.fixture
def region(night: Night) -> Area:
    """The region "north" of the small night, grown to 3,000 more stations, two thirds of whose protocols came in."""
    north, form = night.areas["north"], night.contests["list"].form
    contests = [
        night.contests["list"],
        *Contest.objects.bulk_create(
            Contest(
                election=night.election, form=form, code=f"more-{number}", kind="party_list", entry="single", seats=1,
                threshold_percent=5, position=10 + number, **names(f"Contest {number}"),
            )
            for number in range(1, CONTESTS)
        ),
    ]  # fmt: skip
    districts = Area.objects.bulk_create(
        Area(
            election=night.election, code=f"big-{number:02}", parent=north, level="district", kind="district",
            position=100 + number, **names(f"District {number}"),
        )
        for number in range(DISTRICTS)
    )  # fmt: skip
    stations = Station.objects.bulk_create(
        Station(
            election=night.election, area=district, code=f"{district.code}-{number:03}", registered_voters=1000,
            phone="+7 700 000", time_zone="Asia/Almaty", **names(f"School {number} of {district.code}"),
        )
        for district in districts
        for number in range(STATIONS_EACH)
    )  # fmt: skip
    Ballot.objects.bulk_create(
        (Ballot(contest=contest, station=station) for station in stations for contest in contests), batch_size=2000
    )
    came_in = [(contest, station) for station in stations for contest in contests][: PROTOCOLS * 2 // 3]
    versions = ProtocolVersion.objects.bulk_create((
        ProtocolVersion(
            contest=contest, station=station, number=1, origin="entry", figures=[1] * 10, salt=b"s" * 32, at=AT,
            findings=[] if place % 10 else [{"code": "W301", "severity": "warning", "figures": {"found": 1}}],
        )
        for place, (contest, station) in enumerate(came_in)),
        batch_size=2000,
    )  # fmt: skip
    Standing.objects.bulk_create((
        Standing(
            contest=contest, station=station, area=station.area, state="in_force" if place % 50 else "held",
            version=version, changed_at=AT,
        )
        for place, ((contest, station), version) in enumerate(zip(came_in, versions, strict=True))),
        batch_size=2000,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("ANALYZE")
        cursor.execute("SET ROLE hattama_app")
    return north


@pytest.fixture
def night() -> Night:
    return small_night()


@pytest.fixture
def commission(night: Night, region: Area) -> Client:
    client = night.person("region", Role.REGION, area=region)
    client.get("/en/desk/?state=open")
    return client


QUERIES = [
    "",
    "state=open",
    "state=all&sort=number&page=200",
    "q=School+17",
    "district=big-07",
    "district=big-07&view=grid",
    "state=all&contest=more-3&q=big-1",
]


def test_every_view_of_it_takes_a_bounded_number_of_statements(commission: Client) -> None:
    for query in QUERIES:
        with CaptureQueriesContext(connection) as statements:
            began = time.perf_counter()
            answer = commission.get(f"/en/desk/?{query}")
            took = time.perf_counter() - began
        assert answer.status_code == 200
        assert len(statements) <= 27, (query, [each["sql"][:90] for each in statements])
        assert took < 3, "a generous bound: it is a fraction of a second on one core"


def test_asking_again_while_nothing_changes_costs_one_look_at_where_protocols_stand(commission: Client) -> None:
    first = commission.get("/en/desk/?state=open", headers={"HX-Request": "true"})
    with CaptureQueriesContext(connection) as statements:
        again = commission.get("/en/desk/?state=open", headers={"HX-Request": "true", "If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert len(statements) <= 12, [each["sql"][:90] for each in statements]


def test_no_step_of_a_plan_handles_many_more_rows_than_there_are_protocols(night: Night, region: Area) -> None:
    scope = Scope(night.election.pk, False, frozenset(), frozenset(), frozenset({region.pk}), frozenset())
    moment = Moment(AT, timedelta(hours=3))
    with CaptureQueriesContext(connection) as statements:
        assert sum(count_by_matter(scope, Narrowed(), moment).values()) == PROTOCOLS + 5
        desk_rows(scope, Narrowed(text="school 17"), moment, limit=50)
        desk_stamp(scope, Narrowed())
        areas_on_desk(scope, Narrowed(), moment, level=AreaLevel.DISTRICT)
    for statement in statements:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement['sql']}")
            plan = cursor.fetchone()[0]
        plan = json.loads(plan) if isinstance(plan, str) else plan
        most = max(_rows(plan[0]["Plan"]))
        assert most <= 2 * PROTOCOLS, (most, statement["sql"][:200])


def _rows(node: dict[str, Any]) -> Iterator[float]:
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Join Filter", 0)
    yield (node["Actual Rows"] + removed) * node["Actual Loops"]
    for beneath in node.get("Plans", []):
        yield from _rows(beneath)
