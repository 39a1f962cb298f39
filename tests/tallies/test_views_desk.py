"""The desk of a commission: what waits in its area, and what it decides."""

from __future__ import annotations

import re
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.domain.roles import Role
from tallies.domain.lifecycle import State
from tallies.models import Explanation, StandingChange
from tests.tallies.night import GOOD, WITH_A_WARNING, WITH_AN_ERROR, Night, form_data, small_night

pytestmark = pytest.mark.django_db

DESK = "/en/desk/"
PROTOCOLS = "/en/desk/?state=open"
PROTOCOL = "/en/desk/s1/list/"


@pytest.fixture
def night() -> Night:
    return small_night()


@pytest.fixture
def district(night: Night) -> Client:
    return night.person("district", Role.DISTRICT, area=night.areas["n1"])


@pytest.fixture
def cec(night: Night) -> Client:
    return night.person("cec", Role.CEC)


def enter(night: Night, station: str = "s1", contest: str = "list", *, held: bool = False) -> int:
    """Let an officer of the station send a protocol; return its version's id."""
    officer = night.person(f"officer-{station}-{contest}", Role.OFFICER, station=night.stations[station])
    sent = (
        form_data(WITH_AN_ERROR, key=str(uuid.uuid4()), paper_says_so="on", paper_reason="It is so.")
        if held
        else form_data(GOOD, key=str(uuid.uuid4()))
    )
    assert officer.post(f"/en/station/{station}/{contest}/", sent).status_code == 302
    version_id = night.standing(station, contest).version_id
    assert version_id is not None
    return version_id


def rows(page: str) -> list[str]:
    """The addresses of the protocols listed, in order."""
    return re.findall(r'id="protocol-\d+" href="/en/desk/([^"]+)/"', page)


def test_a_desk_lists_what_waits_the_most_urgent_first(district: Client, night: Night) -> None:
    enter(night, "s2", held=True)
    page = district.get(DESK).content.decode()
    assert rows(page) == ["s2/list", "s1/list", "s1/okrug-1"]
    assert "+7\u00a0700\u00a0000" in page, "a missing station can be called"


@pytest.mark.parametrize(
    ("role", "place", "expected"),
    [
        (Role.DISTRICT, {"area": "n1"}, {"s1/list", "s1/okrug-1", "s2/list"}),
        (Role.REGION, {"area": "north"}, {"s1/list", "s1/okrug-1", "s2/list", "s3/list", "s3/okrug-1"}),
        (Role.CONSTITUENCY, {"contest": "okrug-1"}, {"s1/okrug-1", "s3/okrug-1"}),
        (Role.CEC, {"area": "land"}, {"s1/list", "s1/okrug-1", "s2/list", "s3/list", "s3/okrug-1", "s4/list"}),
        (Role.CEC, {}, {"s1/list", "s1/okrug-1", "s2/list", "s3/list", "s3/okrug-1", "s4/list"}),
    ],
)
def test_each_commission_sees_its_own_scope(
    night: Night, role: Role, place: dict[str, str], expected: set[str]
) -> None:
    where = {kind: (night.areas if kind == "area" else night.contests)[code] for kind, code in place.items()}
    person = night.person("somebody", role, **where)
    assert set(rows(person.get(PROTOCOLS).content.decode())) == expected
    for address in ("s1/list", "s1/okrug-1", "s2/list", "s3/list", "s3/okrug-1", "s4/list"):
        assert person.get(f"{DESK}{address}/").status_code == (200 if address in expected else 404)


def test_a_desk_is_filtered_by_district_contest_and_state(cec: Client, night: Night) -> None:
    enter(night, "s1")
    assert rows(cec.get(f"{DESK}?state=done").content.decode()) == ["s1/list"]
    assert rows(cec.get(f"{DESK}?district=n2").content.decode()) == ["s3/list", "s3/okrug-1"]
    assert rows(cec.get(f"{DESK}?district=n1&contest=okrug-1").content.decode()) == ["s1/okrug-1"]
    assert len(rows(cec.get(f"{DESK}?state=all").content.decode())) == 6


@pytest.mark.parametrize("query", ["state=nonsense", "district=z1", "contest=nothing", "page=999", "page=-1"])
def test_a_filter_that_is_not_on_offer_narrows_nothing(district: Client, query: str) -> None:
    assert len(rows(district.get(f"{DESK}?{query}").content.decode())) == 3


def test_a_held_protocol_is_accepted_as_it_is(district: Client, night: Night) -> None:
    version = enter(night, held=True)
    confirm = district.get(f"{PROTOCOL}accept/").content.decode()
    assert "comes into force with exactly these figures" in confirm
    assert "It is so." in confirm
    assert night.standing().state == State.HELD, "looking decides nothing"
    answer = district.post(f"{PROTOCOL}accept/", {"version": version, "reason": "Seen on the paper."})
    assert answer.status_code == 302
    assert night.standing().state == State.IN_FORCE
    assert "Seen on the paper." in district.get(PROTOCOL).content.decode()


