"""Commissions call stations that owe a report; they and observers see the reports that protocols contradict."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.domain.roles import Role
from accounts.models import User
from stations.models import Station
from tallies.selectors.turnout import owed_turnout
from tallies.services.turnout import report_turnout
from tests import scene
from tests.tallies.night import GOOD, Night, form_data, small_night

pytestmark = pytest.mark.django_db(databases=["default", "reader"])
PAGE = "/en/turnout-reports/"
CSV = "/en/turnout-reports.csv"
NIGHT = datetime(2023, 3, 19, 18, tzinfo=UTC)


@pytest.fixture
def night() -> Night:
    found = small_night()
    # The forms of the real election have this line; the small one calls it otherwise.
    with scene.as_owner() as cursor:
        cursor.execute('UPDATE stations_election SET turnout_hours = \'["10:00", "12:00"]\'')
        cursor.execute("UPDATE stations_formline SET code = 'ballots_issued' WHERE code = 'issued'")
        cursor.execute("DELETE FROM stations_formcheck")
    return found


def report(station: str, hour: str, voters: int) -> None:
    owed = owed_turnout(station)
    assert owed is not None
    report_turnout(
        owed=owed, hour=hour, voters=voters, by=User.objects.get(username="officer"), role="officer", now=NIGHT
    )


def send(night: Night) -> None:
    """One protocol with 700 ballots issued."""
    officer = night.person("officer", Role.OFFICER, station=night.stations["s1"])
    figures = {("ballots_issued" if code == "issued" else code): figure for code, figure in GOOD.items()}
    assert officer.post("/en/station/s1/list/", form_data(figures)).status_code == 302


def test_a_district_sees_its_stations_that_owe_the_hour_with_their_telephones(night: Night) -> None:
    send(night)
    report("s1", "12:00", 100)
    district = night.person("district", Role.DISTRICT, area=night.areas["n1"])
    shown = district.get(PAGE).content.decode()
    assert "1 station owes its report of 12:00" in shown
    assert "Station s2" in shown
    assert "+7\u00a0700\u00a0001" in shown
    assert "Station s3" not in shown, "another district calls it"
    assert "2 stations owe their reports of 10:00" in district.get(f"{PAGE}?hour=10:00").content.decode()


def test_a_station_where_the_hour_has_not_struck_owes_nothing(night: Night) -> None:
    with scene.as_owner():
        Station.objects.filter(code="s2").update(time_zone="Pacific/Honolulu")
    struck = datetime.now(ZoneInfo("Asia/Almaty"))
    with scene.as_owner() as cursor:
        cursor.execute(
            "UPDATE stations_election SET date = %s, turnout_hours = %s",
            [struck.date(), json.dumps([struck.strftime("%H:%M")])],
        )
    district = night.person("district", Role.DISTRICT, area=night.areas["n1"])
    shown = district.get(PAGE).content.decode()
    assert "Station s1" in shown
    assert "Station s2" not in shown


@pytest.mark.django_db(transaction=True, databases=["default", "reader"])
def test_a_protocol_with_fewer_ballots_than_voters_reported_stands_out_for_observers_too(night: Night) -> None:
    send(night)
    report("s1", "10:00", 710)
    observer = night.person("observer", Role.OBSERVER)
    shown = observer.get(PAGE).content.decode()
    assert "1 protocol contradicts its reports." in shown
    assert "-10" in shown or "−10" in shown
    assert "owes its report" not in shown, "observers call nobody"
    rows = list(csv.DictReader(io.StringIO(observer.get(CSV).content.decode("utf-8-sig"))))
    assert [(row["station"], row["reported"], row["ballots_issued"], row["difference"]) for row in rows] == [
        ("s1", "710", "700", "-10")
    ]


def test_an_officer_has_no_such_page(night: Night) -> None:
    officer = night.person("officer", Role.OFFICER, station=night.stations["s1"])
    assert officer.get(PAGE).status_code == officer.get(CSV).status_code == 404


def test_the_page_costs_the_same_however_many_stations(night: Night) -> None:
    one = night.person("one", Role.DISTRICT, area=night.areas["z1"])
    many = night.person("many", Role.CEC)
    taken = []
    for client in (one, many):
        client.get(PAGE)
        with CaptureQueriesContext(connection) as statements:
            assert client.get(PAGE).status_code == 200
        taken.append(len(statements))
    assert taken[1] <= taken[0] <= 14
