"""Pages on which the central commission changes checks, and the one on which everybody reads them."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.test import Client
from django.utils import timezone

from accounts.domain.roles import Role
from stations.models import CheckSet, Form
from stations.selectors import SetState, check_sets_of
from tests.tallies.night import GOOD, Night, form_data, small_night

pytestmark = pytest.mark.django_db
CHECKS = "/en/election/checks/"
PROPOSE = f"{CHECKS}protocol/propose/"
SET = f"{CHECKS}protocol/2/"


@pytest.fixture
def night(db: None) -> Night:
    return small_night()


@pytest.fixture
def cec(night: Night) -> Client:
    return night.person("cec", Role.CEC)


@pytest.fixture
def cec2(night: Night) -> Client:
    return night.person("cec2", Role.CEC)


def filled_in(**changed: str) -> dict[str, str]:
    """Return what the form posts for the set in force, with some of it changed, such as `check3_rule`."""
    checks = check_sets_of(Form.objects.get().pk, at=timezone.now())[0].checks
    data = {"reason": "Decision 14", "in_force_from": ""}
    for number, check in enumerate(checks, start=1):
        data |= {
            f"check{number}-severity": check.severity.value,
            f"check{number}-rule": check.rule,
            f"check{number}-tolerance": str(check.tolerance),
            **{f"check{number}-law_{language}": text for language, text in check.laws.items()},
            **{f"check{number}-message_{language}": text for language, text in check.messages.items()},
        }
    for number in (len(checks) + 1, len(checks) + 2):
        data |= {f"check{number}-tolerance": "0", f"check{number}-severity": "warning"}
    return data | {name.replace("_", "-", 1): value for name, value in changed.items()}


def post(client: Client, address: str, data: dict[str, str]) -> tuple[int, str]:
    """Post as a browser does: with the token of the page that was seen before."""
    client.get(PROPOSE)
    token = client.cookies["csrftoken"].value if "csrftoken" in client.cookies else ""
    answer = client.post(address, data, headers={"X-CSRFToken": token}, follow=True)
    return answer.status_code, answer.content.decode()


def proposed(client: Client) -> str:
    status, page = post(client, PROPOSE, filled_in(check3_rule="10 * found >= 11 * issued"))
    assert status == HTTPStatus.OK
    return page


def test_a_proposal_shows_what_differs_and_what_it_would_do(night: Night, cec: Client) -> None:
    officer = night.person("officer", Role.OFFICER, station=night.stations["s1"])
    officer.get("/en/station/s1/list/")
    token = officer.cookies["csrftoken"].value
    officer.post("/en/station/s1/list/", form_data(GOOD), headers={"X-CSRFToken": token})
    assert night.standing().state == "in_force"
    page = proposed(cec)
    assert "Check set 2 is proposed. Nothing has changed yet." in page
    assert "<del>found &gt;= issued</del>" in page and "<ins>10 * found &gt;= 11 * issued</ins>" in page
    assert "Held against 1 protocol in force." in page
    assert '<th scope="row">W301</th><td class="num">0</td><td class="num">1</td>' in page
    assert "You proposed this check set, so somebody else must adopt it." in page
    lines = b"".join(cec.get(f"{SET}effect.csv")).decode().splitlines()
    assert lines == ["check,contest,region,station,before,now,figures", "W301,list,north,s1,0,1,found=700 issued=700"]


def test_many_protocols_are_looked_at_beside_the_page(cec: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallies.views.checks.AT_ONCE", -1)
    page = proposed(cec)
    assert f'hx-get="{SET}effect/"' in page and "<progress" in page
    assert "W301" in cec.get(f"{SET}effect/", headers={"HX-Request": "true"}).content.decode()
    assert "<h1>" in cec.get(f"{SET}effect/").content.decode()


def test_a_second_person_adopts_with_a_confirmation(cec: Client, cec2: Client) -> None:
    proposed(cec)
    status, page = post(cec2, f"{SET}adopt/", {})
    assert status == HTTPStatus.UNPROCESSABLE_ENTITY and "Confirm that you have read the changes" in page
    status, page = post(cec, f"{SET}adopt/", {"compared": "yes"})
    assert status == HTTPStatus.CONFLICT and "somebody else must adopt it" in page
    status, page = post(cec2, f"{SET}adopt/", {"compared": "yes"})
    assert "Check set 2 is adopted and in force from" in page
    states = [each.state for each in check_sets_of(Form.objects.get().pk, at=timezone.now())]
    assert states == [SetState.IN_FORCE, SetState.COMING]


def test_a_set_is_withdrawn_with_a_reason(cec: Client) -> None:
    proposed(cec)
    status, page = post(cec, f"{SET}withdraw/", {"reason": ""})
    assert status == HTTPStatus.UNPROCESSABLE_ENTITY and "Why it is withdrawn" in page
    _status, page = post(cec, f"{SET}withdraw/", {"reason": "A mistake"})
    assert "Check set 2 is withdrawn. Nothing has changed." in page
    assert "A mistake" in cec.get(SET).content.decode()


def test_a_rule_that_cannot_be_read_comes_back_with_its_place_and_what_was_typed(cec: Client) -> None:
    status, page = post(cec, PROPOSE, filled_in(check3_rule="found >= isued"))
    assert status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "W301: Rule: At character 10: The form has no line isued." in page
    assert "found &gt;= isued" in page and not CheckSet.objects.exists()


def test_checks_are_added_and_retired(cec: Client) -> None:
    new = {
        "check4_code": "W310", "check4_rule": "voters >= 1", "check4_message_en": "Nobody",
        "check4_message_kk": "Ешкім", "check4_message_ru": "Никого",
    }  # fmt: skip
    status, _page = post(cec, PROPOSE, filled_in(check1_retire="on", **new))
    assert status == HTTPStatus.OK
    assert [check["code"] for check in CheckSet.objects.get().checks] == ["E204", "W301", "W310"]


def test_a_new_check_needs_its_words_in_three_languages(cec: Client) -> None:
    status, page = post(cec, PROPOSE, filled_in(check4_code="W310", check4_rule="voters >= 1"))
    assert status == HTTPStatus.UNPROCESSABLE_ENTITY and "W310: Message in Kazakh" in page


def test_a_law_is_proposed_in_each_language(cec: Client) -> None:
    laws = {"law_en": "Article 43-1", "law_kk": "43-1-бап", "law_ru": "статья 43-1"}
    status, page = post(cec, PROPOSE, filled_in(**{f"check3_{name}": text for name, text in laws.items()}))
    assert status == HTTPStatus.OK
    assert "<del>43-бап</del>" in page and "<ins>43-1-бап</ins>" in page
    assert CheckSet.objects.get().checks[2]["law"] == {"en": "Article 43-1", "kk": "43-1-бап", "ru": "статья 43-1"}


def test_a_law_is_named_in_all_languages_or_in_none(cec: Client) -> None:
    status, page = post(cec, PROPOSE, filled_in(check3_law_kk="", check3_law_ru=" "))
    assert status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "W301: Article of the law in Kazakh: Name the article in all three languages, or in none." in page
    assert "W301: Article of the law in English" not in page and not CheckSet.objects.exists()
    status, _page = post(cec, PROPOSE, filled_in(check3_law_en="", check3_law_kk="", check3_law_ru=""))
    assert status == HTTPStatus.OK and CheckSet.objects.get().checks[2]["law"] == ""


def test_a_law_is_read_in_the_language_of_the_page(night: Night) -> None:
    for language, law in (("en", "Article 43"), ("kk", "43-бап"), ("ru", "статья 43")):
        assert f'<span class="muted small">{law}</span>' in Client().get(f"/{language}/checks/").content.decode()


def test_everybody_reads_the_checks_in_force(night: Night) -> None:
    page = Client().get("/en/checks/").content.decode()
    assert "Form protocol: check set 1" in page and "received == issued + unused" in page


def test_commissions_below_find_no_page_to_change_checks(night: Night) -> None:
    district = night.person("district", Role.DISTRICT, area=night.areas["n1"])
    for address in (CHECKS, PROPOSE, f"{CHECKS}protocol/1/"):
        assert district.get(address).status_code == HTTPStatus.NOT_FOUND


def test_a_form_opened_under_the_old_set_and_sent_under_the_new_one_comes_back_with_its_findings(
    night: Night, cec: Client, cec2: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = night.person("officer", Role.OFFICER, station=night.stations["s1"])
    officer.get("/en/station/s1/list/")
    monkeypatch.setattr("tallies.services.adopt_checks.SOONEST", timedelta(0))
    proposed(cec)
    post(cec2, f"{SET}adopt/", {"compared": "yes"})
    token = officer.cookies["csrftoken"].value
    answer = officer.post("/en/station/s1/list/", form_data(GOOD), headers={"X-CSRFToken": token})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "W301" in answer.content.decode()
    assert not night.versions()


def test_a_set_can_be_looked_at_before_anything_is_proposed(cec: Client, night: Night) -> None:
    officer = night.person("officer", Role.OFFICER, station=night.stations["s1"])
    officer.post("/en/station/s1/list/", form_data(GOOD))
    data = filled_in(check3_rule="100 * invalid <= 1 * found", reason="")
    status, page = post(cec, PROPOSE, {**data, "look": "1"})
    assert status == HTTPStatus.OK
    assert "Held against 1 protocol in force." in page
    assert "W301 by region" in page
    assert "100 * invalid" in page, "what was typed stays"
    assert not CheckSet.objects.exists()


def test_a_look_at_a_rule_that_cannot_be_read_says_where(cec: Client) -> None:
    status, page = post(cec, PROPOSE, {**filled_in(check1_rule="received == nothing"), "look": "1"})
    assert status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "error-summary" in page
    assert not CheckSet.objects.exists()
