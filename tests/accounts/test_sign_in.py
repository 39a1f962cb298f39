"""Signing in, and how often one may fail at it."""

from __future__ import annotations

from http import HTTPStatus
from io import StringIO

import pytest
from allauth.mfa.totp.internal import auth
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.domain.roles import Role
from accounts.models import User
from accounts.selectors import user_of_token
from tests.accounts.conftest import Country

pytestmark = pytest.mark.django_db
PASSWORD = "ақ боз үй төрінде"
LOGIN = "/kk/account/login/"


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


def person(username: str) -> User:
    user = User(username=username)
    user.set_password(PASSWORD)
    user.save()
    return user


def attempt(username: str, password: str, address: str = "198.51.100.1") -> bool:
    answer = Client().post(LOGIN, {"login": username, "password": password}, REMOTE_ADDR=address)
    return answer.status_code == HTTPStatus.FOUND


def test_people_sign_in_with_username_and_password_in_any_case() -> None:
    person("aigul")
    assert attempt("aigul", PASSWORD)
    assert attempt("Aigul", PASSWORD)
    assert not attempt("aigul", PASSWORD + "x")


def test_guessing_is_stopped_for_the_account_from_wherever_it_comes() -> None:
    person("aigul")
    for guess in range(5):
        assert not attempt("aigul", f"guess-{guess}", address=f"198.51.100.{guess}")
    assert not attempt("aigul", PASSWORD, address="198.51.100.99")


def test_a_colleague_behind_the_same_address_still_signs_in() -> None:
    person("aigul")
    person("serik")
    for guess in range(8):
        attempt("aigul", f"guess-{guess}")
    assert attempt("serik", PASSWORD)


def test_a_second_factor_from_an_app_can_be_set_up_and_is_then_asked_for() -> None:
    person("aigul")
    client = Client()
    client.post(LOGIN, {"login": "aigul", "password": PASSWORD})
    asked = client.get("/kk/account/2fa/totp/activate/")
    assert asked["Location"].startswith("/kk/account/reauthenticate/")
    page = client.post(asked["Location"], {"password": PASSWORD}, follow=True)
    secret = page.context["form"].secret
    code = auth.format_hotp_value(auth.hotp_value(secret, next(auth.yield_hotp_counters_from_time())))
    assert client.post("/kk/account/2fa/totp/activate/", {"code": code}).status_code == HTTPStatus.FOUND

    other = Client()
    answer = other.post(LOGIN, {"login": "aigul", "password": PASSWORD})
    assert answer["Location"].startswith("/kk/account/2fa/authenticate/")
    assert other.get("/kk/account/").status_code == HTTPStatus.FOUND
    assert "<h1>" in other.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("page", ["", "password/change/", "2fa/", "2fa/webauthn/", "logout/"])
def test_account_pages_stand_without_inline_styles_or_scripts(country: Country, page: str) -> None:
    client = Client()
    client.force_login(country.appoint("someone", Role.CEC, None))
    answer = client.get(f"/kk/account/{page}")
    assert answer.status_code == HTTPStatus.OK
    html = answer.content.decode()
    assert "style=" not in html
    assert "<style" not in html
    assert "onclick" not in html


def test_issue_token_prints_the_token_and_nothing_else(country: Country) -> None:
    country.appoint("officer", Role.OFFICER, country.stations["1"])
    printed = StringIO()
    call_command("issue_token", "Officer", stdout=printed)
    found = user_of_token(printed.getvalue().removesuffix("\n"), timezone.now())
    assert found is not None
    assert found[0].username == "officer"
    call_command("revoke_token", "officer", stdout=StringIO())
    assert user_of_token(printed.getvalue().strip(), timezone.now()) is None


def test_no_token_is_issued_to_who_may_enter_nothing(country: Country) -> None:
    country.appoint("observer", Role.OBSERVER, None)
    for username in ("observer", "nobody"):
        with pytest.raises(CommandError):
            call_command("issue_token", username, stdout=StringIO())
