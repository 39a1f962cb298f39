"""An officer's open page learns at once what a commission did, and asks cheaply."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.domain.roles import Role
from tests.figures import tells
from tests.tallies.night import GOOD, WITH_AN_ERROR, Night, form_data, small_night

pytestmark = pytest.mark.django_db

PAGES = ("/en/station/", "/en/station/s1/list/")
RETURN = "/en/desk/s1/list/return/"


@pytest.fixture
def night() -> Night:
    return small_night()


@pytest.fixture
def officer(night: Night) -> Client:
    return night.person("officer", Role.OFFICER, station=night.stations["s1"])


@pytest.fixture
def district(night: Night) -> Client:
    return night.person("district", Role.DISTRICT, area=night.areas["n1"])


def hold(officer: Client) -> None:
    officer.post("/en/station/s1/list/", form_data(WITH_AN_ERROR, paper_says_so="on", paper_reason="So."))


def send_back(district: Client, night: Night, reason: str = "Line 4 is not what the paper says.") -> None:
    answer = district.post(RETURN, {"version": night.standing().version_id, "reason": reason})
    assert answer.status_code == 302


def watch(client: Client, page: str) -> tuple[str, str]:
    """The address by which a page asks for news, and the ETag it already has."""
    shown = client.get(page).content.decode()
    found = re.search(r'data-etag="([^"]+)" hx-get="([^"]+)"', shown.replace("&quot;", "'"))
    assert found, "the page asks for news"
    return found[2].replace("&amp;", "&"), found[1].replace("'", '"')


@pytest.mark.parametrize("page", PAGES)
def test_a_return_is_announced_with_the_commissions_reason(
    officer: Client, district: Client, night: Night, page: str
) -> None:
    hold(officer)
    address, etag = watch(officer, page)
    assert officer.get(address, headers={"If-None-Match": etag}).status_code == 304
    send_back(district, night)
    answer = officer.get(address, headers={"If-None-Match": etag})
    said = answer.content.decode()
    assert answer.status_code == 200
    assert "The commission has returned your protocol. Enter it anew." in said
    assert "Line 4 is not what the paper says." in said
    assert 'data-news="1"' in said
    assert 'href="/en/station/s1/list/"' in said
    assert officer.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_asking_while_nothing_is_new_costs_few_statements(officer: Client) -> None:
    hold(officer)
    address, etag = watch(officer, PAGES[1])
    with CaptureQueriesContext(connection) as statements:
        assert officer.get(address, headers={"If-None-Match": etag}).status_code == 304
    assert len(statements) <= 6, [each["sql"][:80] for each in statements]


def test_ones_own_doing_is_no_news(officer: Client) -> None:
    address, etag = watch(officer, PAGES[0])
    hold(officer)
    answer = officer.get(address, headers={"If-None-Match": etag})
    assert answer.status_code == 200
    assert "notice" not in answer.content.decode()


def test_a_page_opened_after_the_return_shows_it_and_announces_nothing(
    officer: Client, district: Client, night: Night
) -> None:
    hold(officer)
    send_back(district, night)
    address, _etag = watch(officer, PAGES[0])
    assert "notice" not in officer.get(address).content.decode()
    assert "Line 4 is not what the paper says." in officer.get(PAGES[0]).content.decode()


def test_nothing_of_other_stations_is_told(officer: Client, district: Client, night: Night) -> None:
    address, etag = watch(officer, PAGES[0])
    other = night.person("other", Role.OFFICER, station=night.stations["s2"])
    other.post("/en/station/s2/list/", form_data(GOOD))
    assert officer.get(address, headers={"If-None-Match": etag}).status_code == 304
    elsewhere = f"{address.partition('?')[0]}?since=0&station={night.stations['s2'].pk}"
    assert "notice" not in officer.get(elsewhere).content.decode()


@pytest.mark.parametrize("query", ["since=-1", "since=x", "since=" + "9" * 40, "station=x", "since=٣"])
def test_nonsense_asks_from_the_beginning(officer: Client, query: str) -> None:
    assert officer.get(f"/en/station/news/?{query}").status_code == 200


def test_words_of_a_commission_are_text(officer: Client, district: Client, night: Night) -> None:
    hold(officer)
    address, _etag = watch(officer, PAGES[0])
    send_back(district, night, "<script>alert(1)</script>")
    said = officer.get(address).content.decode()
    assert "<script>" not in said
    assert "&lt;script&gt;" in said


def test_under_double_entry_the_first_person_learns_that_the_second_differs() -> None:
    night = small_night(entry="double")
    secretary = night.person("secretary", Role.OFFICER, station=night.stations["s1"])
    chair = night.person("chair", Role.CHAIR, station=night.stations["s1"])
    blank, blank_etag = watch(chair, PAGES[1])
    secretary.post(PAGES[1], form_data(GOOD))
    assert chair.get(blank, headers={"If-None-Match": blank_etag}).status_code == 304, "blind until both entered"
    address, etag = watch(secretary, PAGES[1])
    chair.post(PAGES[1], form_data({**GOOD, "votes:sun": 399, "votes:steppe": 201}))
    said = secretary.get(address, headers={"If-None-Match": etag}).content.decode()
    assert "The other person has entered other figures." in said
    assert not tells(said, 399)
    assert not tells(said, 201)
