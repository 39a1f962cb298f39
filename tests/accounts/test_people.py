"""Officers change in the middle of the night, and what they could do ends or begins at that moment."""

from __future__ import annotations

import json
import re
from http import HTTPStatus

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.domain.roles import Permission, Role
from accounts.models import Appointment, Reason, User
from accounts.selectors import appointment_for, officers, user_of_token
from accounts.services import (
    AlreadyAppointed,
    BadUsername,
    NoReason,
    OverAlready,
    issue_token,
    renew_access,
    revoke_officer,
    substitute_officer,
    take_on_officer,
)
from audit.domain.actor import SYSTEM
from audit.models import Event
from tests.accounts.conftest import NOW, Country

pytestmark = pytest.mark.django_db
PASSWORD = "ақ боз үй төрінде"


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def district(country: Country) -> Client:
    client = Client()
    client.force_login(country.appoint("district", Role.DISTRICT, country.areas["north-1"]))
    return client


def appointment(user: User) -> Appointment:
    return Appointment.objects.get(user=user, revoked_at=None)


def may_enter(user: User, station: str, country: Country) -> bool:
    found = appointment_for(
        user, Permission.ENTER_PROTOCOL, station_id=country.stations[station].pk, now=timezone.now()
    )
    return found is not None


def bodies(kind: str) -> list[dict[str, object]]:
    return [json.loads(bytes(event.entry))["body"] for event in Event.objects.filter(kind=kind)]


def test_a_new_officer_gets_a_link_and_one_with_a_password_keeps_it(country: Country) -> None:
    station = country.stations["1"]
    made, link = take_on_officer(station=station, role=Role.OFFICER, username="Aigul", name="Айгүл", by=SYSTEM, now=NOW)
    assert link is not None and link.username == "aigul"
    made.user.set_password(PASSWORD)
    made.user.save()
    _again, none = take_on_officer(station=station, role=Role.CHAIR, username="aigul", name="", by=SYSTEM, now=NOW)
    assert none is None
    with pytest.raises(AlreadyAppointed):
        take_on_officer(station=station, role=Role.CHAIR, username="aigul", name="", by=SYSTEM, now=NOW)
    with pytest.raises(BadUsername):
        take_on_officer(station=station, role=Role.CHAIR, username="a b", name="", by=SYSTEM, now=NOW)


def test_a_substitution_is_one_moment_and_says_why_by_a_hash(country: Country) -> None:
    old = country.appoint("aigul", Role.OFFICER, country.stations["1"])
    substitute_officer(
        appointment=appointment(old), username="berik", name="", reason="fallen ill", by=SYSTEM, now=timezone.now()
    )
    assert not may_enter(old, "1", country)
    assert may_enter(User.objects.get(username="berik"), "1", country)
    assert "fallen ill" not in json.dumps(bodies("appointment.revoked"))
    assert Reason.objects.get().text == "fallen ill"


def test_without_a_reason_or_twice_nobody_is_sent_away(country: Country) -> None:
    held = appointment(country.appoint("aigul", Role.OFFICER, country.stations["1"]))
    with pytest.raises(NoReason):
        revoke_officer(appointment=held, reason=" ", by=SYSTEM, now=timezone.now())
    revoke_officer(appointment=held, reason="ill", by=SYSTEM, now=timezone.now())
    with pytest.raises(OverAlready):
        revoke_officer(appointment=held, reason="ill", by=SYSTEM, now=timezone.now())
    assert len(bodies("appointment.revoked")) == 1


def test_who_is_appointed_nowhere_any_more_loses_their_tokens(country: Country) -> None:
    user = country.appoint("aigul", Role.OFFICER, country.stations["1"])
    country.appoint("aigul", Role.OFFICER, country.stations["2"])
    token = issue_token(user=user, now=timezone.now())
    first, second = Appointment.objects.filter(user=user)
    revoke_officer(appointment=first, reason="ill", by=SYSTEM, now=timezone.now())
    assert user_of_token(token, timezone.now()) is not None
    revoke_officer(appointment=second, reason="ill", by=SYSTEM, now=timezone.now())
    assert user_of_token(token, timezone.now()) is None


def test_a_revocation_meets_a_session_in_the_middle_of_the_form(country: Country) -> None:
    user = country.appoint("aigul", Role.OFFICER, country.stations["1"])
    client = Client()
    client.force_login(user)
    assert client.get("/en/station/").status_code == HTTPStatus.OK
    revoke_officer(appointment=appointment(user), reason="ill", by=SYSTEM, now=timezone.now())
    for path in ("/en/station/", "/en/station/1/list/", "/en/drafts/key/"):
        assert client.get(path).status_code == HTTPStatus.NOT_FOUND
    assert client.post("/en/station/1/list/", {}).status_code == HTTPStatus.NOT_FOUND


def test_a_renewed_access_ends_sessions_tokens_and_second_factors(country: Country) -> None:
    user = country.appoint("aigul", Role.OFFICER, country.stations["1"])
    user.set_password(PASSWORD)
    user.save()
    client = Client()
    client.force_login(user)
    token = issue_token(user=user, now=timezone.now())
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    link = renew_access(appointment=appointment(user), by=SYSTEM, now=timezone.now())
    assert client.get("/en/account/").status_code == HTTPStatus.FOUND
    assert user_of_token(token, timezone.now()) is None
    assert not Authenticator.objects.filter(user=user).exists()
    assert Client().get(f"/en/enrol/{link.secret}/").status_code == HTTPStatus.OK


def test_a_commission_finds_the_officers_of_its_own_stations(country: Country) -> None:
    district = country.appoint("district", Role.DISTRICT, country.areas["north-1"])
    region = country.appoint("region", Role.REGION, country.areas["north"])
    cec = country.appoint("cec", Role.CEC, None)
    for number in "12345":
        country.appoint(f"officer-{number}", Role.OFFICER, country.stations[number])

    def found(user: User, words: str = "") -> list[str]:
        return [each.user.username for each in officers(user, country.election, words, now=timezone.now())]

    assert found(district) == ["officer-1", "officer-2"]
    assert found(region) == ["officer-1", "officer-2", "officer-3"]
    assert len(found(cec)) == 5
    assert found(cec, "OFFICER-4") == found(cec, "4") == ["officer-4"]


def test_a_district_substitutes_an_officer_on_its_page_and_hands_over_the_link_once(
    country: Country, district: Client
) -> None:
    old = country.appoint("aigul", Role.OFFICER, country.stations["1"])
    page = district.get("/en/people/").content.decode()
    assert "aigul" in page and "not yet" in page
    address = f"/en/people/1/{appointment(old).pk}/substitute/"
    assert "can do nothing more from this moment on" in district.get(address).content.decode()
    assert district.post(address, {"username": "berik"}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    answer = district.post(address, {"username": "berik", "name": "Берік", "reason": "fallen ill"})
    shown = answer.content.decode()
    assert "<svg" in shown and "style=" not in shown
    secret = re.search(r"/en/enrol/([\w-]+)/", shown)
    assert secret is not None
    assert Client().get(f"/en/enrol/{secret[1]}/").status_code == HTTPStatus.OK
    assert district.get(address).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("page", ["", "appoint/"])
def test_outside_its_district_a_commission_finds_nobody(district: Client, page: str) -> None:
    assert district.get(f"/en/people/4/{page}").status_code == HTTPStatus.NOT_FOUND
