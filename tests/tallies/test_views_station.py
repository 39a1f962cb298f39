"""The way of a station's officer: from the list of what is owed to a protocol that stands."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.domain.roles import Role
from tallies.domain.lifecycle import State
from tallies.models import Entry, Explanation
from tests.tallies.night import GOOD, WITH_A_WARNING, WITH_AN_ERROR, Night, form_data, small_night

pytestmark = pytest.mark.django_db

STATION = "/en/station/"
PROTOCOL = "/en/station/s1/list/"
FINDINGS = "/en/station/s1/list/findings/"


@pytest.fixture
def night() -> Night:
    return small_night()


@pytest.fixture
def officer(night: Night) -> Client:
    return night.person("officer", Role.OFFICER, station=night.stations["s1"])


def test_an_officer_sees_their_station_and_no_other(officer: Client) -> None:
    page = officer.get(STATION).content.decode()
    assert "Station s1" in page
    assert "Contest list" in page
    assert "Contest okrug-1" in page
    assert "Station s2" not in page


def test_names_are_in_the_language_of_the_page(officer: Client) -> None:
    page = officer.get("/kk/station/s1/list/").content.decode()
    assert "Line voters (kk)" in page
    assert "Choice sun (kk)" in page


def test_the_form_is_laid_out_like_the_paper(officer: Client) -> None:
    page = officer.get(PROTOCOL).content.decode()
    places = [page.index(name) for name in ("Line voters", "Line valid", "Choice sun", "Choice against-all")]
    assert places == sorted(places)
    assert page.count('inputmode="numeric"') == len(GOOD)


def test_a_protocol_that_agrees_with_itself_is_in_force_at_once(officer: Client, night: Night) -> None:
    answer = officer.post(PROTOCOL, form_data({**GOOD, "voters": "1\u00a0000"}))
    assert answer.status_code == 302
    assert night.standing().state == State.IN_FORCE
    assert night.versions()[0].figures == list(GOOD.values())
    page = officer.get(answer["Location"]).content.decode()
    assert "The protocol is in force and counted." in page
    assert '<form method="post" novalidate data-protocol>' not in page


def test_a_double_press_is_one_version(officer: Client, night: Night) -> None:
    answers = [officer.post(PROTOCOL, form_data(GOOD)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert len(night.versions()) == 1
    assert Entry.objects.count() == 1


def test_a_second_officer_reads_that_a_version_stands(officer: Client, night: Night) -> None:
    chair = night.person("chair", Role.CHAIR, station=night.stations["s1"])
    officer.post(PROTOCOL, form_data(GOOD))
    answer = chair.post(PROTOCOL, form_data(GOOD, key=str(uuid.uuid4())))
    assert answer.status_code == 409
    assert "A version of this protocol is in force" in answer.content.decode()
    assert len(night.versions()) == 1


def test_a_form_changed_after_it_was_sent_does_not_come_in_again(officer: Client, night: Night) -> None:
    officer.post(PROTOCOL, form_data(GOOD))
    answer = officer.post(PROTOCOL, form_data({**GOOD, "voters": 1001}))
    assert answer.status_code == 409
    assert len(night.versions()) == 1


def test_an_error_stops_the_protocol_and_is_linked_from_the_top(officer: Client, night: Night) -> None:
    answer = officer.post(PROTOCOL, form_data(WITH_AN_ERROR))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#finding-E201"' in page
    assert 'id="finding-E201"' in page
    assert "Received must equal issued plus unused." in page
    assert 'value="190"' in page
    assert night.versions() == []


def test_what_the_paper_says_is_held_with_its_reason(officer: Client, night: Night) -> None:
    answer = officer.post(PROTOCOL, form_data(WITH_AN_ERROR, paper_says_so="on", paper_reason="Ten ballots were lost."))
    assert answer.status_code == 302
    assert night.standing().state == State.HELD
    assert Explanation.objects.get(subject="paper_says_so").text == "Ten ballots were lost."
    assert "counted nowhere yet" in officer.get(PROTOCOL).content.decode()


def test_the_paper_says_so_needs_a_reason(officer: Client, night: Night) -> None:
    answer = officer.post(PROTOCOL, form_data(WITH_AN_ERROR, paper_says_so="on"))
    assert answer.status_code == 422
    assert "Say why the paper is so" in answer.content.decode()
    assert night.versions() == []


def test_a_warning_needs_its_tick_and_may_be_explained(officer: Client, night: Night) -> None:
    assert officer.post(PROTOCOL, form_data(WITH_A_WARNING)).status_code == 422
    ticked = form_data(WITH_A_WARNING, **{"tick-W301": "on", "words-W301": "One voter left with a ballot."})
    assert officer.post(PROTOCOL, ticked).status_code == 302
    assert night.standing().state == State.IN_FORCE
    assert Explanation.objects.get(subject="W301").text == "One voter left with a ballot."


@pytest.mark.parametrize("lacking", sorted(GOOD))
def test_a_line_left_empty_is_named(officer: Client, night: Night, lacking: str) -> None:
    figures = {code: figure for code, figure in GOOD.items() if code != lacking}
    answer = officer.post(PROTOCOL, form_data(figures))
    assert answer.status_code == 422
    assert "If there are none, write 0." in answer.content.decode()
    assert night.versions() == []


def test_findings_come_while_the_form_is_filled_in_and_nothing_is_kept(officer: Client) -> None:
    figures = {code: figure for code, figure in WITH_AN_ERROR.items() if not code.startswith("votes:")}
    page = officer.post(FINDINGS, form_data(figures), headers={"HX-Request": "true"}).content.decode()
    assert "E201" in page
    assert "E204" not in page, "a check that needs lines still empty says nothing"
    assert "If there are none, write 0." not in page
    assert "<html" not in page
    assert Entry.objects.count() == 0


def test_findings_name_a_figure_that_cannot_be_taken(officer: Client) -> None:
    page = officer.post(FINDINGS, form_data({**GOOD, "voters": "1,000"})).content.decode()
    assert "without a point or a comma" in page


def test_a_finding_names_its_figures_in_the_order_of_the_paper(officer: Client) -> None:
    officer.post(PROTOCOL, form_data(WITH_AN_ERROR, paper_says_so="on", paper_reason="So."))
    page = officer.get(PROTOCOL).content.decode()
    named = page[page.index("Received must equal") :]
    assert named.index("Line received") < named.index("Line issued") < named.index("Line unused")


def test_a_get_of_the_findings_is_refused(officer: Client) -> None:
    assert officer.get(FINDINGS).status_code == 405


@pytest.mark.parametrize("path", ["s2/list/", "s4/list/", "s1/nothing/", "nowhere/list/", "s2/okrug-1/"])
def test_another_stations_protocol_does_not_exist_for_an_officer(officer: Client, night: Night, path: str) -> None:
    assert officer.get(STATION + path).status_code == 404
    assert officer.post(STATION + path, form_data(GOOD)).status_code == 404
    assert officer.post(f"{STATION}{path}findings/", form_data(GOOD)).status_code == 404
    assert night.versions("s2") == []


def test_a_commission_enters_nothing_for_a_station(night: Night) -> None:
    district = night.person("district", Role.DISTRICT, area=night.areas["n1"])
    assert district.get(STATION).status_code == 404
    assert district.post(PROTOCOL, form_data(GOOD)).status_code == 404


def test_a_stranger_is_asked_to_sign_in() -> None:
    small_night()
    answer = Client().get(PROTOCOL)
    assert answer.status_code == 302
    assert "login" in answer["Location"]


def test_a_form_without_its_csrf_token_is_refused(officer: Client, night: Night) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = officer.cookies
    assert strict.post(PROTOCOL, form_data(GOOD)).status_code == 403
    assert strict.post(FINDINGS, form_data(GOOD)).status_code == 403
    strict.get(PROTOCOL)
    token = strict.cookies["csrftoken"].value
    assert strict.post(PROTOCOL, form_data(GOOD, csrfmiddlewaretoken=token)).status_code == 302
    assert len(night.versions()) == 1


def test_a_returned_protocol_shows_the_reason_and_is_entered_anew(officer: Client, night: Night) -> None:
    officer.post(PROTOCOL, form_data(WITH_AN_ERROR, paper_says_so="on", paper_reason="So."))
    district = night.person("district", Role.DISTRICT, area=night.areas["n1"])
    version = night.standing().version
    assert version is not None
    district.post("/en/desk/s1/list/return/", {"version": version.pk, "reason": "Line 4 says 200 on the paper."})
    assert "Line 4 says 200 on the paper." in officer.get(STATION).content.decode()
    assert "Line 4 says 200 on the paper." in officer.get(PROTOCOL).content.decode()
    assert officer.post(PROTOCOL, form_data(GOOD, key=str(uuid.uuid4()))).status_code == 302
    assert night.standing().state == State.IN_FORCE
    assert [each.number for each in night.versions()] == [1, 2]


def test_sending_a_protocol_takes_a_bounded_number_of_statements(officer: Client) -> None:
    officer.get(PROTOCOL)
    with CaptureQueriesContext(connection) as statements:
        assert officer.post(PROTOCOL, form_data(GOOD)).status_code == 302
    made = [each["sql"] for each in statements if "SAVEPOINT" not in each["sql"]]
    assert len(made) <= 12, "\n".join(made)


def test_the_officers_page_takes_as_many_statements_for_many_protocols_as_for_one(night: Night) -> None:
    one = night.person("one", Role.OFFICER, station=night.stations["s2"])
    many = night.person("many", Role.OFFICER, area=night.areas["north"])
    taken = []
    for client in (one, many):
        client.get(STATION)
        with CaptureQueriesContext(connection) as statements:
            assert client.get(STATION).status_code == 200
        taken.append(len(statements))
    assert taken[0] == taken[1]
