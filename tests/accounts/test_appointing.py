"""Appointing people, and what the log and the database make of it."""

from __future__ import annotations

import json

import pytest
from django.db import IntegrityError, transaction
from django.test import override_settings

from accounts import services
from accounts.domain.roles import Role
from accounts.models import Appointment, User
from audit.domain.actor import SYSTEM, Actor
from audit.models import Event
from tests.accounts.conftest import NOW, Country, live


def entries(kind: str) -> list[dict[str, object]]:
    return [json.loads(bytes(event.entry)) for event in Event.objects.filter(kind=kind).order_by("id")]


def test_an_appointment_is_logged_with_role_place_and_pseudonym_and_no_name(country: Country) -> None:
    user = User.objects.create(username="aigul.sadykova", first_name="Айгүл")
    services.appoint(
        user=user,
        role=Role.CHAIR,
        election=country.election,
        place=country.stations["1"],
        by=Actor("cec", "0000"),
        now=NOW,
    )
    (entry,) = entries("appointment.made")
    assert entry["station"] == "1"
    assert entry["election"] == "test-2026"
    assert entry["actor"] == {"role": "cec", "pseudonym": "0000"}
    assert entry["body"] == {"role": "chair", "pseudonym": str(user.pseudonym)}
    assert "aigul" not in json.dumps(entry)


def test_revoking_is_logged_once(country: Country) -> None:
    user = country.appoint("someone", Role.REGION, country.areas["north"])
    for _again in range(2):
        services.revoke_appointment(appointment=live_or_last(user), by=SYSTEM, now=NOW)
    (entry,) = entries("appointment.revoked")
    assert entry["area"] == "north"


def live_or_last(user: User) -> Appointment:
    return Appointment.objects.filter(user=user).latest("id")


def test_nobody_is_appointed_twice_to_the_same(country: Country) -> None:
    country.appoint("someone", Role.CEC, None)
    with pytest.raises(services.AlreadyAppointed):
        country.appoint("someone", Role.CEC, None)
    assert len(entries("appointment.made")) == 1


def test_a_role_is_held_only_where_it_makes_sense(country: Country) -> None:
    for role, place in [
        (Role.OFFICER, None),
        (Role.CEC, country.stations["1"]),
        (Role.CONSTITUENCY, country.areas["north"]),
    ]:
        with pytest.raises(services.NotAPlaceForThisRole):
            country.appoint("someone", role, place)


def test_the_database_refuses_an_appointment_to_two_places(country: Country) -> None:
    user = country.appoint("someone", Role.OBSERVER, None)
    with pytest.raises(IntegrityError, match="appointed_to_one_place"), transaction.atomic():
        Appointment.objects.create(
            user=user,
            role=Role.OBSERVER,
            election=country.election,
            station=country.stations["1"],
            area=country.areas["north"],
            appointed_at=NOW,
        )


def test_demo_accounts_are_appointed_around_one_station(country: Country) -> None:
    for _again in range(2):
        users = services.create_demo_accounts(election=country.election, password="hattama-demo", now=NOW, by=SYSTEM)
    places = {username: live(user).place for username, user in users.items()}
    assert places == {
        "officer": country.stations["1"],
        "chair": country.stations["1"],
        "district": country.areas["north-1"],
        "region": country.areas["north"],
        "cec": None,
        "cec2": None,
        "district2": country.areas["north-1"],
        "region2": country.areas["north"],
        "observer": None,
    }
    assert users["officer"].check_password("hattama-demo")
    assert len(entries("appointment.made")) == len(places)


def test_demo_accounts_are_refused_in_production(country: Country) -> None:
    with override_settings(PRODUCTION=True), pytest.raises(services.NotInProduction):
        services.create_demo_accounts(election=country.election, password="hattama-demo", now=NOW, by=SYSTEM)
    assert not User.objects.exists()
