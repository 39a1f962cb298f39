"""Pages of queries: commissions read and answer them, observers read them."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from django.test import Client

from accounts.domain.roles import Role
from accounts.models import Appointment
from aggregation.services import settle
from stations.models import Area, Election
from tallies.models import Query, QueryClosing
from tallies.services.patterns import look_for_patterns
from tallies.strip_plot import strip_plot
from tests import scene
from tests.packages import valid_figures

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])


@pytest.fixture(autouse=True)
def election(transactional_db: None, tmp_path: Path) -> Iterator[Election]:
    """A district in which one station is far off, and a station elsewhere that says what another says."""
    election = scene.load(tmp_path / "package", regions=2, districts=1, stations=9)
    for number in range(1, 9):
        votes = {"a": 240 + number, "b": 120 - number, "c": 60, "against_all": 20}
        scene.submit(f"r1-d1-s{number}", figures=valid_figures(votes))
    scene.submit("r1-d1-s9", figures=valid_figures({"a": 10, "b": 20, "c": 60, "against_all": 800}, unused=100))
    scene.submit("r2-d1-s1", figures=valid_figures({"a": 241, "b": 119, "c": 60, "against_all": 20}))
    settle()
    look_for_patterns(now=scene.NOW)
    yield election


def signed_in(election: Election, role: Role, area: str | None = None) -> Client:
    user = scene.person(f"{role}-{area}")
    place = {"area": Area.objects.get(code=area)} if area else {}
    Appointment.objects.create(user=user, role=role, election=election, appointed_at=election.opens_at, **place)
    client = Client()
    client.force_login(user)
    return client


def query(kind: str) -> Query:
    return Query.objects.get(kind=kind)


def page_of(client: Client, found: Query) -> str:
    return client.get(f"/en/queries/{found.pk}/").content.decode()


def test_the_list_shows_what_waits_and_can_be_narrowed(election: Election) -> None:
    district = signed_in(election, Role.DISTRICT, "r1-d1")
    page = district.get("/en/queries/").content.decode()
    assert page.count('<th scope="row">') == 3
    assert "Turnout 89.20%; the median of the district&#x27;s other stations is 44.20%." in page
    page = district.get("/en/queries/?kind=share_far").content.decode()
    assert page.count('<th scope="row">') == 1
    page = district.get("/en/queries/?shown=closed").content.decode()
    assert "With this filter no query is waiting." in page


def test_a_commission_sees_the_queries_of_its_stations_alone(election: Election) -> None:
    other = signed_in(election, Role.DISTRICT, "r2-d1")
    assert other.get("/en/queries/").content.decode().count('<th scope="row">') == 1
    assert other.get(f"/en/queries/{query('share_far').pk}/").status_code == HTTPStatus.NOT_FOUND
    address = f"/en/queries/{query('share_far').pk}/close/"
    assert other.post(address, {"answer": "compared", "reason": "x"}).status_code == HTTPStatus.NOT_FOUND


def test_two_alike_stand_side_by_side(election: Election) -> None:
    page = page_of(signed_in(election, Role.CEC), query("identical_results"))
    assert "Both protocols, line by line" in page
    assert page.count('<td class="num">241</td><td class="num">241</td>') == 1


def test_a_far_share_is_drawn_among_its_district_with_a_table_behind_it(election: Election) -> None:
    page = page_of(signed_in(election, Role.DISTRICT, "r1-d1"), query("share_far"))
    assert page.count("<circle") == 8 and page.count('class="strip__asked"') == 1
    assert "This station lies at 89.90%" in page and "The stations as a table" in page
    assert "style=" not in page
    assert "Share of Against all" in page


def test_a_commission_answers_with_a_reason(election: Election) -> None:
    district = signed_in(election, Role.DISTRICT, "r1-d1")
    address = f"/en/queries/{query('turnout_far').pk}/close/"
    refused = district.post(address, {"answer": "compared", "reason": ""})
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    page = district.post(address, {"answer": "compared", "reason": "A garrison votes here."}, follow=True)
    assert "The query is closed. No figure has changed." in page.content.decode()
    assert "A garrison votes here." in page.content.decode()
    again = district.post(address, {"answer": "compared", "reason": "Again."})
    assert again.status_code == HTTPStatus.CONFLICT
    assert QueryClosing.objects.count() == 1


def test_an_observer_reads_and_cannot_answer(election: Election) -> None:
    observer = signed_in(election, Role.OBSERVER)
    found = query("turnout_far")
    page = page_of(observer, found)
    assert "Turnout of the district" in page and "Close the query" not in page
    answer = observer.post(f"/en/queries/{found.pk}/close/", {"answer": "compared", "reason": "x"})
    assert answer.status_code == HTTPStatus.NOT_FOUND


def test_who_answered_is_told_by_role_alone(election: Election) -> None:
    district = signed_in(election, Role.DISTRICT, "r1-d1")
    found = query("turnout_far")
    district.post(f"/en/queries/{found.pk}/close/", {"answer": "explained", "reason": "A hospital."})
    page = page_of(signed_in(election, Role.OBSERVER), found)
    assert "district commission" in page and "district-r1-d1" not in page and "A hospital." in page


def test_a_plot_needs_another_station() -> None:
    assert strip_plot([("s1", 0.5)], "s1") is None
    plot = strip_plot([("s1", 0.5), ("s2", 0.1), ("s3", 0.3)], "s1")
    assert plot is not None and (plot.asked.station, plot.median) == ("s1", 200)
    assert [dot.station for dot in plot.by_share] == ["s1", "s3", "s2"]
