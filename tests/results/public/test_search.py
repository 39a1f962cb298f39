"""Search leads to stations, areas, contests and candidates, in every language."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from results.public.finding import LONGEST_WORDS
from stations.models import Election, Station
from tests import scene

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])


@pytest.fixture(autouse=True)
def election(folder: Path) -> Election:
    return scene.load(folder / "package", live_public=True)


def asked(words: str, language: str = "en") -> str:
    answer = Client().get(f"/{language}/search/", {"q": words})
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_number_of_a_station_leads_straight_to_it() -> None:
    answer = Client().get("/en/search/", {"q": " R1-D1-S1 "})
    assert (answer.status_code, answer["Location"]) == (302, "/en/results/list/r1-d1-s1/")


def test_areas_contests_and_candidates_are_found_by_their_names() -> None:
    assert 'href="/en/results/list/r1-d2/"' in asked("district r1-d2")
    assert 'href="/en/results/okrug/"' in asked("contest okrug")
    shown = asked("choice x")
    assert 'href="/en/results/okrug/"' in shown and "Candidates" in shown


def test_a_name_of_another_language_finds_what_the_page_names_in_its_own() -> None:
    assert "Region 1 (қазақша)" in asked("region 1 русски", "kk")


def test_addresses_are_searched() -> None:
    Station.objects.filter(code="r2-d1-s1").update(address_ru="улица Абая, 12")
    Election.objects.update(revision=2)
    assert 'href="/en/results/list/r2-d1-s1/"' in asked("абая 12")


def test_nothing_found_says_what_to_try() -> None:
    assert "Nothing has all these words" in asked("zzz")
    assert "Type the number" in asked("")


def test_what_is_typed_is_never_more_than_words() -> None:
    shown = asked("<script>alert(1)</script>\x00" + "x" * 5 * LONGEST_WORDS)
    assert "<script>alert" not in shown
