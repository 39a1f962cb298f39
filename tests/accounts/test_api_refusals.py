"""Whatever the API refuses, it says so in one shape."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.domain.roles import Role
from accounts.services import issue_token
from tests.accounts.conftest import Country

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("method", "content_type", "body", "status", "code"),
    [
        ("POST", "application/json", "{", 400, "bad_request"),
        ("POST", "text/plain", "hello", 415, "unsupported_media_type"),
        ("GET", "application/json", "", 405, "method_not_allowed"),
        ("POST", "application/json", '{"station": "9", "contest": "list", "figures": {}}', 404, "not_found"),
    ],
)
def test_what_the_framework_refuses_has_the_shape_of_all_refusals(
    client: Client, country: Country, method: str, content_type: str, body: str, status: int, code: str
) -> None:
    officer = country.appoint("officer", Role.OFFICER, country.stations["1"])
    token = issue_token(user=officer, now=timezone.now())
    answer = client.generic(
        method, "/api/v1/protocols/", body, content_type=content_type, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == status
    said = answer.json()
    assert (said.keys(), said["code"], said["fields"]) == ({"code", "message", "fields"}, code, {})
    assert said["message"]
