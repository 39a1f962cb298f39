"""Everything about a station on one page, and what its explanations say in the district."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.domain.roles import Role
from accounts.models import User
from audit.models import Event
from stations.models import AreaLevel, Station
from tallies.domain.matters import Matter
from tallies.models import Query, QueryClosing
from tallies.selectors import Narrowed, Scope
from tallies.selectors.desk import Moment, areas_on_desk, count_by_matter, desk_rows
from tallies.selectors.explained import explained_warnings
from tests import scene
from tests.tallies.night import GOOD, WITH_A_WARNING, WITH_AN_ERROR, Night, form_data, small_night

pytestmark = pytest.mark.django_db

STATION = "/en/desk/s1/"
CLOSES = datetime(2023, 3, 19, 14, tzinfo=UTC)
"""20:00 in Almaty, which then was six hours ahead."""
NOBODY: frozenset[int] = frozenset()


@pytest.fixture
def night() -> Night:
    return small_night()


@pytest.fixture
def district(night: Night) -> Client:
    return night.person("district", Role.DISTRICT, area=night.areas["n1"])


def send(night: Night, station: str = "s1", contest: str = "list", figures: dict[str, int] = GOOD, **more: str) -> None:
    name = f"officer-{station}"
    officer = Client()
    user = User.objects.filter(username=name).first()
    if user:
        officer.force_login(user)
    else:
        officer = night.person(name, Role.OFFICER, station=night.stations[station])
    answer = officer.post(f"/en/station/{station}/{contest}/", form_data(figures, key=str(uuid.uuid4()), **more))
    assert answer.status_code == 302


def explain(night: Night, words: str = "damp ink", station: str = "s1") -> None:
    send(night, station, figures=WITH_A_WARNING, **{"tick-W301": "on", "words-W301": words})


def test_a_commission_sees_everything_about_a_station(district: Client, night: Night) -> None:
    Station.objects.filter(code="s1").update(address_en="Abai street 1")
    explain(night)
    send(night, "s1", "okrug-1", WITH_AN_ERROR, paper_says_so="on", paper_reason="It is so.")
    User.objects.filter(username="officer-s1").update(first_name="Aigul", last_name="Nur")
    page = district.get(STATION).content.decode()
    for words in (
        "Abai street 1", 'href="tel:+7700000"', "Aigul Nur", "Contest list", "Contest okrug-1", "damp ink",
        "Fewer ballots were found than issued.", "It is so.", "Accept as it is …", "Return to the station …",
        "Correct …", "Everything that happened here",
    ):  # fmt: skip
        assert words in page, words
    assert "Annul" not in page, "a district does not annul"


def test_who_never_signed_in_is_seen(district: Client, night: Night) -> None:
    night.person("absent", Role.CHAIR, station=night.stations["s1"])
    User.objects.filter(username="absent").update(last_login=None)
    assert "never signed in" in district.get(STATION).content.decode()


@pytest.mark.parametrize("station", ["s3", "s4", "nothing"])
def test_a_station_elsewhere_is_not_found(district: Client, station: str) -> None:
    assert district.get(f"/en/desk/{station}/").status_code == 404


def test_a_constituencys_commission_sees_its_own_contest_only(night: Night) -> None:
    constituency = night.person("okrug", Role.CONSTITUENCY, contest=night.contests["okrug-1"])
    send(night, "s1")
    page = constituency.get(STATION).content.decode()
    assert "Contest okrug-1" in page
    assert "Contest list" not in page
    assert constituency.get("/en/desk/s2/").status_code == 404, "it does not vote there"


def test_the_page_of_a_station_takes_a_bounded_number_of_statements(district: Client, night: Night) -> None:
    send(night, "s1")
    send(night, "s1", "okrug-1")
    district.get(STATION)
    with CaptureQueriesContext(connection) as statements:
        district.get(STATION)
    assert len(statements) <= 32, [each["sql"][:80] for each in statements]


def everything(night: Night) -> Scope:
    return Scope(night.election.pk, True, NOBODY, NOBODY, NOBODY, NOBODY)


@pytest.mark.parametrize(
    ("after", "matter"),
    [
        (timedelta(seconds=-1), Matter.NOT_CLOSED),
        (timedelta(), Matter.MISSING),
        (timedelta(minutes=179), Matter.MISSING),
        (timedelta(minutes=180), Matter.LATE),
    ],
)
def test_a_protocol_is_missing_when_its_station_closes_and_late_three_hours_after(
    night: Night, after: timedelta, matter: Matter
) -> None:
    counts = count_by_matter(everything(night), Narrowed(), Moment(CLOSES + after, timedelta(hours=3)))
    assert counts[matter] == sum(counts.values()) == 6


def test_each_station_closes_in_its_own_time_zone(night: Night) -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        Station.objects.filter(code="s4").update(time_zone="Asia/Oral")
        cursor.execute("SET ROLE hattama_app")
    counts = count_by_matter(everything(night), Narrowed(), Moment(CLOSES, timedelta(hours=3)))
    assert (counts[Matter.MISSING], counts[Matter.NOT_CLOSED]) == (5, 1)
    rows = desk_rows(everything(night), Narrowed(), Moment(CLOSES, timedelta(hours=3)), limit=10)
    assert rows[-1].since == CLOSES + timedelta(hours=1)


def test_a_station_that_closes_after_midnight_closes_the_next_day(night: Night) -> None:
    Station.objects.update(opens="07:00", closes="01:00")
    counts = count_by_matter(everything(night), Narrowed(), Moment(CLOSES + timedelta(hours=2), timedelta(hours=3)))
    assert counts[Matter.NOT_CLOSED] == 6


def test_districts_in_trouble_come_first(night: Night) -> None:
    send(night, "s1")
    send(night, "s4", figures=WITH_AN_ERROR, paper_says_so="on", paper_reason="So.")
    cec = night.person("cec", Role.CEC)
    page = cec.get("/en/desk/").content.decode()
    assert page.index("Area south") < page.index("Area north"), "what is held comes first"
    assert "?region=south" in page
    north = cec.get("/en/desk/?region=north").content.decode()
    assert "?district=n1" in north
    assert "Area z1" not in north
    areas = areas_on_desk(everything(night), Narrowed(), Moment(CLOSES, timedelta(hours=3)), level=AreaLevel.DISTRICT)
    assert areas[0].area.code == "z1"
    assert sum(area.expected for area in areas) == 6
    assert sum(area.settled for area in areas) == 1


def test_a_grid_marks_every_protocol_in_words_too(district: Client, night: Night) -> None:
    send(night, "s1")
    page = district.get("/en/desk/?view=grid").content.decode()
    assert "Contest list: in force" in page
    assert "Contest okrug-1: late" in page
    assert "not voted on here" in page, "s2 has no okrug-1"


@pytest.mark.parametrize(
    ("text", "found"),
    [("s2", {"s2"}), ("STATION S1", {"s1"}), ("Abai", {"s2"}), ("100%", set()), ("_", set()), ("", {"s1", "s2"})],
)
def test_stations_are_found_by_number_name_and_address(
    district: Client, night: Night, text: str, found: set[str]
) -> None:
    Station.objects.filter(code="s2").update(address_en="Abai street 1")
    page = district.get("/en/desk/", {"q": text, "state": "all"}).content.decode()
    assert {code for code in ("s1", "s2") if f"/en/desk/{code}/list/" in page} == found


def test_an_open_desk_asks_for_what_is_new_only(district: Client, night: Night) -> None:
    first = district.get("/en/desk/?state=all", headers={"HX-Request": "true"})
    assert b"<html" not in first.content
    again = {"HX-Request": "true", "If-None-Match": first["ETag"]}
    assert district.get("/en/desk/?state=all", headers=again).status_code == 304
    send(night, "s1")
    assert district.get("/en/desk/?state=all", headers=again).status_code == 200


def test_explained_warnings_of_protocols_in_force_are_listed_and_no_others(district: Client, night: Night) -> None:
    explain(night)
    explain(night, "a ballot was carried away", station="s4")
    send(night, "s2", figures=WITH_AN_ERROR, paper_says_so="on", paper_reason="held, so not listed")
    page = district.get("/en/explained/").content.decode()
    assert "damp ink" in page
    assert "carried away" not in page, "another district"
    assert "held, so not listed" not in page
    listed = explained_warnings(night.areas["land"], night.contests["list"])
    assert [(each.station, each.code, each.explanation) for each in listed] == [
        ("s1", "W301", "damp ink"),
        ("s4", "W301", "a ballot was carried away"),
    ]
    assert explained_warnings(night.areas["land"], night.contests["okrug-1"]) == []
    assert [each.station for each in explained_warnings(night.areas["south"])] == ["s4"]


def test_what_the_paper_says_goes_along_once_a_commission_accepts_it(district: Client, night: Night) -> None:
    send(night, "s2", figures=WITH_AN_ERROR, paper_says_so="on", paper_reason="The paper has it so.")
    version = night.standing("s2").version_id
    district.post("/en/desk/s2/list/accept/", {"version": version, "reason": "Seen."})
    (listed,) = explained_warnings(night.areas["n1"])
    assert (listed.is_error, listed.explanation) == (True, "The paper has it so.")


def test_explained_warnings_can_be_taken_along(district: Client, night: Night) -> None:
    explain(night, "=cmd|' /C calc'!A0")
    answer = district.get("/en/explained.csv")
    assert "attachment" in answer["Content-Disposition"]
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert row["station"] == "s1"
    assert row["explanation"] == "'=cmd|' /C calc'!A0", "no spreadsheet runs it"


@pytest.mark.django_db(databases=["default", "reader"], transaction=True)
def test_observers_read_explanations_through_their_own_database_role(night: Night) -> None:
    explain(night)
    listed = explained_warnings(night.areas["n1"], using="reader")
    assert [each.explanation for each in listed] == ["damp ink"]
    observer = night.person("observer", Role.OBSERVER, area=night.areas["land"])
    page = observer.get("/en/observe/results/list/s1/").content.decode()
    assert "damp ink" in page


def test_complaints_and_queries_stand_at_their_protocol_with_a_way_to_each(night: Night, district: Client) -> None:
    officer = night.person("officer-c", Role.OFFICER, station=night.stations["s1"])
    officer.post("/en/station/s1/list/", form_data(GOOD))
    version, contest, station = night.versions()[0], night.contests["list"], night.stations["s1"]
    scene.complain("s1", "list")
    event = Event.objects.latest("pk")
    query = Query.objects.create(
        kind="below_reported", contest=contest, station=station, area=station.area, version=version,
        figures={}, event=event, opened_at=scene.NOW,
    )  # fmt: skip
    shown = district.get("/en/desk/s1/").content.decode()
    assert 'href="/en/complaints/s1/list/1/"' in shown
    assert f'href="/en/queries/{query.pk}/"' in shown
    assert "See the correction" not in shown
    closed = scene.complain("s1", "list", text="another").event
    QueryClosing.objects.create(query=query, outcome="answered", answer="correction", event=closed, at=scene.NOW)
    assert "See the correction" in district.get("/en/desk/s1/").content.decode()
