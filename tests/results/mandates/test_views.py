"""Mandates are read by everybody and recorded by the central commission alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from accounts.domain.roles import Role
from results.mandates.selectors import mandates_of
from results.models import MandateAct, MandateDecision
from stations.models import Election
from tests import scene
from tests.results import evening
from tests.results.mandates.test_services import contest, country, register
from tests.results.public.test_pages import page
from tests.results.publication.test_views import browser

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])

RECORD = "/en/publication/mandates/list/"


@pytest.fixture
def election(folder: Path) -> Election:
    return country(folder)


def test_before_the_final_result_the_page_says_that_there_are_none(folder: Path) -> None:
    scene.load(folder / "package", live_public=True, candidates=3)
    assert "Mandates follow from the final result. There is none yet." in page("mandates/list/")
    page("mandates/nowhere/", status=404)


def test_everybody_reads_who_holds_the_mandates_and_whether_the_quota_is_met(election: Election) -> None:
    shown = page("mandates/list/")
    assert "Choice a: 6 mandates" in shown
    assert "A 1 A 2 A 3 A 4 A 5 A 6 Next on the list: 7. A 7" in shown
    assert "Women and youth (Article 89; at least 30%): 3 of 9 on the list, 3 needed met" in shown
    assert "0 of 1 with a mandate, 1 needed not met" in shown
    assert "Women and youth (қазақша) (89-бап; " in page("mandates/list/", "kk")
    assert "Who holds the mandates" in page("results/list/")


def test_recording_is_for_the_central_commission_alone(election: Election) -> None:
    assert Client().get(RECORD).status_code == 302
    assert browser("observer", election, Role.OBSERVER).get(RECORD).status_code == 404
    assert browser("observer", election, Role.OBSERVER).post(f"{RECORD}1/decide/").status_code == 404


def test_one_person_proposes_and_another_confirms(election: Election) -> None:
    first, second = browser("cec", election), browser("cec2", election)
    assert "Register the mandates" in first.get(RECORD).content.decode()
    answer = first.post(RECORD, {"what": "registration", "words": ""})
    assert (answer.status_code, MandateAct.objects.count()) == (422, 0)
    assert "Name the act." in answer.content.decode()
    assert first.post(RECORD, {"what": "registration", "words": "12/345"}).status_code == 302
    waiting = first.get(RECORD).content.decode()
    assert "You proposed it" in waiting and "Confirm the act" not in waiting
    assert "waits for a second person" in page("mandates/list/")
    assert first.post(f"{RECORD}1/decide/", {"outcome": "confirm"}).status_code == 409
    assert second.post(f"{RECORD}1/decide/", {"outcome": "confirm"}).status_code == 302
    assert "10 mandates are registered confirmed by a second person" in page("mandates/list/")
    assert "12/345" not in page("mandates/list/")


def test_a_mandate_is_given_up_on_the_page(election: Election) -> None:
    register(election)
    first, second = browser("cec", election), browser("cec2", election)
    assert first.post(RECORD, {"what": "given_up", "holder": "b:2", "words": "ill"}).status_code == 302
    second.post(f"{RECORD}2/decide/", {"outcome": "confirm"})
    shown = page("mandates/list/")
    assert "B 1 B 3 B 4 Gave their mandate up, or refused it: 2. B 2" in shown
    assert "Choice b: place 2 gave the mandate up, place 4 takes it" in shown


def test_an_act_can_be_withdrawn_by_who_proposed_it(election: Election) -> None:
    first = browser("cec", election)
    first.post(RECORD, {"what": "registration", "words": "12/345"})
    first.post(f"{RECORD}1/decide/", {"outcome": "withdraw"})
    assert MandateDecision.objects.get().outcome == "withdrawn"
    assert mandates_of(contest()).registered is None


def test_lots_are_recorded_on_the_page(folder: Path) -> None:
    election = country(folder, votes={"x": 200, "y": 200, "against_all": 20})
    assert "Lots must decide between: Choice x , Choice y" in page("mandates/okrug/")
    address = "/en/publication/mandates/okrug/"
    first, second = browser("cec", election), browser("cec2", election)
    assert address in first.get("/en/publication/").content.decode()
    answer = first.post(address, {"what": "lots", "words": "7", "day": "2026-03-25"})
    assert "Say who was drawn." in answer.content.decode()
    first.post(address, {"what": "lots", "words": "7", "day": "2026-03-25", "won": "y"})
    second.post(f"{address}1/decide/", {"outcome": "confirm"})
    assert "Lots decided between candidates with equal votes. Elected: Choice y" in page("mandates/okrug/")


def test_a_mandate_of_a_constituency_is_found_by_name_given_up_and_a_by_election_called(election: Election) -> None:
    first, second = browser("cec", election), browser("cec2", election)
    assert "/en/publication/mandates/" in first.get("/en/publication/").content.decode()
    found = first.get("/en/publication/mandates/", {"q": "okr"}).content.decode()
    address = "/en/publication/mandates/okrug/"
    assert address in found
    assert RECORD not in found

    def recorded(number: int, **given: str) -> None:
        assert first.post(address, given).status_code == 302
        assert second.post(f"{address}{number}/decide/", {"outcome": "confirm"}).status_code == 302

    assert "Who is elected gets the mandate." in first.get(address).content.decode()
    recorded(1, what="registration", words="12/346")
    assert "Nobody follows: the seat is vacant until a by-election." in first.get(address).content.decode()
    recorded(2, what="given_up", holder="x:1", words="a minister now")
    assert "Call the by-election" in first.get(address).content.decode()
    recorded(3, what="repeat", day="2026-05-17", words="12/400")
    shown = page("mandates/okrug/")
    assert "The seat is vacant: the law asks for a by-election." in shown
    assert "a by-election is called for" in shown
    assert "Choice x gave the mandate up: the seat is vacant" in shown


def test_a_name_that_no_contest_has_is_said(election: Election) -> None:
    shown = browser("cec", election).get("/en/publication/mandates/", {"q": "nowhere"}).content.decode()
    assert "No contest has this in its name." in shown


def test_a_new_edition_of_the_final_result_begins_anew(election: Election, folder: Path) -> None:
    register(election)
    scene.decide("correct", "r1-d1-s1", figures=evening.figures_of("list", 60))
    evening.final(election, folder)
    assert mandates_of(contest()).registered is None
    browser("cec", election).post(RECORD, {"what": "registration", "words": "12/400"})
    assert MandateAct.objects.count() == 2
