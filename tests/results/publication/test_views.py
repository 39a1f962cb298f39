"""The commission's pages: what is missing, a bulletin, and the final result by two people."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.messages import get_messages
from django.test import Client

from accounts.domain.roles import Role
from accounts.models import User
from results.models import Approval, Snapshot
from stations.models import Election
from tests import scene
from tests.results import evening

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])


@pytest.fixture
def election(folder: Path) -> Election:
    return scene.load(folder / "package", regions=1, districts=1, stations=2, contests=("list",))


@pytest.fixture
def complete(election: Election, folder: Path) -> Election:
    evening.everybody_sends(("list",))
    evening.ready_for_final(election, folder)
    return election


def browser(name: str, election: Election, role: Role = Role.CEC) -> Client:
    client = Client()
    client.force_login(evening.member(name, election, role))
    return client


@pytest.mark.parametrize("address", ["", "final/", "final/1/approve/"])
def test_publication_is_for_the_central_commission_alone(election: Election, address: str) -> None:
    assert browser("observer", election, Role.OBSERVER).get(f"/en/publication/{address}").status_code == 404
    assert Client().get(f"/en/publication/{address}").status_code == 302


def test_a_commission_publishes_only_the_election_it_is_appointed_to(election: Election, folder: Path) -> None:
    member = browser("cec", election)
    scene.load(folder / "next", code="next", date="2026-12-01")
    assert member.get("/en/publication/").status_code == 404
    assert member.post("/en/publication/bulletin/").status_code == 404


def test_the_page_names_each_condition_that_is_unmet(election: Election) -> None:
    scene.hold("r1-d1-s1")
    page = browser("cec", election).get("/en/publication/").content.decode()
    assert "1 protocol is held" in page
    assert "1 protocol is missing" in page
    assert "not in the signed log yet" in page
    assert 'href="/en/publication/final/"' not in page


def test_a_bulletin_is_published_by_pressing_a_button(complete: Election) -> None:
    answer = browser("cec", complete).post("/en/publication/bulletin/")
    assert answer.status_code == 302
    assert Snapshot.objects.get().kind == "bulletin"
    assert [str(message) for message in get_messages(answer.wsgi_request)] == ["Bulletin 1 is published."]


def test_looking_publishes_nothing(complete: Election) -> None:
    member = browser("cec", complete)
    assert member.get("/en/publication/bulletin/").status_code == 405
    assert member.get("/en/publication/final/").status_code == 200
    assert not Snapshot.objects.exists()


def test_a_refusal_is_a_notice_that_says_why(election: Election, folder: Path) -> None:
    evening.seal_log(folder)
    answer = browser("cec", election).post("/en/publication/final/")
    assert answer.status_code == 409
    assert "2 protocols are missing." in answer.content.decode()
    assert 'role="alert"' in answer.content.decode()


def test_two_people_publish_the_final_result(complete: Election) -> None:
    first, second = browser("cec", complete), browser("cec2", complete)
    assert first.post("/en/publication/final/").status_code == 302
    confirmation = second.get("/en/publication/final/1/approve/").content.decode()
    assert "What your approval does" in confirmation
    assert Snapshot.objects.get().content_sha256 in confirmation
    assert second.post("/en/publication/final/1/approve/").status_code == 422
    assert not Approval.objects.exists()
    assert second.post("/en/publication/final/1/approve/", {"compared": "yes"}).status_code == 302
    assert Approval.objects.get().approved_by.username == "cec2"
    assert Client().get("/en/final/").status_code == 200


def test_who_proposed_is_offered_no_approval_and_is_refused_it(complete: Election) -> None:
    first = browser("cec", complete)
    first.post("/en/publication/final/")
    assert "somebody else must approve it" in first.get("/en/publication/").content.decode()
    assert "Approve and publish" not in first.get("/en/publication/final/1/approve/").content.decode()
    answer = first.post("/en/publication/final/1/approve/", {"compared": "yes"})
    assert answer.status_code == 409
    assert not Approval.objects.exists()


def test_where_the_office_asks_for_a_second_factor_approving_asks_for_it_again(
    complete: Election, settings: Any
) -> None:
    first, second = browser("cec", complete), browser("cec2", complete)
    first.post("/en/publication/final/")
    settings.SECOND_FACTOR_ROLES = frozenset({"cec"})
    TOTP.activate(User.objects.get(username="cec2"), generate_totp_secret())
    for method in (second.get, second.post):
        answer = method("/en/publication/final/1/approve/", {"compared": "yes"})
        assert answer.status_code == 302
        assert "/2fa/reauthenticate/?next=" in answer.headers["Location"]
    assert not Approval.objects.exists()
    session = second.session
    record = {"method": "mfa", "type": "totp", "at": time.time(), "reauthenticated": True}
    session["account_authentication_methods_user"] = str(User.objects.get(username="cec2").pk)
    session["account_authentication_methods"] = [record | {"at": time.time() - 3600}]
    session.save()
    assert second.get("/en/publication/final/1/approve/").status_code == 302
    session["account_authentication_methods"] = [record]
    session.save()
    answer = second.post("/en/publication/final/1/approve/", {"compared": "yes"})
    assert answer.headers["Location"] == "/en/publication/"
    assert Approval.objects.get().approved_by.username == "cec2"
