"""Stations report through the day how many voters have received ballots."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.domain.roles import Role
from accounts.models import Appointment, User
from accounts.services import issue_token
from aggregation.models import Turnout
from aggregation.services import rebuild_tallies, settle
from audit.models import Event
from results.verification.verify import verify
from stations.models import Area, Election, Station
from tallies.models import TurnoutReport
from tallies.refusals import Refusal
from tallies.selectors.turnout import hours_of, last_reports, owed_turnout
from tallies.services.turnout import (
    AlreadyReported,
    HourNotStruck,
    MoreThanRegistered,
    NoSuchHour,
    Reported,
    TurnoutKeyReused,
    TurnoutShrinks,
    report_turnout,
)
from tests import scene

pytestmark = pytest.mark.django_db(databases=["default", "reader"])
HOURS = ["10:00", "12:00", "14:00", "20:00"]
# The small country lives five hours ahead: 15:30 there.
AFTERNOON = datetime(2026, 3, 19, 10, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def election(db: None, tmp_path: Path) -> Election:
    election = scene.load(tmp_path / "package", turnout_hours=HOURS)
    settle()
    return election


def report(hour: str, voters: int, station: str = "r1-d1-s1", **more: Any) -> Reported:
    owed = owed_turnout(station)
    assert owed is not None
    given = {"by": scene.person(), "role": "officer", "now": AFTERNOON, **more}
    return report_turnout(owed=owed, hour=hour, voters=voters, **given)


def sums(area: str) -> dict[str, tuple[int, int, int]]:
    rows = Turnout.objects.filter(area__code=area)
    return {row.hour: (row.voters, row.stations, row.registered_voters) for row in rows}


def test_reports_reach_district_region_and_nation_through_the_same_workers_steps() -> None:
    report("10:00", 100)
    report("10:00", 50, "r1-d1-s2")
    report("12:00", 300)
    report("10:00", 7, "r2-d2-s3")
    settle()
    assert sums("r1-d1") == {"10:00": (150, 2, 2000), "12:00": (300, 1, 1000)}
    assert sums("kz") == {"10:00": (157, 3, 3000), "12:00": (300, 1, 1000)}


def test_a_report_is_an_event_with_its_number() -> None:
    report("10:00", 100)
    body = json.loads(bytes(Event.objects.get(kind="turnout.reported").entry))["body"]
    assert body == {"hour": "10:00", "number": 1, "voters": 100}


def test_a_correction_needs_a_reason_and_leaves_the_earlier_number_to_be_seen() -> None:
    report("10:00", 100)
    with pytest.raises(AlreadyReported):
        report("10:00", 110)
    assert report("10:00", 110, reason="counted twice").number == 2
    assert [row.voters for row in TurnoutReport.objects.order_by("number")] == [100, 110]
    body = json.loads(bytes(Event.objects.filter(kind="turnout.reported").order_by("-pk")[0].entry))["body"]
    assert set(body["texts"]) == {"turnout"} and "counted twice" not in json.dumps(body)
    settle()
    assert sums("kz")["10:00"] == (110, 1, 1000)


def test_the_same_number_again_and_the_same_key_again_change_nothing() -> None:
    report("10:00", 100, idempotency_key="k")
    assert report("10:00", 100).repeated
    assert report("10:00", 100, idempotency_key="k").repeated
    with pytest.raises(TurnoutKeyReused):
        report("12:00", 100, idempotency_key="k")
    assert TurnoutReport.objects.count() == 1


@pytest.mark.parametrize(
    ("hour", "voters", "refusal"),
    [
        ("11:00", 5, NoSuchHour),
        ("20:00", 5, HourNotStruck),
        ("14:00", 1001, MoreThanRegistered),
        ("10:00", 301, TurnoutShrinks),
        ("14:00", 299, TurnoutShrinks),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(hour: str, voters: int, refusal: type[Refusal]) -> None:
    report("12:00", 300)
    with pytest.raises(refusal):
        report(hour, voters)
    assert TurnoutReport.objects.count() == 1


def test_more_voters_than_on_the_register_are_taken_once_confirmed() -> None:
    assert report("10:00", 1001, more_than_registered=True).number == 1


def test_an_hour_strikes_on_the_stations_own_clock(election: Election) -> None:
    with scene.as_owner() as cursor:
        cursor.execute("UPDATE stations_station SET time_zone = 'Europe/Berlin' WHERE code = 'r1-d1-s1'")
    owed = owed_turnout("r1-d1-s1")
    assert owed is not None
    assert [each.hour for each in hours_of(owed, now=AFTERNOON) if each.is_due] == ["10:00"]
    with pytest.raises(HourNotStruck):
        report("12:00", 5)


def test_the_last_report_of_a_station_is_that_of_its_last_hour() -> None:
    report("10:00", 100)
    report("12:00", 300)
    report("10:00", 90, reason="mistyped")
    station = Station.objects.get(code="r1-d1-s1")
    assert last_reports([station.pk]) == {station.pk: ("12:00", 300)}


@pytest.mark.django_db(transaction=True, databases=["default", "reader"])
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000))
def test_whatever_is_reported_and_corrected_ends_in_the_plain_sum(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(12):
        try:
            report(
                chance.choice(HOURS[:3]), chance.randrange(1100), f"r{chance.randint(1, 2)}-d1-s{chance.randint(1, 3)}",
                reason=chance.choice(["", "mistyped"]), more_than_registered=chance.random() < 0.5,
            )  # fmt: skip
        except Refusal:
            continue
        if chance.random() < 0.3:
            settle()
    settle()
    before = {area.code: sums(area.code) for area in Area.objects.all()}
    rebuild_tallies()
    assert {area.code: sums(area.code) for area in Area.objects.all()} == before


@pytest.mark.django_db(transaction=True, databases=["default", "reader"])
def test_of_two_corrections_at_once_one_comes_after_the_other() -> None:
    report("10:00", 100)
    scene.person("one"), scene.person("two")
    begin = Barrier(2)

    def press(name: str) -> int:
        try:
            begin.wait()
            voters = 110 if name == "one" else 120
            return report("10:00", voters, by=scene.person(name), reason="counted again").number
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(press, ("one", "two"))) == [2, 3]


@pytest.mark.django_db(transaction=True, databases=["default", "reader"])
@pytest.mark.parametrize(
    ("table", "statement"),
    [
        ("tallies_turnoutreport", "UPDATE tallies_turnoutreport SET voters = 90"),
        ("tallies_turnoutreport", "DELETE FROM tallies_turnoutreport"),
        ("aggregation_turnout", "UPDATE aggregation_turnout SET voters = voters + 1"),
        ("aggregation_turnout", "DELETE FROM aggregation_turnout WHERE hour = '10:00'"),
    ],
)
def test_verify_finds_a_report_or_a_sum_that_was_tampered_with(table: str, statement: str) -> None:
    report("10:00", 100)
    settle()
    assert not [each for each in verify().differences if "turnout" in each.table]
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("ALTER TABLE tallies_turnoutreport DISABLE TRIGGER never_changed")
        cursor.execute(statement)
        cursor.execute("ALTER TABLE tallies_turnoutreport ENABLE TRIGGER never_changed")
    assert table in {each.table for each in verify().differences}


# The page and the API


@pytest.fixture
def officer(election: Election) -> User:
    user = scene.person("aigul")
    station = Station.objects.get(code="r1-d1-s1")
    Appointment.objects.create(
        user=user, role=Role.OFFICER, election=election, station=station, appointed_at=election.opens_at
    )
    return user


def test_the_page_asks_for_the_first_hour_that_is_due(officer: User) -> None:
    client = Client()
    client.force_login(officer)
    page = client.get("/en/station/r1-d1-s1/turnout/")
    assert "By 10:00" in page.content.decode()
    form = {"hour": "10:00", "voters": "1 00", "key": "7f1f7f4e-3f0a-4f0f-9d57-0c8a4f1f2a3b"}
    assert client.post("/en/station/r1-d1-s1/turnout/", form).status_code == 302
    assert TurnoutReport.objects.get().voters == 100
    assert "By 12:00" in client.get("/en/station/r1-d1-s1/turnout/").content.decode()


def test_a_number_above_the_register_is_asked_about_before_it_is_taken(officer: User) -> None:
    client = Client()
    client.force_login(officer)
    form = {"hour": "10:00", "voters": "1001", "key": "7f1f7f4e-3f0a-4f0f-9d57-0c8a4f1f2a3b"}
    page = client.post("/en/station/r1-d1-s1/turnout/", form)
    assert page.status_code == 422 and "it is so" in page.content.decode()
    assert client.post("/en/station/r1-d1-s1/turnout/", {**form, "more_than_registered": "on"}).status_code == 302


def test_the_api_takes_a_report_once_and_refuses_in_the_one_shape(officer: User) -> None:
    token = issue_token(user=officer, now=timezone.now() - timedelta(minutes=1))

    def post(**body: Any) -> tuple[int, dict[str, Any]]:
        answer = Client().post(
            "/api/v1/turnout/", body, content_type="application/json", headers={"Authorization": f"Bearer {token}"}
        )
        return answer.status_code, answer.json()

    report = {"station": "r1-d1-s1", "hour": "10:00", "voters": 100}
    assert post(**report) == (201, {**report, "number": 1})
    assert post(**report) == (201, {**report, "number": 1})
    status, refusal = post(**{**report, "voters": 110})
    assert (status, refusal["code"]) == (409, "already_reported")
    assert post(**{**report, "voters": 110}, reason="counted twice")[0] == 201
    status, refusal = post(**{**report, "voters": "110", "more": 1})
    assert status == 422 and set(refusal["fields"]) == {"voters", "more"}
    assert post(**{**report, "station": "r2-d1-s1"})[0] == 404


@pytest.mark.django_db(transaction=True, databases=["default", "reader"])
def test_programs_read_the_day_of_an_area_or_a_station(officer: User) -> None:
    report("10:00", 100)
    report("10:00", 110, reason="counted twice")
    report("10:00", 50, "r1-d1-s2")
    settle()

    def told(place: str) -> dict[str, Any]:
        told: dict[str, Any] = Client().get(f"/api/v1/turnout/{place}/").json()
        return told

    hour = {"hour": "10:00", "voters": 160, "stations": 2, "registered_voters": 2000}
    assert told("r1-d1") == {
        "election": "test-2026", "area": "r1-d1", "synthetic": True, "training": False,
        "stations_expected": 3, "hours": [hour],
    }  # fmt: skip
    assert told("kz")["hours"] == [hour] and told("r2")["hours"] == []
    assert told("r1-d1-s1")["hours"] == [{**hour, "voters": 110, "stations": 1, "registered_voters": 1000}]
    report("12:00", 60, "r1-d1-s2")
    settle()
    assert [each["hour"] for each in told("kz")["hours"]] == ["10:00", "12:00"], "what was kept is not told again"
    refused = Client().get("/api/v1/turnout/nowhere/")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


@pytest.mark.django_db(transaction=True, databases=["default", "reader"])
def test_the_public_page_draws_the_day_and_tells_it_in_a_table(officer: User) -> None:
    report("10:00", 100)
    report("12:00", 300)
    settle()
    page = Client().get("/en/turnout/").content.decode()
    assert 'class="curve__line"' in page and "30.0" in page.replace("\u00a0", "")
    district = Client().get("/en/turnout/r1-d1/").content.decode()
    assert "Station r1-d1-s1" in district and "300" in district
    assert Client().get("/en/turnout/nowhere/").status_code == 404


@pytest.mark.django_db(transaction=True, databases=["default", "reader"])
def test_at_night_the_page_says_where_protocols_know_of_fewer_voters(officer: User) -> None:
    report("12:00", 600)
    scene.submit()
    settle()
    with scene.as_owner() as cursor:
        cursor.execute("UPDATE stations_election SET live_public = true")
    assert "fewer than reported" in Client().get("/en/turnout/r1-d1/").content.decode()
