"""Every route that asks for a permission, called by each role in a place it is appointed to, and in one it is not."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve, reverse
from django.utils import translation

from accounts.access import Rule
from accounts.domain.roles import PERMISSIONS, Permission, Role
from accounts.models import Appointment, User
from audit.models import Event
from stations.models import Area, Contest, Election, Station
from tallies.models import Query, StandingChange, Webhook
from tallies.services.webhooks import set_webhook
from tests import scene
from tests.packages import plurality_figures
from tests.test_routes import BY_RULE, Route

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])

GUARDED = [route for rule in (Rule.NEEDS, Rule.TOKEN_OR_SESSION) for route in BY_RULE[rule]]
INSIDE = {"station": "r1-d1-s1", "contest": "list", "place": "r1-d1", "number": 1, "form": "protocol"}
OUTSIDE = {"station": "r2-d2-s1", "contest": "okrug", "place": "r2-d2", "number": 1, "form": "protocol"}
# Nothing waits for an approval in the scene and nothing is sealed, so nobody finds these pages.
NOT_THERE_FOR_ANYBODY = {
    "approve-final",
    "observers-event-proof",
    "observers-photograph",
    "tallies:photograph_copy",
    "tallies:photograph_original",
    "tallies:complaint_copy",
    "tallies:complaint_original",
    "tallies:withdraw_photograph",
}
PLACES: dict[Role, dict[str, str]] = {
    Role.OFFICER: {"station": "r1-d1-s1"},
    Role.CHAIR: {"station": "r1-d1-s1"},
    Role.DISTRICT: {"area": "r1-d1"},
    Role.REGION: {"area": "r1"},
    Role.CONSTITUENCY: {"contest": "list"},
    Role.CEC: {},
    Role.OBSERVER: {"area": "r1"},
}


@pytest.fixture(autouse=True)
def election(transactional_db: None, tmp_path: Path) -> Iterator[Election]:
    election = scene.load(tmp_path / "package", live_public=True)
    for role, place in PLACES.items():
        user = User.objects.create_user(role.value)
        Appointment.objects.create(
            user=user, role=role, election=election, appointed_at=election.opens_at, **_objects(place)
        )
    elsewhere = Station.objects.get(code="r2-d2-s1")
    Appointment.objects.create(
        user=User.objects.create_user("elsewhere"), role=Role.OFFICER, election=election, station=elsewhere,
        appointed_at=election.opens_at,
    )  # fmt: skip
    for where in (INSIDE, OUTSIDE):
        _webhook(str(where["place"]))
    scene.hold("r1-d1-s1")
    scene.submit("r2-d2-s1", "okrug", plurality_figures())
    scene.complain("r1-d1-s1", by=User.objects.get(username=Role.OBSERVER))
    scene.complain("r2-d2-s1", "okrug")
    for change in StandingChange.objects.all():
        Query.objects.create(
            kind="turnout_far",
            contest_id=change.contest_id,
            station_id=change.station_id,
            area_id=change.area_id,
            version_id=change.version_id or 0,
            figures={"turnout": 900, "median": 500},
            event_id=change.event_id,
            opened_at=scene.NOW,
        )
    yield election


def _webhook(area: str) -> None:
    """A webhook of the contest that a constituency's commission has, so that it too finds one inside its place."""
    contest = Contest.objects.get(code="list") if area == INSIDE["place"] else None
    set_webhook(
        area=Area.objects.get(code=area),
        contest=contest,
        url="https://example.org/",
        kinds=["protocol.held"],
        by=User.objects.get(username=Role.CEC.value),
        role=Role.CEC,
        now=scene.NOW,
    )


def _objects(place: dict[str, str]) -> dict[str, Any]:
    models: dict[str, Any] = {"station": Station, "area": Area, "contest": Contest}
    return {name: models[name].objects.get(code=code) for name, code in place.items()}


def address(route: Route, place: dict[str, Any]) -> str:
    """Return the route's address in a place."""
    with translation.override(settings.LANGUAGE_CODE):
        names = [name for name in ("station", "contest", "place", "number", "form") if _takes(route, name)]
        arguments = {name: place[name] for name in names}
        if _takes(route, "webhook"):
            arguments["webhook"] = Webhook.objects.get(area__code=place["place"]).pk
        # What stands for a thing that nobody made in the scene.
        for name in ("sha256", "original", "upload", "photograph"):
            if _takes(route, name):
                arguments[name] = resolve(route.address).kwargs[name]
        if _takes(route, "event_id"):
            arguments["event_id"] = Event.objects.filter(station=place["station"]).order_by("-pk")[0].pk
        if _takes(route, "appointment"):
            arguments["appointment"] = Appointment.objects.filter(station__code=place["station"])[0].pk
        if _takes(route, "query_id"):
            arguments["query_id"] = Query.objects.get(station__code=place["station"]).pk
        return reverse(route.name, kwargs=arguments)


def _takes(route: Route, name: str) -> bool:
    with translation.override(settings.LANGUAGE_CODE):
        return name in resolve(route.address).kwargs


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=role.value))
    return client


def needed(route: Route) -> frozenset[Permission]:
    assert route.access is not None
    return route.access.permissions


@pytest.mark.parametrize("role", list(Role))
def test_a_role_without_the_permission_finds_nothing_anywhere(role: Role) -> None:
    client = signed_in(role)
    for route in GUARDED:
        if not PERMISSIONS[role] & needed(route):
            for method in ("GET", "POST"):
                answer = client.generic(method, address(route, INSIDE))
                assert answer.status_code == HTTPStatus.NOT_FOUND, (method, route.name)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_with_the_permission_is_let_in_where_it_is_appointed(role: Role) -> None:
    client = signed_in(role)
    for route in GUARDED:
        if PERMISSIONS[role] & needed(route) and route.name not in NOT_THERE_FOR_ANYBODY:
            answer = client.get(address(route, INSIDE))
            assert answer.status_code not in (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN), route.name
            assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, route.name


@pytest.mark.parametrize("role", [role for role in Role if PLACES[role]])
def test_a_role_finds_nothing_in_a_place_it_is_not_appointed_to(role: Role) -> None:
    client = signed_in(role)
    placed = [
        route
        for route in GUARDED
        if any(_takes(route, name) for name in ("station", "place", "event_id", "webhook", "query_id"))
    ]
    assert placed
    for route in placed:
        # A constituency's commission has a contest everywhere: only an address that names a contest can be outside.
        somewhere = _takes(route, "station") or _takes(route, "place")
        everywhere = role is Role.CONSTITUENCY and somewhere and not _takes(route, "contest")
        if PERMISSIONS[role] & needed(route) and not everywhere:
            for method in ("GET", "POST"):
                answer = client.generic(method, address(route, OUTSIDE))
                refused = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
                assert answer.status_code in refused, (method, route.name)
