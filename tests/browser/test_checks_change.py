"""The central commission changes a threshold in two steps, and a district answers a query."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from accounts.domain.roles import Role
from accounts.models import User
from aggregation.services import settle
from stations.models import CheckSet, Election, Form
from stations.selectors import check_sets_of
from tallies.models import ProtocolVersion, QueryClosing
from tallies.services.patterns import look_for_patterns
from tests import scene
from tests.browser.conftest import Visitor, appoint, fill_protocol
from tests.packages import valid_figures


@pytest.fixture
def election(transactional_db: None, tmp_path: Path) -> Election:
    return scene.load(tmp_path / "package", regions=1, districts=1, stations=9, live_public=True)


def test_a_changed_threshold_is_tried_adopted_by_a_second_person_and_met_by_the_next_protocol(
    visitor: Visitor, people: dict[Role, User], election: Election
) -> None:
    scene.submit("r1-d1-s2", by=people[Role.CEC])
    page = visitor.open("/en/election/checks/", by=people[Role.CEC])
    page.get_by_role("link", name="Propose other checks").click()
    page.locator("summary", has_text="W304").click()
    rule = page.locator('[name="check11-rule"]')
    rule.fill("100 * ballots_invalid <= 5 * ballots_foud")
    page.get_by_label("Why the checks change").fill("Decision 14 of the commission")
    page.get_by_role("button", name="Propose, and see what it would do").click()
    expect(page.get_by_role("alert")).to_contain_text("At character 30: The form has no line ballots_foud.")
    rule.fill("ballots_invalid <= 1")
    page.get_by_role("button", name="Propose, and see what it would do").click()
    expect(page.get_by_text("Check set 2 is proposed. Nothing has changed yet.")).to_be_visible()
    effect = page.get_by_role("table", name="What each changed check would do")
    expect(effect.get_by_role("row", name="W304")).to_have_text("W304 0 1 1 0".replace(" ", ""))
    expect(page.get_by_text("somebody else must adopt it")).to_be_visible()

    second = visitor.open("/en/election/checks/protocol/2/", by=appoint("second", Role.CEC, election))
    expect(second.locator("ins")).to_have_text("ballots_invalid <= 1")
    second.get_by_label("I have read what differs and what it would do.").check()
    second.get_by_role("button", name="Adopt this check set").click()
    expect(second.get_by_text("Check set 2 is adopted and in force from")).to_be_visible()

    officer = visitor.open("/en/station/r1-d1-s1/list/", by=people[Role.OFFICER])
    fill_protocol(officer, valid_figures({"a": 239, "b": 121, "c": 60, "against_all": 20}))
    begins = check_sets_of(Form.objects.get().pk, at=scene.NOW)[1].in_force_from
    assert begins is not None and CheckSet.objects.count() == 1
    # Its moment is ten seconds ahead, for every process at once.
    officer.wait_for_timeout(timedelta(seconds=10).total_seconds() * 1000)
    officer.get_by_role("button", name="Check and send").click()
    expect(officer.get_by_text("W304").first).to_be_visible()
    officer.get_by_label("I have compared this with the paper: it is so").check()
    officer.get_by_role("button", name="Check and send").click()
    officer.get_by_role("button", name="Send the protocol").click()
    expect(officer.get_by_text("The protocol is in force and counted.").first).to_be_visible()
    assert ProtocolVersion.objects.get(station__code="r1-d1-s1").check_set == 2
    public = visitor.open("/en/checks/")
    expect(public.get_by_role("heading", name="Form protocol: check set 2")).to_be_visible()


def test_a_district_answers_a_query_and_the_observer_reads_the_answer(
    visitor: Visitor, people: dict[Role, User]
) -> None:
    for number in range(1, 9):
        votes = {"a": 240 + number, "b": 120 - number, "c": 60, "against_all": 20}
        scene.submit(f"r1-d1-s{number}", figures=valid_figures(votes))
    scene.submit("r1-d1-s9", figures=valid_figures({"a": 10, "b": 20, "c": 60, "against_all": 800}, unused=100))
    settle()
    look_for_patterns(now=scene.NOW)
    page = visitor.open("/en/queries/?kind=turnout_far", by=people[Role.DISTRICT])
    page.get_by_role("link", name="Station r1-d1-s9").click()
    expect(page.get_by_role("img", name="Turnout of the district's stations")).to_be_visible()
    page.get_by_label("Compared with the paper: the figures are right").check()
    page.get_by_label("Reason").fill("A garrison votes here, compared with the photograph.")
    page.get_by_role("button", name="Close the query").click()
    expect(page.get_by_text("The query is closed. No figure has changed.")).to_be_visible()
    assert QueryClosing.objects.get().outcome == "answered"
    observer = visitor.open(page.url, by=people[Role.OBSERVER])
    expect(observer.get_by_text("A garrison votes here")).to_be_visible()
    expect(observer.get_by_role("button", name="Close the query")).to_have_count(0)
    scene.assert_every_tally_is_the_plain_sum()


@pytest.mark.parametrize(
    "path", ["/en/election/checks/", "/en/election/checks/protocol/propose/", "/en/checks/", "/en/queries/"]
)
def test_pages_of_checks_and_queries_meet_wcag(
    visitor: Visitor, people: dict[Role, User], axe: object, path: str
) -> None:
    page = visitor.open(path, by=people[Role.CEC])
    axe(page)  # type: ignore[operator]
