"""The pages: what a commission establishes, who may act on them, and what everybody sees."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from accounts.domain.roles import Role
from accounts.models import User
from results.models import Certificate, CertificateSignature
from stations.models import Election
from tests import scene
from tests.packages import valid_figures
from tests.results import evening

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])

CELL = "/en/establish/list/r1-d1/"
OTHER = valid_figures({"a": 200, "b": 160, "c": 60, "against_all": 20})


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def member(election: Election, name: str = "first", area: str = "r1-d1", role: Role = Role.DISTRICT) -> Client:
    return browser(evening.commission(role, election, area=area, name=name))


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == HTTPStatus.OK, (address, answer.status_code)
    return answer.content.decode()


def main_of(page: str) -> str:
    return page.partition("<main")[2].partition("</main>")[0]


def test_two_members_establish_a_result_on_the_pages(complete: Election) -> None:
    first, second = member(complete), member(complete, "second")
    assert "can be established" in read(first, "/en/establish/")
    assert first.post(f"{CELL}propose/").status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert first.post(f"{CELL}propose/", {"compared": "on"}).status_code == HTTPStatus.FOUND
    assert "another member of your commission must sign it" in read(first, CELL)
    assert second.get(f"{CELL}1/sign/").status_code == HTTPStatus.OK
    assert second.post(f"{CELL}1/sign/", {"compared": "on"}).status_code == HTTPStatus.FOUND
    assert "The result is established" in read(second, CELL)


def test_who_proposed_cannot_sign(complete: Election) -> None:
    first = member(complete)
    first.post(f"{CELL}propose/", {"compared": "on"})
    assert first.get(f"{CELL}1/sign/").status_code == HTTPStatus.FOUND
    answer = first.post(f"{CELL}1/sign/", {"compared": "on"})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "another member of the commission must sign it" in answer.content.decode()
    assert not CertificateSignature.objects.exists()


@pytest.mark.parametrize("role", [Role.REGION, Role.CEC])
def test_a_commission_above_sees_the_result_and_does_not_establish_it(complete: Election, role: Role) -> None:
    above = member(complete, area="r1" if role is Role.REGION else "", role=role)
    assert "Compare and propose" not in read(above, CELL)
    assert above.post(f"{CELL}propose/", {"compared": "on"}).status_code != HTTPStatus.OK
    assert not Certificate.objects.exists()


def test_another_district_finds_nothing(complete: Election) -> None:
    assert member(complete, area="r1-d2").get(CELL).status_code == HTTPStatus.NOT_FOUND


def test_an_observer_sees_how_far_it_is(complete: Election) -> None:
    observer = browser(evening.member("observer", complete, Role.OBSERVER))
    assert "can be established" in read(observer, CELL)
    assert "The result of 0 of 1 contests is established" in read(observer, "/en/establish/overview/")
    assert observer.get("/en/establish/").status_code == HTTPStatus.NOT_FOUND


def test_the_page_names_what_is_missing_with_a_way_to_it(election: Election, folder: Path) -> None:
    scene.hold("r1-d1-s1")
    evening.seal_log(folder)
    page = read(member(election), CELL)
    assert "1 protocol is held" in page
    assert "1 protocol is missing" in page
    assert "/en/desk/?contest=list&amp;district=r1-d1&amp;state=held" in page


def test_an_opinion_is_shown_with_the_certificate_and_to_everybody(complete: Election) -> None:
    first, second = member(complete), member(complete, "second")
    first.post(f"{CELL}propose/", {"compared": "on"})
    assert second.post(f"{CELL}1/opinion/", {"opinion": ""}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert second.post(f"{CELL}1/opinion/", {"opinion": "<b>I object</b>"}).status_code == HTTPStatus.FOUND
    second.post(f"{CELL}1/sign/", {"compared": "on"})
    assert "&lt;b&gt;I object&lt;/b&gt;" in read(Client(), "/en/certificates/list/r1-d1/1/")


def test_a_withdrawn_certificate_says_so_and_asks_for_a_new_one(complete: Election, folder: Path) -> None:
    evening.certify(complete, "list", "r1-d1")
    assert "This certificate stands" in read(Client(), "/en/certificates/list/r1-d1/1/")
    scene.decide("correct", "r1-d1-s1", figures=OTHER)
    public = read(Client(), "/en/certificates/list/r1-d1/1/")
    assert "This certificate was withdrawn" in public
    assert "station r1-d1-s1 was corrected" in public
    assert "a new one is needed" in read(member(complete), CELL)
    evening.seal_log(folder)
    evening.certify(complete, "list", "r1-d1")
    assert "/en/certificates/list/r1-d1/2/" in read(Client(), "/en/certificates/list/r1-d1/1/")
    assert Client().get("/en/certificates/list/r1-d1/").headers["Location"] == "/en/certificates/list/r1-d1/2/"


def test_what_was_not_signed_is_not_public(complete: Election) -> None:
    member(complete).post(f"{CELL}propose/", {"compared": "on"})
    assert Client().get("/en/certificates/list/r1-d1/1/").status_code == HTTPStatus.NOT_FOUND
    assert Client().get("/en/certificates/list/r1-d1/").status_code == HTTPStatus.NOT_FOUND


def test_no_figure_of_a_certificate_is_public_before_the_law_allows_it(complete: Election) -> None:
    evening.certify(complete, "list", "r1-d1")
    with scene.as_owner() as cursor:
        later = timezone.now() + timedelta(days=1)
        cursor.execute("UPDATE stations_election SET figures_public_from = %s", [later])
    page = read(Client(), "/en/certificates/list/r1-d1/1/")
    assert "By law figures are shown from" in page
    assert "Valid" not in page
    assert Client().get("/en/certificates/list/r1-d1/1-en.pdf").status_code == HTTPStatus.NOT_FOUND


def test_where_the_package_names_no_term_the_pages_name_none(complete: Election) -> None:
    with scene.as_owner() as cursor:
        cursor.execute("UPDATE stations_election SET days_to_certify = 0, days_to_final = 0")
    page = read(member(complete, area="", role=Role.CEC), "/en/establish/overview/")
    assert "late" not in main_of(page)
    assert "The law wants" not in page
    assert "The law want" not in read(member(complete), CELL)


def test_the_overview_counts_what_is_late(complete: Election) -> None:
    evening.certify(complete, "list", "r1-d1")
    page = read(member(complete, area="", role=Role.CEC), "/en/establish/overview/")
    assert "3 late" in page  # The election of this country was months ago.
    assert "/en/establish/overview/?region=r1" in page or "?region=r1" in page
    assert "R1-D2" in read(member(complete, area="", role=Role.CEC), "/en/establish/overview/?region=r1").upper()