def test_a_held_protocol_is_returned_with_a_reason(district: Client, night: Night) -> None:
    version = enter(night, held=True)
    assert "must enter the protocol anew" in district.get(f"{PROTOCOL}return/").content.decode()
    assert district.post(f"{PROTOCOL}return/", {"version": version, "reason": "Line 4."}).status_code == 302
    assert night.standing().state == State.RETURNED


@pytest.mark.parametrize("decision", ["accept", "return", "annul"])
def test_a_decision_without_a_reason_decides_nothing(cec: Client, night: Night, decision: str) -> None:
    version = enter(night, held=decision != "annul")
    before = night.standing().state
    answer = cec.post(f"{PROTOCOL}{decision}/", {"version": version, "reason": "  "})
    assert answer.status_code == 422
    assert night.standing().state == before


def test_a_decision_taken_twice_says_that_somebody_decided_already(district: Client, night: Night) -> None:
    version = enter(night, held=True)
    decided = {"version": version, "reason": "Seen."}
    assert district.post(f"{PROTOCOL}accept/", decided).status_code == 302
    answer = district.post(f"{PROTOCOL}return/", decided)
    assert answer.status_code == 409
    assert "somebody decided already" in answer.content.decode()
    assert night.standing().state == State.IN_FORCE


def test_a_decision_on_a_version_that_is_no_longer_there_is_refused(district: Client, night: Night) -> None:
    old = enter(night, held=True)
    district.post(f"{PROTOCOL}return/", {"version": old, "reason": "Again."})
    enter(night, contest="okrug-1")
    officer = night.person("second", Role.CHAIR, station=night.stations["s1"])
    officer.post("/en/station/s1/list/", form_data(WITH_AN_ERROR, paper_says_so="on", paper_reason="Still so."))
    answer = district.post(f"{PROTOCOL}accept/", {"version": old, "reason": "Seen."})
    assert answer.status_code == 409
    assert "Another version came in" in answer.content.decode()
    assert night.standing().state == State.HELD


def test_a_correction_is_looked_at_first_and_then_a_new_version(district: Client, night: Night) -> None:
    version = enter(night)
    assert 'value="400"' in district.get(f"{PROTOCOL}correct/").content.decode()
    corrected = {**GOOD, "votes:sun": 390, "votes:steppe": 210}
    sent = form_data(corrected, version=str(version), reason="Recount of 20 March.")
    look = district.post(f"{PROTOCOL}correct/", sent)
    page = look.content.decode()
    assert look.status_code == 200
    assert "Is this the correction?" in page
    assert "390" in page
    assert "Choice against-all" not in page, "only what changes is shown"
    assert len(night.versions()) == 1
    assert district.post(f"{PROTOCOL}correct/", {**sent, "confirmed": "1"}).status_code == 302
    first, second = night.versions()
    assert second.replaces_id == first.pk
    assert second.figures == list(corrected.values())
    assert night.standing().version_id == second.pk
    page = district.get(PROTOCOL).content.decode()
    assert "Version 1" in page
    assert "Version 2" in page
    assert "Recount of 20 March." in page


def test_the_page_that_asks_for_confirmation_carries_all_that_was_filled_in(district: Client, night: Night) -> None:
    version = enter(night)
    corrected = {**WITH_A_WARNING, "votes:sun": 400}
    sent = form_data(
        corrected, version=str(version), reason="Recount.", **{"tick-W301": "on", "words-W301": "One was taken away."}
    )
    page = district.post(f"{PROTOCOL}correct/", sent).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    assert district.post(f"{PROTOCOL}correct/", {**hidden, "confirmed": "1"}).status_code == 302
    assert night.versions()[-1].figures == list(corrected.values())
    assert Explanation.objects.get(subject="W301").text == "One was taken away."


def test_going_back_from_the_confirmation_keeps_the_figures(district: Client, night: Night) -> None:
    version = enter(night)
    sent = form_data({**GOOD, "votes:sun": 390}, version=str(version), reason="Recount of 20 March.", again="1")
    page = district.post(f"{PROTOCOL}correct/", sent).content.decode()
    assert 'value="390"' in page
    assert "Recount of 20 March." in page
    assert len(night.versions()) == 1


