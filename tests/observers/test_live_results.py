"""Commissions and observers see live sums of their places, whatever the public may see."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.domain.roles import Role
from tests.observers.conftest import Appoint

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])
RESULTS = "/en/observe/results/"


def test_live_sums_are_shown_though_nothing_is_published(observer: Client, client: Client) -> None:
    page = observer.get(f"{RESULTS}list/kz/").content.decode()
    assert re.search(r"<strong>2</strong> of 8 stations counted", page)
    assert "440" in page, "240 votes of one station and 200 of the corrected one"
    public = client.get("/en/results/list/kz/").content.decode()
    assert "stations counted" not in public


def test_each_level_leads_to_the_one_beneath(observer: Client) -> None:
    address = f"{RESULTS}list/kz/"
    for beneath in ("r1", "r1-d1", "r1-d1-s1"):
        page = observer.get(address).content.decode()
        address = f"{RESULTS}list/{beneath}/"
        assert f'href="{address}"' in page
    page = observer.get(address).content.decode()
    assert "Station r1-d1-s1" in page
    assert "240" in page
    assert "Last checkpoint:" in page


@pytest.mark.parametrize(
    ("place", "seen", "unseen"),
    [
        ({"area": "r1"}, ["list/r1", "list/r1-d1", "okrug/r1-d2-s1"], ["list/kz", "list/r2", "list/r2-d1-s1"]),
        ({"contest": "okrug"}, ["okrug/kz", "okrug/r1", "okrug/r2-d1-s1"], ["list/kz", "list/r2-d1-s1"]),
        ({"station": "r1-d1-s1"}, ["list/r1-d1-s1"], ["list/r1-d1", "list/r1-d1-s2"]),
        ({}, ["list/kz", "okrug/r2"], ["list/nowhere", "nowhere/kz", "list/a b"]),
    ],
)
def test_each_person_sees_the_places_they_are_appointed_to(
    appoint: Appoint, place: dict[str, str], seen: list[str], unseen: list[str]
) -> None:
    client = appoint(Role.OBSERVER, **place)
    assert [client.get(f"{RESULTS}{each}/").status_code for each in seen] == [200] * len(seen)
    assert [client.get(f"{RESULTS}{each}/").status_code for each in unseen] == [404] * len(unseen)


@pytest.mark.parametrize(
    ("place", "query", "expected"),
    [
        ({}, {}, "list/kz"),
        ({}, {"contest": "okrug", "area": "r2"}, "okrug/r2"),
        ({"area": "r2"}, {}, "list/r2"),
        ({"area": "r2-d1"}, {"contest": "okrug"}, "okrug/r2-d1"),
        ({"contest": "okrug"}, {}, "okrug/kz"),
        ({"station": "r1-d1-s2"}, {}, "list/r1-d1-s2"),
    ],
)
def test_without_a_choice_one_comes_to_the_highest_place_one_may_see(
    appoint: Appoint, place: dict[str, str], query: dict[str, str], expected: str
) -> None:
    client = appoint(Role.OBSERVER, **place)
    answer = client.get(RESULTS, query)
    assert (answer.status_code, answer["Location"]) == (302, f"{RESULTS}{expected}/")
    assert client.get(answer["Location"]).status_code == 200


def test_the_way_up_ends_where_the_appointment_does(appoint: Appoint) -> None:
    page = appoint(Role.REGION, area="r1").get(f"{RESULTS}list/r1-d1/").content.decode()
    crumbs = re.findall(r'<li><a href="([^"]+)"', page.split('aria-label="Breadcrumbs"')[1].split("</nav>")[0])
    assert crumbs == ["/en/observe/", f"{RESULTS}list/r1/"]


def test_no_one_keeps_a_copy(observer: Client) -> None:
    assert "no-store" in observer.get(f"{RESULTS}list/kz/")["Cache-Control"]
