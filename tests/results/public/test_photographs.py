"""The public sees photographs where the election shows them, and only of protocols that count."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.domain.roles import Role
from stations.models import Election
from tallies.models import PhotographPage
from tallies.services.photographs import attach_photograph, withdraw_photograph
from tests import scene
from tests.packages import valid_figures
from tests.results import evening
from tests.tallies.conftest import uploads  # noqa: F401 (a fixture)
from tests.tallies.photographs import pictures

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])

PAGE = "/en/results/list/r1-d1-s1/"
OBSERVED = "/en/observe/results/list/r1-d1-s1/"
IMAGE = re.compile(r'data-viewer-image src="([^"]+)"')


@pytest.fixture
def election(folder: Path, uploads: Path) -> Election:  # noqa: F811
    return _load(folder, live_public=True, shown=True)


def _load(folder: Path, *, live_public: bool, shown: bool) -> Election:
    election = scene.load(folder / "package", live_public=live_public)
    with scene.as_owner() as cursor:
        cursor.execute("UPDATE stations_election SET photographs_public = %s", [shown])
    election.refresh_from_db()
    return election


def attach(folder: Path, content: bytes | None = None) -> int:
    photograph = attach_photograph(
        owed=scene.owed(),
        file=pictures.written(folder, content or pictures.jpeg()),
        by=scene.person(),
        role="officer",
        now=scene.NOW,
    )
    return int(photograph.pk)


def shown(address: str = PAGE, client: Client | None = None) -> list[str]:
    """The addresses of the photographs on a page."""
    return IMAGE.findall((client or Client()).get(address).content.decode())


def observer(election: Election, **place: Any) -> Client:
    client = Client()
    client.force_login(evening.member("observer", election, Role.OBSERVER))
    return client


def test_a_photograph_stands_beside_a_protocol_in_force(election: Election, folder: Path) -> None:
    scene.submit()
    attach(folder)
    [address] = shown()
    answer = Client().get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Cache-Control"] == "public, max-age=3600"
    assert "sandbox" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("come_so_far", ["awaited", "held", "returned"])
def test_before_a_protocol_counts_its_photograph_is_shown_to_nobody_outside(
    election: Election, folder: Path, come_so_far: str
) -> None:
    if come_so_far != "awaited":
        scene.hold()
    if come_so_far == "returned":
        scene.decide("return")
    attach(folder)
    copy = PhotographPage.objects.get().sha256
    client = observer(election)
    assert shown() == shown(OBSERVED, client) == []
    assert Client().get(f"/en/photographs/list/r1-d1-s1/{copy}.jpg").status_code == 404
    assert client.get(f"/en/observe/photographs/list/r1-d1-s1/{copy}.jpg").status_code == 404


def test_an_annulled_result_keeps_its_photograph(election: Election, folder: Path) -> None:
    scene.submit()
    attach(folder)
    scene.decide("annul")
    assert len(shown()) == 1


def test_where_the_election_does_not_show_them_observers_alone_see_them(folder: Path, uploads: Path) -> None:  # noqa: F811
    election = _load(folder, live_public=True, shown=False)
    scene.submit()
    attach(folder)
    copy = PhotographPage.objects.get().sha256
    assert shown() == []
    assert Client().get(f"/en/photographs/list/r1-d1-s1/{copy}.jpg").status_code == 404
    client = observer(election)
    [address] = shown(OBSERVED, client)
    assert client.get(address)["Cache-Control"].startswith("private")


def test_a_withdrawn_photograph_is_gone_from_public_pages(election: Election, folder: Path) -> None:
    scene.submit()
    number = attach(folder)
    [address] = shown()
    withdraw_photograph(
        owed=scene.owed(), photograph_id=number, reason="x", by=scene.person(), role="officer", now=scene.NOW
    )
    assert Client().get(address).status_code == 404


def test_before_figures_are_public_no_photograph_is(folder: Path, uploads: Path) -> None:  # noqa: F811
    _load(folder, live_public=True, shown=True)
    with scene.as_owner() as cursor:
        cursor.execute("UPDATE stations_election SET figures_public_from = '2099-01-01'")
    scene.submit()
    attach(folder)
    assert shown() == []
    copy = PhotographPage.objects.get().sha256
    assert Client().get(f"/en/photographs/list/r1-d1-s1/{copy}.jpg").status_code == 404


def test_a_bulletin_shows_the_photographs_of_its_moment(folder: Path, uploads: Path) -> None:  # noqa: F811
    election = _load(folder, live_public=False, shown=True)
    scene.submit()
    attach(folder)
    evening.bulletin(election, folder)
    scene.decide("correct", figures=valid_figures({"a": 200, "b": 160, "c": 60, "against_all": 20}))
    attach(folder, pictures.png())
    newer = PhotographPage.objects.latest("pk").sha256
    page = Client().get(PAGE).content.decode()
    assert len(IMAGE.findall(page)) == 1
    assert newer not in page
    assert Client().get(f"/en/photographs/list/r1-d1-s1/{newer}.jpg").status_code == 404
