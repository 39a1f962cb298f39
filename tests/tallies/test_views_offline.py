"""What a device asks of the server so that the form works without a line."""

from __future__ import annotations

import base64

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from accounts.domain.roles import Role
from accounts.models import DraftKey, User
from tallies.models import Claim, Entry
from tallies.views.offline import ASSETS
from tests.tallies.night import GOOD, WITH_AN_ERROR, Night, form_data, small_night

pytestmark = pytest.mark.django_db
KEY = "/en/drafts/key/"
PROTOCOL = "/en/station/s1/list/"


@pytest.fixture
def night() -> Night:
    return small_night()


@pytest.fixture
def officer(night: Night) -> Client:
    return night.person("officer", Role.OFFICER, station=night.stations["s1"])


def test_a_persons_key_is_always_the_same_and_only_theirs(officer: Client, night: Night) -> None:
    chair = night.person("chair", Role.CHAIR, station=night.stations["s1"])
    mine, again, theirs = (client.get(KEY).json() for client in (officer, officer, chair))
    assert len(base64.b64decode(mine["key"])) == 32
    assert mine["key"] == again["key"] != theirs["key"]
    assert mine["person"] == str(User.objects.get(username="officer").pseudonym)
    assert officer.get(KEY)["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert DraftKey.objects.count() == 2


def test_the_key_is_given_to_nobody_who_enters_nothing(night: Night) -> None:
    assert Client().get(KEY).status_code == 302
    assert night.person("observer", Role.OBSERVER).get(KEY).status_code == 404


def test_the_service_worker_stands_at_the_root_and_names_files_that_exist() -> None:
    answer = Client().get("/service-worker.js")
    assert answer["Service-Worker-Allowed"] == "/"
    for asset in ASSETS:
        assert finders.find(asset), asset
        assert asset in answer.content.decode()


def test_a_page_kept_for_later_claims_nothing(officer: Client) -> None:
    officer.get(PROTOCOL, headers={"Hattama-Keep": "1"})
    assert not Claim.objects.exists()
    officer.get(PROTOCOL)
    assert Claim.objects.exists()


def test_a_device_that_sends_what_it_kept_is_answered_in_data(officer: Client) -> None:
    data = {"Accept": "application/json"}
    refused = officer.post(PROTOCOL, form_data(WITH_AN_ERROR), headers=data)
    assert (refused.status_code, refused.json()["code"]) == (422, "findings")
    unreadable = officer.post(PROTOCOL, form_data({**GOOD, "voters": "-1"}), headers=data)
    assert unreadable.status_code == 422 and "without a sign" in unreadable.json()["message"]
    taken = officer.post(PROTOCOL, form_data(GOOD), headers=data)
    assert (taken.status_code, taken.json()["state"]) == (201, "in_force")
    again = officer.post(PROTOCOL, form_data(GOOD), headers=data)
    assert (again.status_code, Entry.objects.count()) == (201, 1)
    other = officer.post(PROTOCOL, form_data(GOOD, key="0f1f7f4e-3f0a-4f0f-9d57-0c8a4f1f2a3b"), headers=data)
    assert (other.status_code, other.json()["code"]) == (409, "already_stands")


def test_before_sending_all_figures_are_shown_once_more_in_words(officer: Client) -> None:
    form = {name: value for name, value in form_data(GOOD).items() if name != "checked"}
    page = officer.post(PROTOCOL, form).content.decode()
    assert "Check before you send" in page and "six hundred and eighty" in page
    assert not Entry.objects.exists()
    back = officer.post(PROTOCOL, {**form, "again": "1"}).content.decode()
    assert 'value="680"' in back and "Check and send" in back
