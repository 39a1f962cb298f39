"""The officer's checklist says of each protocol what it is, how far it is, and what to do next."""

from __future__ import annotations

import re
import uuid
from datetime import date, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.domain.roles import Role
from stations.models import Contest, Station
from tests import scene
from tests.tallies.night import GOOD, WITH_AN_ERROR, Night, form_data, small_night

pytestmark = pytest.mark.django_db

STATION = "/en/station/"
LIST = "/en/station/s1/list/"


@pytest.fixture
def night() -> Night:
    return small_night()


@pytest.fixture
def officer(night: Night) -> Client:
    return night.person("officer", Role.OFFICER, station=night.stations["s1"])


@pytest.fixture
def chair(night: Night) -> Client:
    return night.person("chair", Role.CHAIR, station=night.stations["s1"])


def page(client: Client, address: str = STATION) -> str:
    shown = re.sub(r"\s+", " ", unescape(client.get(address).content.decode()))
    return re.sub(r'<span class="visually-hidden">.*?</span>', "", shown)


def as_the_package_says(assignment: str, value: str | date) -> None:
    with scene.as_owner() as cursor:
        cursor.execute(f"UPDATE stations_election SET {assignment}", [value])


def row(client: Client, contest: str = "list") -> str:
    return next(part for part in page(client).split('<li class="checklist__row')[1:] if f"Contest {contest}<" in part)


def test_a_ballots_colour_is_told_in_words_and_an_unknown_one_not_at_all(officer: Client) -> None:
    with scene.as_owner():
        Contest.objects.filter(code="list").update(colour="blue")
        Contest.objects.filter(code="okrug-1").update(colour="mauve")
    assert "ballot-colour--blue" in row(officer)
    assert "Blue ballot" in row(officer)
    assert "mauve" not in page(officer)


def test_it_goes_from_keying_to_the_photograph(officer: Client) -> None:
    assert "0 of 2 in force" in page(officer)
    assert ">Key the protocol<" in row(officer)
    officer.post(LIST, form_data(GOOD))
    assert "1 of 2 in force" in page(officer)
    assert ">Attach the photograph<" in row(officer)
    assert ">Print the receipt<" in row(officer)
    assert ">Key the protocol<" in row(officer, "okrug-1")


def test_a_returned_one_says_why_and_a_held_one_leaves_nothing_to_key(officer: Client, night: Night) -> None:
    officer.post(LIST, form_data(WITH_AN_ERROR, paper_says_so="on", paper_reason="So."))
    assert "The district commission decides." in row(officer)
    assert "Key" not in row(officer)
    district = night.person("district", Role.DISTRICT, area=night.areas["n1"])
    district.post("/en/desk/s1/list/return/", {"version": night.standing().version_id, "reason": "Line 4."})
    assert ">Key it anew<" in row(officer)
    assert "Line 4." in row(officer)


def test_who_is_keying_is_named_to_the_others_and_nobody_is_sent_there(officer: Client, chair: Client) -> None:
    officer.get(LIST)
    assert "officer has been keying it since" in row(chair)
    assert "Key the protocol" not in row(chair)
    assert "Key the protocol" in row(officer)


def test_under_double_entry_the_other_persons_keying_stops_nobody() -> None:
    night = small_night(entry="double")
    place = {"station": night.stations["s1"]}
    officer, chair = night.person("officer", Role.OFFICER, **place), night.person("chair", Role.CHAIR, **place)
    deputy = night.person("deputy", Role.OFFICER, **place)
    officer.get(LIST)
    assert "Key the protocol" in row(chair)
    assert "officer has been keying it since" in row(chair)
    assert "Key the protocol" not in row(deputy)


def test_while_the_station_is_open_it_says_when_it_closes_and_offers_nothing_to_key(officer: Client) -> None:
    tomorrow = (timezone.now() + timedelta(days=1)).date()
    as_the_package_says("date = %s", tomorrow)
    with scene.as_owner():
        Station.objects.update(opens="07:00", closes="20:00")
    shown = page(officer)
    assert "The station closes at 20:00" in shown
    assert "No protocol is taken before." in shown
    assert "Key the protocol" not in shown
    as_the_package_says("date = %s", "2023-03-19")
    assert "The station closed at 20:00" in page(officer)
    assert "Key the protocol" in page(officer)


def test_turnout_that_is_due_or_late_is_said_with_the_way_to_report_it(officer: Client) -> None:
    assert "turnout" not in page(officer).lower()
    as_the_package_says("turnout_hours = %s", '["10:00", "12:00"]')
    shown = page(officer)
    assert "The turnout of 12:00 is due." in shown
    assert "Late: 10:00." in shown
    assert 'href="/en/station/s1/turnout/"' in shown


def test_all_done_says_so(officer: Client) -> None:
    for contest in ("list", "okrug-1"):
        officer.post(f"/en/station/s1/{contest}/", form_data(GOOD, key=str(uuid.uuid4())))
    assert "2 of 2 in force" in page(officer)
    assert "Every protocol of the station is settled." in page(officer)


def test_the_checklist_costs_a_bounded_number_of_statements(officer: Client) -> None:
    as_the_package_says("turnout_hours = %s", '["10:00"]')
    page(officer)
    with CaptureQueriesContext(connection) as statements:
        assert officer.get(STATION).status_code == 200
    assert len(statements) <= 18, "\n".join(each["sql"] for each in statements)
