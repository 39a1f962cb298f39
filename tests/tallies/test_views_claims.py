"""Who is keying a protocol, as its station and its commissions see it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from accounts.domain.roles import Role
from audit.models import Event
from tallies.models import Claim
from tests.tallies.night import GOOD, Night, form_data, small_night

pytestmark = pytest.mark.django_db

FORM = "/en/station/s1/list/"
FINDINGS = "/en/station/s1/list/findings/"
DESK = "/en/desk/s1/list/"
TAKE_OVER = "/en/desk/s1/list/take-over/"


@pytest.fixture
def night() -> Night:
    return small_night()


@pytest.fixture
def secretary(night: Night) -> Client:
    return night.person("secretary", Role.OFFICER, station=night.stations["s1"])


@pytest.fixture
def chair(night: Night) -> Client:
    return night.person("chair", Role.CHAIR, station=night.stations["s1"])


@pytest.fixture
def district(night: Night) -> Client:
    return night.person("district", Role.DISTRICT, area=night.areas["n1"])


def page(client: Client, address: str) -> str:
    return re.sub(r"\s+", " ", unescape(client.get(address).content.decode()))


def test_opening_the_form_claims_it_and_the_next_person_is_told_who_has_it(secretary: Client, chair: Client) -> None:
    assert "data-protocol" in page(secretary, FORM)
    waiting = page(chair, FORM)
    assert "secretary is keying this protocol" in waiting
    assert "the form is free at" in waiting
    assert 'name="figure-' not in waiting


def test_who_waits_cannot_send_either_and_loses_nothing_typed(secretary: Client, chair: Client, night: Night) -> None:
    secretary.get(FORM)
    answer = chair.post(FORM, form_data(GOOD))
    text = unescape(answer.content.decode())
    assert answer.status_code == 409
    assert "secretary has been keying this protocol since" in text
    assert 'value="400"' in text
    assert night.versions() == []


def test_sending_frees_the_form_and_typing_keeps_it(secretary: Client) -> None:
    secretary.get(FORM)
    Claim.objects.update(lapses_at=timezone.now() + timedelta(seconds=30))
    secretary.post(FINDINGS, {**form_data(GOOD), "keying": "1"})
    assert Claim.objects.get().lapses_at > timezone.now() + timedelta(minutes=14)
    secretary.post(FORM, form_data(GOOD))
    assert not Claim.objects.exists()


def test_a_claim_without_a_sign_of_life_stops_nobody(secretary: Client, chair: Client) -> None:
    secretary.get(FORM)
    Claim.objects.update(lapses_at=timezone.now() - timedelta(seconds=1))
    assert 'name="figure-voters"' in page(chair, FORM)
    assert "chair is keying this protocol" in page(secretary, FORM)


def test_under_double_entry_two_people_key_their_own_entries_at_the_same_time() -> None:
    night = small_night(entry="double")
    place = {"station": night.stations["s1"]}
    secretary, chair = night.person("secretary", Role.OFFICER, **place), night.person("chair", Role.CHAIR, **place)
    deputy = night.person("deputy", Role.OFFICER, **place)
    for client in (secretary, chair):
        assert 'name="figure-voters"' in page(client, FORM)
    assert "secretary is keying this protocol" in page(deputy, FORM)


def test_the_commission_sees_who_is_keying_and_can_free_the_form(
    secretary: Client, chair: Client, district: Client
) -> None:
    secretary.get(FORM)
    seen = page(district, DESK)
    assert "secretary has been keying this protocol since" in seen
    assert "Free the form for somebody else" in seen
    answer = district.post(TAKE_OVER, {"slot": "only"}, follow=True)
    assert "The entry is free" in answer.content.decode()
    assert 'name="figure-voters"' in page(chair, FORM)
    entry = json.loads(bytes(Event.objects.get(kind="claim.taken_over").entry))
    assert entry["actor"]["role"] == "district"
    assert "secretary" not in json.dumps(entry)


def test_whose_claim_was_taken_over_cannot_send_over_the_next_persons_head(
    secretary: Client, chair: Client, district: Client, night: Night
) -> None:
    secretary.get(FORM)
    district.post(TAKE_OVER, {"slot": "only"})
    chair.get(FORM)
    assert secretary.post(FORM, form_data(GOOD)).status_code == 409
    assert night.versions() == []


def test_whose_claim_was_ended_hears_of_it_while_typing_and_does_not_take_it_back(
    secretary: Client, chair: Client, district: Client
) -> None:
    secretary.get(FORM)
    district.post(TAKE_OVER, {"slot": "only"})
    said = secretary.post(FINDINGS, {**form_data(GOOD), "keying": "1"}).content.decode()
    assert "the commission freed this entry for somebody else" in unescape(said)
    assert not Claim.objects.exists()
    assert 'name="figure-voters"' in page(chair, FORM)


def test_whose_claim_was_ended_reads_so_on_the_open_page(secretary: Client, district: Client) -> None:
    found = re.search(r'data-etag="([^"]+)" hx-get="([^"]+)"', secretary.get(FORM).content.decode())
    assert found
    etag, address = (unescape(each) for each in found.groups())
    assert secretary.get(address, headers={"If-None-Match": etag}).status_code == 304
    district.post(TAKE_OVER, {"slot": "only"})
    answer = secretary.get(address, headers={"If-None-Match": etag})
    assert answer.status_code == 200
    assert "The commission has freed this entry for somebody else." in answer.content.decode()


def test_the_press_after_it_sends_nothing_and_keeps_what_was_typed_and_the_next_one_sends(
    secretary: Client, district: Client, night: Night
) -> None:
    secretary.get(FORM)
    district.post(TAKE_OVER, {"slot": "only"})
    answer = secretary.post(FORM, form_data(GOOD))
    assert answer.status_code == 409
    assert "the commission freed this entry for somebody else" in unescape(answer.content.decode())
    assert 'value="400"' in answer.content.decode()
    assert night.versions() == []
    assert secretary.post(FORM, form_data(GOOD)).status_code == 302
    assert len(night.versions()) == 1


def test_what_was_kept_on_a_device_comes_back_with_the_reason(
    secretary: Client, district: Client, night: Night
) -> None:
    secretary.get(FORM)
    district.post(TAKE_OVER, {"slot": "only"})
    answer = secretary.post(FORM, form_data(GOOD), headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"], answer.json()["taken"]) == (422, "claim_ended", False)
    assert night.versions() == []


def test_what_nobody_is_keying_cannot_be_freed(district: Client) -> None:
    answer = district.post(TAKE_OVER, {"slot": "only"})
    assert answer.status_code == 409
    assert "Nobody is keying this protocol any more." in answer.content.decode()
    assert not Event.objects.filter(kind="claim.taken_over").exists()


def test_a_commission_elsewhere_frees_nothing(secretary: Client, night: Night) -> None:
    elsewhere = night.person("elsewhere", Role.DISTRICT, area=night.areas["n2"])
    secretary.get(FORM)
    assert elsewhere.post(TAKE_OVER, {"slot": "only"}).status_code == 404
    assert Claim.objects.exists()


def test_an_observer_is_not_told_who_is_keying(secretary: Client, night: Night) -> None:
    observer = night.person("observer", Role.OBSERVER)
    secretary.get(FORM)
    assert observer.get(DESK).status_code in (403, 404)


def test_once_a_protocol_stands_the_desk_names_nobody_who_still_has_the_form_open(
    secretary: Client, district: Client, night: Night
) -> None:
    secretary.get(FORM)
    claim = Claim.objects.get()
    secretary.post(FORM, form_data(GOOD))
    claim.save(force_insert=True)
    assert night.versions()
    assert "has been keying this protocol" not in page(district, DESK)
