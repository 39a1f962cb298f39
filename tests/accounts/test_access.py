"""The guards: what is declared is enforced, what is not declared is refused."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.utils import timezone
from django.views import View
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access, services
from accounts.domain.roles import Permission, Role
from accounts.models import ApiToken, User
from audit.domain.actor import SYSTEM
from tests.accounts.conftest import Country, live


def nothing_declared(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("reached")


def nothing_to_see(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@access.public
def for_all(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("reached")


@access.signed_in
def for_people(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.user.get_username())


@access.needs(Permission.DECIDE_HELD, Permission.PUBLISH)
class ForCommissions(View):
    def get(self, _request: HttpRequest) -> HttpResponse:
        return HttpResponse("reached")


@access.internal
def for_the_inside(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("reached")


@access.token_or_session(Permission.ENTER_PROTOCOL)
class Enter(APIView):
    def get(self, request: Request) -> Response:
        assert isinstance(request.user, User)
        return Response({"user": request.user.get_username(), "by_token": request.user.by_token})

    def post(self, request: Request) -> Response:
        return Response({"user": request.user.get_username()})


@access.token_or_session(Permission.DECIDE_HELD)
class Decide(APIView):
    def post(self, _request: Request) -> Response:
        return Response({})


@access.public
class Figures(APIView):
    def get(self, request: Request) -> Response:
        return Response({"anonymous": request.user.is_anonymous})


@access.token_or_session(Permission.ENTER_PROTOCOL)
def enter_plainly(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.user.get_username())


urls = SimpleNamespace(
    urlpatterns=[
        path("undeclared/", nothing_declared),
        path("for-all/", for_all),
        path("for-people/", for_people),
        path("for-commissions/", ForCommissions.as_view()),
        path("inside/", for_the_inside),
        path("api/enter/", Enter.as_view()),
        path("api/decide/", Decide.as_view()),
        path("api/figures/", Figures.as_view()),
        path("api/plainly/", enter_plainly),
        path("account/login/", for_all, name="account_login"),
        path("account/logout/", for_all, name="account_logout"),
        path("account/", for_all, name="account"),
    ]
)
pytestmark = pytest.mark.usefixtures("country", "routes")


@pytest.fixture
def routes() -> Iterator[None]:
    sys.modules["tests.accounts.routes_under_test"] = urls  # type: ignore[assignment]
    with override_settings(ROOT_URLCONF="tests.accounts.routes_under_test"):
        yield
    del sys.modules["tests.accounts.routes_under_test"]


def signed_in(user: User, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


def bearer(token: str, scheme: str = "Bearer") -> dict[str, str]:
    return {"Authorization": f"{scheme} {token}"}


@pytest.fixture
def officer(country: Country) -> User:
    return country.appoint("officer", Role.OFFICER, country.stations["1"])


def test_a_view_that_declares_nothing_is_refused_and_the_log_says_which(
    officer: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="accounts.access"):
        assert signed_in(officer).get("/undeclared/").status_code == HTTPStatus.NOT_FOUND
    assert "nothing_declared" in caplog.text


def test_public_pages_never_look_at_who_is_reading(officer: User) -> None:
    client = signed_in(officer)
    with CaptureQueriesContext(connection) as statements:
        assert client.get("/for-all/").status_code == HTTPStatus.OK
    assert len(statements) == 0


def test_anonymous_people_are_asked_to_sign_in_on_pages_and_refused_by_the_api() -> None:
    page = Client().get("/for-people/?x=1")
    assert page.status_code == HTTPStatus.FOUND
    assert page["Location"] == "/account/login/?next=/for-people/%3Fx%3D1"
    answer = Client().get("/api/enter/")
    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert set(answer.json()) == {"code", "message", "fields"}
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_fragment_asks_the_whole_page_to_sign_in() -> None:
    answer = Client().get("/for-people/", headers={"HX-Request": "true", "HX-Current-URL": "/kk/entry/"})
    assert answer["HX-Redirect"] == "/account/login/?next=/kk/entry/"


def test_a_person_without_the_permission_finds_nothing(officer: User) -> None:
    assert signed_in(officer).get("/for-commissions/").status_code == HTTPStatus.NOT_FOUND
    assert signed_in(officer).get("/for-people/").status_code == HTTPStatus.OK


def test_a_revoked_appointment_ends_an_open_session_s_rights(country: Country) -> None:
    user = country.appoint("district", Role.DISTRICT, country.areas["north-1"])
    client = signed_in(user)
    assert client.get("/for-commissions/").status_code == HTTPStatus.OK
    services.revoke_appointment(appointment=live(user), by=SYSTEM, now=timezone.now())
    assert client.get("/for-commissions/").status_code == HTTPStatus.NOT_FOUND


def test_the_inside_is_reached_from_its_addresses_or_with_the_token() -> None:
    def status(remote: str, **headers: str) -> int:
        return Client().get("/inside/", REMOTE_ADDR=remote, headers=headers).status_code

    assert status("127.0.0.1") == HTTPStatus.OK
    assert status("203.0.113.7") == HTTPStatus.NOT_FOUND
    assert status("127.0.0.1", **{"X-Forwarded-For": "203.0.113.7"}) == HTTPStatus.NOT_FOUND
    with override_settings(INTERNAL_ADDRESSES=["10.1.0.0/16"], METRICS_TOKEN="long-secret"):
        assert status("10.1.2.3") == HTTPStatus.OK
        assert status("127.0.0.1") == HTTPStatus.NOT_FOUND
        assert status("203.0.113.7", **bearer("long-secret")) == HTTPStatus.OK
        assert status("203.0.113.7", **bearer("wrong")) == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("scheme", ["Bearer", "Token", "bearer"])
def test_a_token_opens_the_api_without_a_session(officer: User, scheme: str) -> None:
    token = services.issue_token(user=officer, now=timezone.now())
    answer = Client(enforce_csrf_checks=True).post("/api/enter/", headers=bearer(token, scheme))
    assert answer.status_code == HTTPStatus.OK
    assert answer.json() == {"user": "officer"}
    assert Client(enforce_csrf_checks=True).post("/api/plainly/", headers=bearer(token)).content == b"officer"


def test_a_call_with_a_token_costs_one_statement(officer: User) -> None:
    token = services.issue_token(user=officer, now=timezone.now())
    with CaptureQueriesContext(connection) as statements:
        answer = Client().get("/api/enter/", headers=bearer(token))
    assert answer.json() == {"user": "officer", "by_token": True}
    assert len(statements) == 1


def test_a_token_is_stored_as_its_hash_only(officer: User) -> None:
    token = services.issue_token(user=officer, now=timezone.now())
    assert token.startswith("hat_")
    assert token not in str(list(ApiToken.objects.values()))


def test_unknown_expired_and_revoked_tokens_are_refused_even_beside_a_session(officer: User) -> None:
    now = timezone.now()
    expired = services.issue_token(user=officer, now=now - timedelta(days=8), lifetime=timedelta(days=7))
    revoked = services.issue_token(user=officer, now=now)
    assert services.revoke_token(token=revoked, now=now)
    assert not services.revoke_token(token=revoked, now=now)
    for token in (expired, revoked, "hat_unknown", ""):
        answer = signed_in(officer).get("/api/enter/", headers=bearer(token))
        assert answer.status_code == HTTPStatus.UNAUTHORIZED
        assert answer.json()["code"] == "token_refused"
    assert signed_in(officer).get("/api/enter/", headers=bearer("x", "Basic")).status_code == HTTPStatus.UNAUTHORIZED


def test_a_token_dies_with_its_owner_s_account_and_carries_nothing_without_an_appointment(officer: User) -> None:
    token = services.issue_token(user=officer, now=timezone.now())
    services.revoke_appointment(appointment=live(officer), by=SYSTEM, now=timezone.now())
    assert Client().get("/api/enter/", headers=bearer(token)).status_code == HTTPStatus.NOT_FOUND
    User.objects.filter(pk=officer.pk).update(is_active=False)
    assert Client().get("/api/enter/", headers=bearer(token)).status_code == HTTPStatus.UNAUTHORIZED


def test_a_token_decides_nothing_where_a_session_does(country: Country) -> None:
    user = country.appoint("both", Role.OFFICER, country.stations["1"])
    country.appoint("both", Role.DISTRICT, country.areas["north-1"])
    token = services.issue_token(user=user, now=timezone.now())
    refused = Client().post("/api/decide/", headers=bearer(token))
    assert refused.status_code == HTTPStatus.NOT_FOUND
    assert refused.json()["code"] == "not_found"
    assert signed_in(user).post("/api/decide/").status_code == HTTPStatus.OK


@pytest.mark.parametrize("url", ["/api/enter/", "/api/plainly/"])
def test_a_session_at_the_api_needs_the_csrf_token(officer: User, url: str) -> None:
    client = signed_in(officer, enforce_csrf_checks=True)
    refused = client.post(url)
    assert refused.status_code == HTTPStatus.FORBIDDEN
    assert refused.json()["code"] == "csrf_failed"
    client.cookies["csrftoken"] = "a" * 32
    assert client.post(url, headers={"X-CSRFToken": "a" * 32}).status_code == HTTPStatus.OK


def test_a_public_answer_of_the_api_knows_no_session(officer: User) -> None:
    answer = signed_in(officer).get("/api/figures/")
    assert answer.json() == {"anonymous": True}
    assert "Cookie" not in answer.get("Vary", "")


def test_a_view_declares_its_access_once() -> None:
    with pytest.raises(access.UndeclaredAccess):
        access.public(access.signed_in(nothing_to_see))
    with pytest.raises(access.UndeclaredAccess):
        access.public(access.signed_in(type("Twice", (View,), {})))
    with pytest.raises(access.UndeclaredAccess):
        access.needs()
