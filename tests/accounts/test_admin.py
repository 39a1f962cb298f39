"""What administrators see of accounts: lists, and nothing to change."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from django.test import Client

from accounts.domain.roles import Role
from accounts.models import User
from tests.accounts.conftest import Country


@pytest.fixture
def administrator(country: Country) -> Client:
    user = country.appoint("cec", Role.CEC, None)
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("page", ["", "accounts/user/", "accounts/appointment/"])
def test_an_administrator_sees_lists_without_inline_styles_or_scripts(administrator: Client, page: str) -> None:
    answer = administrator.get(f"/kk/admin/{page}")
    assert answer.status_code == HTTPStatus.OK
    html = answer.content.decode()
    assert "style=" not in html
    assert "<style" not in html
    assert "<script>" not in html


@pytest.mark.parametrize("page", ["accounts/user/add/", "accounts/appointment/add/", "mfa/authenticator/", "login/"])
def test_nothing_can_be_added_and_no_secret_be_seen(administrator: Client, page: str) -> None:
    assert administrator.get(f"/kk/admin/{page}").status_code in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


def test_a_user_s_page_can_be_read_and_not_written(administrator: Client) -> None:
    user = User.objects.get(username="cec")
    page = f"/kk/admin/accounts/user/{user.pk}/change/"
    assert administrator.get(page).status_code == HTTPStatus.OK
    assert administrator.post(page, {"username": "other"}).status_code == HTTPStatus.FORBIDDEN
    assert User.objects.get(pk=user.pk).username == "cec"


def test_a_commission_without_superuser_rights_finds_no_admin(country: Country) -> None:
    client = Client()
    client.force_login(country.appoint("cec", Role.CEC, None))
    assert client.get("/kk/admin/").status_code == HTTPStatus.NOT_FOUND
