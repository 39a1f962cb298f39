"""Twenty thousand officers sign in before the stations open, hundreds of them behind one government address."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import pytest
from django.conf import settings
from django.contrib.auth.hashers import identify_hasher, make_password
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.limits import begin_try
from accounts.models import User
from accounts.sessions import SessionStore

pytestmark = pytest.mark.django_db
LOGIN = "/kk/account/login/"
PASSWORD = "ақ боз үй төрінде"
GOVERNMENT = "198.51.100.1"


def test_hundreds_behind_one_address_sign_in_while_somebody_there_guesses() -> None:
    cache.clear()
    hashed = make_password(PASSWORD)
    User.objects.bulk_create(User(username=f"officer-{number}", password=hashed) for number in range(400))
    for guess in range(20):
        Client().post(LOGIN, {"login": "victim", "password": f"guess-{guess}"}, REMOTE_ADDR=GOVERNMENT)
    answers = [
        Client().post(LOGIN, {"login": f"officer-{number}", "password": PASSWORD}, REMOTE_ADDR=GOVERNMENT).status_code
        for number in range(400)
    ]
    assert answers == [HTTPStatus.FOUND] * 400


def test_a_sign_in_costs_five_statements_and_one_session_that_is_written_once() -> None:
    cache.clear()
    User.objects.create(username="aigul", password=make_password(PASSWORD))
    with CaptureQueriesContext(connection) as seen:
        answer = Client().post(LOGIN, {"login": "aigul", "password": PASSWORD})
    assert answer.status_code == HTTPStatus.FOUND
    statements = [query["sql"] for query in seen if query["sql"].startswith(("SELECT", "INSERT", "UPDATE", "\n"))]
    # Who it is, their second factor, the moment, what they may do, the session.
    assert len(statements) == 5, "\n".join(statements)
    assert [each.split()[0] for each in statements if "django_session" in each] == ["INSERT"]


def test_of_fifty_who_press_at_once_behind_one_address_nobody_waits_for_another() -> None:
    cache.clear()

    def press(number: int) -> bool:
        tried = begin_try(username=f"officer-{number}", address=GOVERNMENT, now=time.time())
        if tried:
            tried.succeeded()
        return tried is not None

    with ThreadPoolExecutor(50) as people:
        assert all(people.map(press, range(50)))


def test_of_twenty_guesses_at_once_five_are_tried() -> None:
    cache.clear()
    with ThreadPoolExecutor(20) as guesses:
        tried = guesses.map(
            lambda number: begin_try(username="aigul", address=f"198.51.100.{number}", now=time.time()), range(20)
        )
    assert sum(each is not None for each in tried) <= 5


def test_tries_are_forgotten_when_their_time_is_over_and_pressing_again_does_not_keep_anybody_out() -> None:
    cache.clear()
    began = time.time()
    for _ in range(5):
        assert begin_try(username="aigul", address=GOVERNMENT, now=began)
    for later in range(0, 299, 20):
        assert begin_try(username="aigul", address=GOVERNMENT, now=began + later) is None
    assert begin_try(username="aigul", address=GOVERNMENT, now=began + 300)


def test_a_session_that_somebody_brought_gets_another_key_at_sign_in() -> None:
    cache.clear()
    User.objects.create(username="aigul", password=make_password(PASSWORD))
    before = SessionStore()
    before["brought"] = "by whoever set the cookie"
    before.create()
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = before.session_key or ""
    client.post(LOGIN, {"login": "aigul", "password": PASSWORD})
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before.session_key
    assert not Session.objects.filter(pk=before.session_key).exists()


def test_the_limit_of_an_address_leaves_room_for_the_whole_countrys_dawn() -> None:
    a_minute = int(settings.SIGN_IN_TRIES.split("/")[0])
    assert a_minute * 15 >= 20_466, "within a quarter of an hour, even if all of them sat behind one address"


def test_an_unknown_name_is_answered_as_a_wrong_password_is() -> None:
    cache.clear()
    User.objects.create(username="aigul", password=make_password(PASSWORD))
    wrong, unknown = (
        Client().post(LOGIN, {"login": name, "password": "not it, whoever you are"}) for name in ("aigul", "nobody")
    )
    assert wrong.status_code == unknown.status_code
    told = [
        re.findall(r'field__error">([^<]+)<|<li>([^<]+)</li>', answer.content.decode()) for answer in (wrong, unknown)
    ]
    assert told[0] == told[1] != []


def test_new_passwords_are_hashed_by_memory(settings: object) -> None:
    settings.PASSWORD_HASHERS = ["accounts.hashers.DawnArgon2"]  # type: ignore[attr-defined]
    hashed = make_password(PASSWORD)
    assert identify_hasher(hashed).algorithm == "argon2" and "m=19456,t=2,p=1" in hashed
