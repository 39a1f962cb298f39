"""A program attaches photographs with a token: the same doors, limits and refusals as the page."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.domain.roles import Role
from accounts.models import User
from accounts.services import issue_token
from tallies.models import Photograph
from tests.tallies.night import small_night
from tests.tallies.photographs import pictures

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/photographs/"


@pytest.fixture
def token(uploads: Path) -> str:
    night = small_night()
    night.person("officer", Role.OFFICER, station=night.stations["s1"])
    officer = User.objects.get(username="officer")
    return issue_token(user=officer, now=timezone.now(), lifetime=timedelta(hours=1))


def post(token: str, **parts: Any) -> tuple[int, dict[str, Any]]:
    answer = Client().post(ADDRESS, parts, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.json()


def file(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("photograph.jpg", content, "image/jpeg")


def test_a_photograph_arrives_once_and_the_answer_names_its_hash(token: str) -> None:
    content = pictures.from_a_telephone()
    first = post(token, station="s1", contest="list", photograph=file(content))
    again = post(token, station="s1", contest="list", photograph=file(content))
    kept = Photograph.objects.get()
    assert first == again
    assert first[0] == 201
    assert first[1] == {
        "station": "s1", "contest": "list", "sha256": kept.sha256, "media_type": "image/jpeg", "bytes": len(content)
    }  # fmt: skip


def test_what_is_no_photograph_is_refused_as_data_and_leaves_nothing(token: str, uploads: Path) -> None:
    status, said = post(token, station="s1", contest="list", photograph=file(b"%!PS no photograph"))
    assert status == 422
    assert said["code"] and said["message"]
    assert not Photograph.objects.exists()
    assert [path for path in uploads.rglob("*") if path.is_file()] == []


def test_what_is_missing_or_unknown_is_named(token: str) -> None:
    status, said = post(token, station="s1", picture=file(b"x"))
    assert (status, said["code"], sorted(said["fields"])) == (422, "bad_request", ["contest", "photograph", "picture"])


@pytest.mark.parametrize(("station", "contest"), [("s2", "list"), ("s1", "nothing"), ("nowhere", "list")])
def test_another_stations_protocol_does_not_exist(token: str, station: str, contest: str) -> None:
    status, _said = post(token, station=station, contest=contest, photograph=file(pictures.jpeg()))
    assert status == 404
    assert not Photograph.objects.exists()


def test_without_a_token_nobody_attaches(token: str) -> None:
    answer = Client().post(ADDRESS, {"station": "s1", "contest": "list", "photograph": file(pictures.jpeg())})
    assert answer.status_code == 401
