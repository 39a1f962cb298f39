"""Bulletins that come by themselves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from results.models import Snapshot
from results.publication.pausing import BadInterval, pause_publication, schedule_bulletins
from results.publication.scheduled import publish_due_bulletin
from stations.models import Election
from tests import scene
from tests.results import evening

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])


@pytest.fixture
def election(folder: Path) -> Election:
    election = scene.load(folder / "package", regions=1, districts=1, stations=2, contests=("list",))
    scene.submit("r1-d1-s1")
    evening.seal_log(folder)
    return election


def every(minutes: int, election: Election) -> None:
    schedule_bulletins(election=election, every_minutes=minutes, by=evening.member("cec", election), now=timezone.now())


def bulletins() -> int:
    return Snapshot.objects.filter(kind=Snapshot.Kind.BULLETIN).count()


def test_without_a_schedule_none_comes(election: Election) -> None:
    assert publish_due_bulletin(now=timezone.now()) is None


def test_one_comes_when_its_time_has_come_and_something_has_changed(election: Election, folder: Path) -> None:
    every(15, election)
    first = publish_due_bulletin(now=timezone.now())
    assert first is not None and first.made_by.username == "cec"
    scene.submit("r1-d1-s2")
    evening.seal_log(folder)
    assert publish_due_bulletin(now=first.created_at + timedelta(minutes=14)) is None
    assert publish_due_bulletin(now=first.created_at + timedelta(minutes=15)) is not None
    # Nothing has changed since.
    assert publish_due_bulletin(now=first.created_at + timedelta(minutes=90)) is None
    assert bulletins() == 2


def test_none_comes_before_figures_are_public(election: Election) -> None:
    every(1, election)
    assert publish_due_bulletin(now=election.figures_public_from - timedelta(seconds=1)) is None


def test_none_comes_while_publication_is_paused(election: Election) -> None:
    every(1, election)
    pause_publication(election=election, reason="so", by=scene.person("cec"), now=timezone.now())
    assert publish_due_bulletin(now=timezone.now()) is None


def test_none_comes_after_the_final_result(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s2", figures=evening.figures_of("list", 1))
    every(1, election)
    evening.final(election, folder)
    assert publish_due_bulletin(now=timezone.now()) is None


def test_none_is_none(election: Election) -> None:
    every(5, election)
    every(0, election)
    assert publish_due_bulletin(now=timezone.now()) is None


@pytest.mark.parametrize("minutes", [-1, 1441])
def test_an_interval_is_at_most_a_day(election: Election, minutes: int) -> None:
    with pytest.raises(BadInterval):
        every(minutes, election)


def test_the_commission_says_how_often_on_its_page(election: Election) -> None:
    client = Client()
    client.force_login(evening.member("cec", election))
    assert client.post("/en/publication/schedule/", {"every_minutes": "often"}).status_code == 422
    assert client.post("/en/publication/schedule/", {"every_minutes": "10"}).status_code == 302
    assert "every 10 minutes" in client.get("/en/publication/").content.decode()
