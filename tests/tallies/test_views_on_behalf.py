"""Two people of the district enter the protocol of a station without a line."""

from __future__ import annotations

import re
import uuid
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.domain.roles import Role
from tallies.domain.lifecycle import State
from tests.figures import tells
from tests.tallies.night import GOOD, Night, form_data, small_night

pytestmark = pytest.mark.django_db

PROTOCOL = "/en/desk/s1/list/"
ENTER = f"{PROTOCOL}enter/"


@pytest.fixture(params=["single", "double"])
def night(request: pytest.FixtureRequest) -> Night:
    return small_night(entry=request.param)


@pytest.fixture
def two(night: Night) -> list[Client]:
    return [night.person(name, Role.DISTRICT, area=night.areas["n1"]) for name in ("first", "second")]


def send(client: Client, figures: dict[str, Any] = GOOD) -> Any:
    return client.post(ENTER, form_data(figures, key=str(uuid.uuid4())))


def page(client: Client, address: str) -> str:
    return re.sub(r"\s+", " ", unescape(client.get(address).content.decode()))


def test_two_people_of_the_district_put_it_in_force_and_everybody_sees_for_whom(
    two: list[Client], night: Night
) -> None:
    first, second = two
    assert f'href="{ENTER}"' in page(first, PROTOCOL)
    assert "You enter this protocol on the station's behalf." in page(first, ENTER)
    assert send(first)["Location"] == ENTER
    assert night.versions() == []
    assert send(second).status_code == 302
    assert night.standing().state == State.IN_FORCE
    assert "keyed in by the district commission on the station's behalf" in page(first, PROTOCOL)
    assert f'href="{ENTER}"' not in page(first, PROTOCOL)


def test_one_person_cannot_be_both(two: list[Client], night: Night) -> None:
    first, _second = two
    send(first)
    assert send(first).status_code == 302
    assert night.versions() == []


def test_the_second_person_sees_none_of_the_firsts_figures(two: list[Client]) -> None:
    first, second = two
    send(first, {**GOOD, "votes:sun": 401, "votes:steppe": 199})
    assert 'value="401"' not in page(second, ENTER)
    assert not tells(page(second, PROTOCOL), 401)


def test_they_look_again_at_the_lines_that_differ(two: list[Client], night: Night) -> None:
    first, second = two
    send(first, {**GOOD, "votes:sun": 401, "votes:steppe": 199})
    send(second)
    assert "The two entries differ." in page(first, ENTER)
    assert send(first).status_code == 302
    assert night.standing().state == State.IN_FORCE
    assert night.versions()[0].origin == "on_behalf"


def test_only_the_stations_own_district_enters_for_it(night: Night) -> None:
    others: list[tuple[Role, dict[str, Any]]] = [
        (Role.DISTRICT, {"area": night.areas["n2"]}),
        (Role.OFFICER, {"station": night.stations["s1"]}),
        (Role.OBSERVER, {}),
    ]
    for number, (role, place) in enumerate(others):
        somebody = night.person(f"somebody-{number}", role, **place)
        assert somebody.get(ENTER).status_code in (403, 404)
        assert send(somebody).status_code in (403, 404)
    assert night.versions() == []
