"""Publication can be paused, with words that everybody reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Event
from results.models import PublicationPause
from results.publication.conditions import open_conditions
from results.publication.pausing import NotPaused, PausedAlready, pause_publication, resume_publication
from results.publication.services import NotPublishable, publish_bulletin
from stations.models import Election
from tests import scene
from tests.results import evening

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])

WHY = "The figures of one region are being compared <once more>."


@pytest.fixture
def election(folder: Path) -> Election:
    return scene.load(folder / "package", regions=1, districts=1, stations=2, contests=("list",), live_public=True)


def pause(election: Election) -> PublicationPause:
    return pause_publication(election=election, reason=WHY, by=evening.member("cec", election), now=timezone.now())


def resume(election: Election) -> None:
    resume_publication(election=election, by=evening.member("cec", election), now=timezone.now())


def front() -> str:
    return Client().get("/en/").content.decode()


def test_while_it_is_paused_nothing_is_published(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    evening.seal_log(folder)
    pause(election)
    with pytest.raises(NotPublishable) as refused:
        publish_bulletin(election=election, by=evening.member("cec", election), now=timezone.now())
    assert list(refused.value.fields) == ["paused"]
    assert "paused" in open_conditions(election, timezone.now())
    resume(election)
    publish_bulletin(election=election, by=evening.member("cec", election), now=timezone.now())


def test_public_pages_say_why_and_stay_with_what_was_published(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    evening.bulletin(election, folder)
    assert "Publication is paused" not in front()
    pause(election)
    scene.submit("r1-d1-s2")
    evening.seal_log(folder)
    page = front()
    assert "being compared &lt;once more&gt;" in page
    assert "Bulletin 1" in page
    assert "<strong>1</strong> of 2" in page
    resume(election)
    page = front()
    assert "Publication is paused" not in page
    assert "<strong>2</strong> of 2" in page


def test_figures_that_no_bulletin_states_are_not_shown_while_it_is_paused(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    evening.seal_log(folder)
    pause(election)
    assert "Nothing has been published yet" in front()
    assert Client().get("/api/v1/results/list/kz/").status_code == 404


def test_it_is_paused_and_resumed_once(election: Election) -> None:
    pause(election)
    with pytest.raises(PausedAlready):
        pause(election)
    resume(election)
    with pytest.raises(NotPaused):
        resume(election)
    kinds = Event.objects.filter(kind__startswith="publication.").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["publication.paused", "publication.resumed"]


def test_the_commission_pauses_and_resumes_on_its_pages(election: Election) -> None:
    client = Client()
    client.force_login(evening.member("cec", election))
    assert client.post("/en/publication/pause/", {"reason": " "}).status_code == 422
    assert client.post("/en/publication/pause/", {"reason": WHY}).status_code == 302
    assert "Resume publication" in client.get("/en/publication/").content.decode()
    assert client.post("/en/publication/resume/").status_code == 302
    assert "Resume publication" not in client.get("/en/publication/").content.decode()
