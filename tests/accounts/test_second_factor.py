"""Who holds an office that asks for a second factor sets one up before anything else opens."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from accounts.domain.roles import Role
from accounts.services import issue_token
from tests.accounts.conftest import Country

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asked_of_districts(settings: Any) -> None:
    settings.SECOND_FACTOR_ROLES = frozenset({"district"})


def test_a_commission_without_one_is_led_to_set_it_up(country: Country) -> None:
    client = Client()
    client.force_login(country.appoint("district", Role.DISTRICT, country.areas["north-1"]))
    for path in ("/en/desk/", "/en/people/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (HTTPStatus.FOUND, "/en/account/2fa/"), path
    assert "Your office asks for a second factor" in client.get("/en/account/2fa/").content.decode()


def test_with_one_everything_opens(country: Country) -> None:
    user = country.appoint("district", Role.DISTRICT, country.areas["north-1"])
    Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data={})
    client = Client()
    client.force_login(user)
    assert client.get("/en/people/").status_code == HTTPStatus.FOUND, "recovery codes alone are no factor"
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    assert client.get("/en/people/").status_code == HTTPStatus.OK


def test_officers_and_their_programs_are_not_asked(country: Country) -> None:
    user = country.appoint("officer", Role.OFFICER, country.stations["1"])
    client = Client()
    client.force_login(user)
    assert client.get("/en/station/").status_code == HTTPStatus.OK
    token = issue_token(user=user, now=timezone.now())
    answer = Client().post(
        "/api/v1/protocols/", {}, content_type="application/json", headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
