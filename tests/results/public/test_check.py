"""Anyone with a telephone holds a paper receipt against what counts now."""

from __future__ import annotations

import hashlib
import re
from html import unescape
from pathlib import Path

import pytest
from django.test import Client

from accounts.domain.roles import Role
from audit.models import Event, LogIndex
from stations.models import Election, Station
from tests import scene
from tests.figures import tells
from tests.packages import valid_figures
from tests.results import evening

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])


@pytest.fixture
def election(folder: Path) -> Election:
    return scene.load(folder / "package", live_public=True)


def check(sha256: str = "", station: str = "r1-d1-s1", status: int = 200) -> str:
    address = f"/en/check/list/{station}/" + (f"{sha256}/" if sha256 else "")
    answer = Client().get(address)
    assert answer.status_code == status
    text = re.sub(r"<(script|style|title).*?</\1>|<[^>]+>", " ", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", unescape(text))


def printed(kind: str = "protocol.accepted") -> str:
    """The hash that the receipt of this change prints."""
    entry = bytes(Event.objects.filter(kind=kind).latest("pk").entry)
    return hashlib.sha256(entry).hexdigest()


def test_the_receipt_prints_the_hash_of_the_record_in_the_log_and_its_code_leads_here(election: Election) -> None:
    scene.submit()
    officer = evening.member("officer", election, Role.DISTRICT)
    client = Client()
    client.force_login(officer)
    receipt = client.get("/en/station/r1-d1-s1/list/receipt/").content.decode()
    assert printed() in receipt
    assert f"http://testserver/en/check/list/r1-d1-s1/{printed()}/" in receipt
    assert 'src="data:image/svg+xml' in receipt
    assert "This is the version in force." in check(printed())


def test_the_paper_is_compared_line_by_line_with_what_is_in_force(election: Election) -> None:
    scene.submit()
    shown = check(printed())
    assert "The paper in your hand is version 1. This is the version in force." in shown
    for figure in valid_figures().values():
        assert f"{figure:,}" in shown


def test_a_receipt_that_a_correction_replaced_says_so(election: Election) -> None:
    scene.submit()
    old = printed()
    scene.decide("correct", figures=valid_figures({"a": 200, "b": 160, "c": 60, "against_all": 20}))
    shown = check(old)
    assert "The paper in your hand is version 1. It was replaced by version 2." in shown
    assert "Corrected" in shown
    assert "The paper in your hand is version 2. This is the version in force." in check(printed("protocol.corrected"))


def test_a_receipt_of_an_annulled_result_says_so(election: Election) -> None:
    scene.submit()
    scene.decide("annul")
    assert "was annulled and counts as zero" in check(printed())
    scene.decide("repeat")
    assert "was annulled and counts as zero" in check(printed())


@pytest.mark.parametrize("sha256", ["0" * 64, "abc", "x" * 64])
def test_a_receipt_that_does_not_come_from_here_is_unknown(election: Election, sha256: str) -> None:
    scene.submit()
    assert "This receipt is unknown" in check(sha256, status=404)


def test_a_receipt_of_another_station_is_unknown(election: Election) -> None:
    scene.submit()
    assert "This receipt is unknown" in check(printed(), "r1-d1-s2", status=404)


def test_a_held_protocol_has_no_receipt_and_none_of_its_records_is_known(election: Election) -> None:
    scene.hold()
    assert "This receipt is unknown" in check(printed("protocol.held"), status=404)
    client = Client()
    client.force_login(evening.member("district", election, Role.DISTRICT))
    answer = client.get("/en/station/r1-d1-s1/list/receipt/")
    assert (answer.status_code, answer["Location"]) == (302, "/en/desk/r1-d1-s1/list/")


def test_without_a_hash_the_page_shows_what_counts(election: Election) -> None:
    assert "No protocol of this station is in force" in check()
    scene.submit()
    assert "Version 1" in check()


def test_before_figures_are_public_it_only_says_from_when(folder: Path) -> None:
    scene.load(folder / "package", live_public=True, figures_public_from="2099-03-19T20:00:00+05:00")
    scene.submit()
    for shown in (check(printed()), check("0" * 64)):
        assert "Figures are shown from 19 March 2099" in shown
        assert not tells(shown, 240)
        assert "unknown" not in shown


def test_what_is_newer_than_the_last_bulletin_is_genuine_and_not_told_yet(folder: Path) -> None:
    election = scene.load(folder / "package")
    scene.submit()
    early = printed()
    evening.bulletin(election, folder)
    scene.decide("correct", figures=valid_figures({"a": 200, "b": 160, "c": 60, "against_all": 20}))
    shown = check(printed("protocol.corrected"))
    assert "newer than what has been published" in shown
    assert not tells(shown, 200)
    assert "This is the version in force." in check(early)
    assert f"entry {LogIndex.objects.get(event__kind='protocol.accepted').index}" in check(early)


def test_an_area_has_no_receipt(election: Election) -> None:
    assert Station.objects.exists()
    assert Client().get("/en/check/list/r1-d1/").status_code == 404
