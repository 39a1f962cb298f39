"""The data page, the widget, and a contest beside the election before."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from aggregation.services import settle
from results.exports.downloads import make_downloads
from results.exports.selectors import Issuer
from results.public import kept_pages
from results.publication.services import publish_bulletin
from stations.models import Contest
from tests import scene
from tests.results.exports.published import PublishedNight, publish
from tests.results.verification.conftest import publish_log

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])


@pytest.fixture
def night(tmp_path: Path, settings: Settings, transactional_db: None) -> PublishedNight:
    return publish(tmp_path, settings)


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_the_data_page_names_licence_addresses_and_files_with_sizes(night: PublishedNight, client: Client) -> None:
    before = page(client, "/en/data/")
    assert "Creative Commons" in before
    assert "are being prepared" in before
    assert "/en/bulletins/1/results/list/" in before
    list(make_downloads(night.bulletin, issuer=Issuer("CEC", "CEC")))
    kept_pages.pages.clear()
    after = page(client, "/en/data/")
    assert "/downloads/test-2026/bulletin-1/list/test-2026.list.bulletin-1.kk.pdf" in after
    assert "KB" in after


def test_without_an_election_the_data_page_still_tells_the_licence(client: Client, db: None) -> None:
    assert "Creative Commons" in page(client, "/en/data/")


def test_the_pages_of_a_bulletin_lead_to_its_files(night: PublishedNight, client: Client) -> None:
    for address in ("/en/bulletins/1/", "/en/bulletins/1/results/list/", "/en/results/list/"):
        assert "/downloads/test-2026/bulletin-1/list/test-2026.list.bulletin-1.csv.zip" in page(client, address)


def test_the_widget_may_stand_in_any_frame_and_nothing_else_may(night: PublishedNight, client: Client) -> None:
    for address in ("/en/widget/list/", "/kk/widget/list/r1/", "/ru/widget/list/r1-d1-s1/"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "frame-ancestors *" in answer["Content-Security-Policy"]
        assert "X-Frame-Options" not in answer
        assert (
            "script-src" not in answer["Content-Security-Policy"] or "unsafe" not in answer["Content-Security-Policy"]
        )
    for address in ("/en/", "/en/data/", "/en/results/list/"):
        answer = client.get(address)
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"


def test_the_widget_says_what_its_figures_are(night: PublishedNight, client: Client) -> None:
    small = page(client, "/en/widget/list/")
    assert "preliminary" in small
    assert "synthetic" in small
    assert "<strong>3</strong> of 8 stations counted" in small
    assert 'href="/en/results/list/"' in small
    assert "<script" not in small
    assert page(client, "/en/widget/nowhere/", 404)
    assert page(client, "/en/widget/list/nowhere/", 404)


def test_a_contest_stands_beside_the_election_before_where_that_is_loaded(
    night: PublishedNight, client: Client, tmp_path: Path
) -> None:
    assert page(client, "/en/earlier/list/", 404)
    assert "Beside the election of" not in page(client, "/en/bulletins/1/results/list/")
    later = scene.load(
        tmp_path / "later",
        code="test-2030",
        date="2030-03-19",
        opens_at="2026-03-19T07:00:00+05:00",
        regions=2,
        districts=2,
        stations=2,
        contests=("list",),
        figures_public_from="2026-03-19T20:00:00+05:00",
    )
    assert Contest.objects.filter(election=later).exists()
    scene.submit("r1-d1-s1")
    settle()
    publish_log(tmp_path)
    publish_bulletin(election=later, by=scene.person("cec"), now=scene.NOW)
    compared = page(client, "/en/earlier/list/")
    assert "19 March 2030" in compared
    assert "19 March 2026" in compared
    # 720 of 1,320 in 2026, 240 of 440 in 2030: the same share.
    assert "54.55%" in compared
    assert "0.00" in compared
    assert "Beside the election of 19 March 2026" in page(client, "/en/results/list/")
