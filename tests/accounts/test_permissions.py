"""Who may do what, where: every role, inside and outside its place."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from accounts import services
from accounts.access import require
from accounts.domain.roles import PERMISSIONS, Permission, Role
from accounts.models import Appointment, User
from accounts.selectors import actor, appointment_for, permissions_of
from audit.domain.actor import SYSTEM
from tests.accounts.conftest import NOW, Country, build_country, live

# Role, where it is held, and for each question (station, contest, area) whether it covers that place.
MATRIX = [
    (
        Role.OFFICER,
        "station:1",
        {"1": True, "2": False, "4": False, "@north-1": False, "@nation": False, "#list": False},
    ),
    (Role.CHAIR, "station:2", {"2": True, "2#okrug": True, "1": False, "3": False, "@north-1": False}),
    (
        Role.DISTRICT,
        "area:north-1",
        {
            "1": True,
            "2": True,
            "2#okrug": True,
            "3": False,
            "4": False,
            "@north-1": True,
            "@north": False,
            "#list": False,
        },
    ),
    (
        Role.REGION,
        "area:north",
        {"1": True, "3": True, "4": False, "@north-2": True, "@north": True, "@south": False, "@nation": False},
    ),
    (
        Role.CONSTITUENCY,
        "contest:okrug",
        {
            "2#okrug": True,
            "3#okrug": True,
            "2#list": False,
            "2": False,
            "1#okrug": False,
            "#okrug": True,
            "#list": False,
            "@nation#okrug": True,
            "@nation#list": False,
            "@nation": False,
        },
    ),
    (Role.CEC, "nation", {"1": True, "5#list": True, "@south-1": True, "@nation": True, "#okrug": True}),
    (Role.OBSERVER, "nation", {"1": True, "@nation": True, "#list": True}),
    (Role.OBSERVER, "area:south", {"4": True, "1": False, "@south-1": True, "@north-1": False}),
    (Role.OBSERVER, "station:4", {"4": True, "5": False}),
]


def place(country: Country, text: str) -> dict[str, int]:
    """`station`, `@area`, `#contest`, or one of the first two with `#contest` behind it."""
    where, _hash, contest = text.partition("#")
    asked = {"contest_id": country.contests[contest].pk} if contest else {}
    if where.startswith("@"):
        asked["area_id"] = country.areas[where[1:]].pk
    elif where:
        asked["station_id"] = country.stations[where].pk
    return asked


def appointed(country: Country, role: Role, where: str) -> User:
    kind, _colon, code = where.partition(":")
    match kind:
        case "station":
            return country.appoint("someone", role, country.stations[code])
        case "area":
            return country.appoint("someone", role, country.areas[code])
        case "contest":
            return country.appoint("someone", role, country.contests[code])
    return country.appoint("someone", role, None)


@pytest.mark.parametrize(("role", "where", "questions"), MATRIX, ids=lambda value: str(value)[:16])
def test_a_role_reaches_its_place_and_all_beneath_it_and_nothing_else(
    country: Country, role: Role, where: str, questions: dict[str, bool]
) -> None:
    user = appointed(country, role, where)
    for permission in Permission:
        for question, covered in questions.items():
            found = appointment_for(user, permission, **place(country, question), now=NOW)
            assert (found is not None) == (covered and permission in PERMISSIONS[role]), (permission, question)


@pytest.mark.parametrize("role", list(Role))
def test_permissions_are_those_of_the_role(country: Country, role: Role) -> None:
    places = {
        Role.OFFICER: "station:1",
        Role.CHAIR: "station:1",
        Role.DISTRICT: "area:north-1",
        Role.REGION: "area:north",
        Role.CONSTITUENCY: "contest:okrug",
    }
    user = appointed(country, role, places.get(role, "nation"))
    assert permissions_of(user, NOW) == PERMISSIONS[role]


def test_an_appointment_of_one_election_gives_nothing_in_another(country: Country) -> None:
    user = country.appoint("someone", Role.CEC, None)
    other = build_country("other-2027")
    for asked in ({"station_id": other.stations["1"].pk}, {"area_id": other.areas["nation"].pk}):
        assert appointment_for(user, Permission.SEE_DESK, **asked, now=NOW) is None
    assert appointment_for(user, Permission.SEE_DESK, contest_id=other.contests["list"].pk, now=NOW) is None


def test_an_appointment_counts_from_its_beginning_to_its_end(country: Country) -> None:
    user = country.appoint("someone", Role.OFFICER, country.stations["1"])
    begins = live(user).appointed_at
    Appointment.objects.filter(user=user).update(revoked_at=begins)
    services.appoint(
        user=user,
        role=Role.OFFICER,
        election=country.election,
        place=country.stations["1"],
        by=SYSTEM,
        now=NOW,
        ends_at=NOW + timedelta(hours=1),
    )
    moments = {-1: False, 0: True, 3599: True, 3600: False}
    for seconds, counts in moments.items():
        moment = NOW + timedelta(seconds=seconds)
        assert (appointment_for(user, Permission.ENTER_PROTOCOL, now=moment) is not None) == counts
        assert (Permission.ENTER_PROTOCOL in permissions_of(user, moment)) == counts


def test_a_revoked_appointment_ends_at_once_and_may_be_given_again(country: Country) -> None:
    user = country.appoint("someone", Role.OFFICER, country.stations["1"])
    services.revoke_appointment(appointment=live(user), by=SYSTEM, now=NOW)
    assert appointment_for(user, Permission.ENTER_PROTOCOL, now=NOW) is None
    country.appoint("someone", Role.OFFICER, country.stations["1"])
    assert appointment_for(user, Permission.ENTER_PROTOCOL, station_id=country.stations["1"].pk, now=NOW) is not None


def test_inactive_and_anonymous_people_may_do_nothing(country: Country) -> None:
    user = country.appoint("someone", Role.CEC, None)
    User.objects.filter(pk=user.pk).update(is_active=False)
    for nobody in (user, AnonymousUser()):
        assert appointment_for(nobody, Permission.SEE_DESK, now=NOW) is None
        assert permissions_of(nobody, NOW) == frozenset()


def test_a_token_carries_entry_rights_only(country: Country) -> None:
    user = country.appoint("someone", Role.OFFICER, country.stations["1"])
    country.appoint("someone", Role.DISTRICT, country.areas["north-1"])
    user.by_token = True
    station = country.stations["1"].pk
    assert appointment_for(user, Permission.ENTER_PROTOCOL, station_id=station, now=NOW) is not None
    assert appointment_for(user, Permission.DECIDE_HELD, station_id=station, now=NOW) is None
    assert permissions_of(user, NOW) == {Permission.ENTER_PROTOCOL}


def test_the_narrowest_appointment_answers(country: Country) -> None:
    user = country.appoint("someone", Role.OBSERVER, None)
    country.appoint("someone", Role.OBSERVER, country.areas["north"])
    country.appoint("someone", Role.OBSERVER, country.stations["1"])
    found = appointment_for(user, Permission.OBSERVE, station_id=country.stations["1"].pk, now=NOW)
    assert found is not None
    assert found.station == country.stations["1"]


def test_asking_for_a_right_costs_one_statement(country: Country) -> None:
    user = country.appoint("someone", Role.OFFICER, country.stations["1"])
    with CaptureQueriesContext(connection) as statements:
        appointment_for(
            user,
            Permission.ENTER_PROTOCOL,
            station_id=country.stations["1"].pk,
            contest_id=country.contests["list"].pk,
            now=NOW,
        )
    assert len(statements) == 1


def test_what_is_out_of_scope_does_not_exist(country: Country) -> None:
    user = country.appoint("someone", Role.OFFICER, country.stations["1"])
    assert require(user, Permission.ENTER_PROTOCOL, station=country.stations["1"]).role == Role.OFFICER
    with pytest.raises(Http404):
        require(user, Permission.ENTER_PROTOCOL, station=country.stations["2"])
    with pytest.raises(Http404):
        require(user, Permission.ENTER_PROTOCOL, station=999_999_999)


def test_the_log_knows_a_person_by_role_and_pseudonym(country: Country) -> None:
    user = country.appoint("someone", Role.CHAIR, country.stations["1"])
    assert actor(user, live(user).role).role == "chair"
    assert actor(user, Role.CHAIR).pseudonym == str(user.pseudonym)