def test_a_correction_with_findings_stops_until_they_are_confirmed(district: Client, night: Night) -> None:
    version = enter(night)
    sent = form_data(WITH_A_WARNING, version=str(version), reason="Recount.")
    for confirmed in ({}, {"confirmed": "1"}):
        answer = district.post(f"{PROTOCOL}correct/", {**sent, **confirmed})
        assert answer.status_code == 422
        assert 'name="tick-W301"' in answer.content.decode()
    assert len(night.versions()) == 1


def test_a_correction_that_changes_nothing_is_refused(district: Client, night: Night) -> None:
    version = enter(night)
    answer = district.post(f"{PROTOCOL}correct/", form_data(GOOD, version=str(version), reason="Recount."))
    assert answer.status_code == 422
    assert "nothing would change" in answer.content.decode()


def test_a_commission_sees_findings_while_it_corrects(district: Client, night: Night) -> None:
    enter(night)
    page = district.post("/en/station/s1/list/findings/", form_data(WITH_AN_ERROR)).content.decode()
    assert "E201" in page


def test_the_central_commission_annuls_on_a_legal_ground(cec: Client, night: Night) -> None:
    version = enter(night)
    assert "cannot be undone" in cec.get(f"{PROTOCOL}annul/").content.decode()
    answer = cec.post(f"{PROTOCOL}annul/", {"version": version, "reason": "Court of Almaty, no. 5, 21 March."})
    assert answer.status_code == 302
    assert night.standing().state == State.ANNULLED
    assert StandingChange.objects.filter(state=State.ANNULLED).count() == 1
    assert "Court of Almaty, no. 5, 21 March." in cec.get(PROTOCOL).content.decode()


def test_a_district_can_annul_nothing(district: Client, night: Night) -> None:
    version = enter(night)
    assert district.get(f"{PROTOCOL}annul/").status_code == 404
    assert district.post(f"{PROTOCOL}annul/", {"version": version, "reason": "Because."}).status_code == 404
    assert "annul/" not in district.get(PROTOCOL).content.decode()
    assert night.standing().state == State.IN_FORCE


@pytest.mark.parametrize("decision", ["accept", "return", "correct", "annul"])
def test_a_commission_decides_nothing_outside_its_area(night: Night, decision: str) -> None:
    version = enter(night, held=decision in ("accept", "return"))
    before = night.standing().state
    elsewhere = night.person("elsewhere", Role.DISTRICT, area=night.areas["z1"])
    address = f"{PROTOCOL}{decision}/"
    assert elsewhere.get(address).status_code == 404
    assert elsewhere.post(address, form_data(GOOD, version=str(version), reason="So.")).status_code == 404
    assert night.standing().state == before


@pytest.mark.parametrize("role", [Role.OFFICER, Role.OBSERVER])
def test_only_commissions_have_a_desk(night: Night, role: Role) -> None:
    person = night.person("person", role, station=night.stations["s1"])
    for address in (DESK, PROTOCOL, f"{PROTOCOL}accept/", f"{PROTOCOL}correct/"):
        assert person.get(address).status_code == 404


def test_a_decision_without_its_csrf_token_is_refused(district: Client, night: Night) -> None:
    version = enter(night, held=True)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = district.cookies
    for decision in ("accept", "return", "correct"):
        answer = strict.post(f"{PROTOCOL}{decision}/", form_data(GOOD, version=str(version), reason="So."))
        assert answer.status_code == 403
    assert night.standing().state == State.HELD


def test_a_protocol_not_sent_yet_has_nothing_to_decide(district: Client) -> None:
    assert "has not sent this protocol yet" in district.get(PROTOCOL).content.decode()
    for decision in ("accept", "return", "correct"):
        assert district.get(f"{PROTOCOL}{decision}/").status_code == 409


def test_a_long_desk_takes_as_many_statements_as_a_short_one(cec: Client, night: Night) -> None:
    taken = []
    for query in ("?state=held", "?state=all"):
        enter(night, "s2" if query == "?state=held" else "s3", held=True)
        cec.get(DESK + query)
        with CaptureQueriesContext(connection) as statements:
            assert cec.get(DESK + query).status_code == 200
        taken.append(len(statements))
    assert taken[0] == taken[1]
    assert taken[0] <= 21


def test_a_protocol_with_many_versions_takes_as_many_statements_as_one(district: Client, night: Night) -> None:
    version = enter(night)
    taken = []
    for votes in (399, 398, 397):
        district.get(PROTOCOL)
        with CaptureQueriesContext(connection) as statements:
            district.get(PROTOCOL)
        taken.append(len(statements))
        figures = {**GOOD, "votes:sun": votes, "votes:steppe": 600 - votes}
        sent = form_data(figures, version=str(version), reason="Recount.", confirmed="1")
        assert district.post(f"{PROTOCOL}correct/", sent).status_code == 302
        version = night.standing().version_id or 0
    assert len(set(taken)) == 1
