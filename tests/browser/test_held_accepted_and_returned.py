"""A night at the district's desk: one held protocol accepted, one returned, one corrected, one annulled."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from accounts.domain.roles import Role
from accounts.models import User
from aggregation.services import settle
from stations.models import Election
from tallies.models import ProtocolVersion, Standing
from tests import scene
from tests.browser.conftest import PHONE, Visitor, fill_protocol
from tests.packages import plurality_figures, valid_figures

STATION = "/en/station/"
PROTOCOL = "/en/station/r1-d1-s1/list/"
DESK = "/en/desk/?state=open"
# Ten seconds between two questions, and some for the answer.
SOON = 25_000


def state(station: str) -> str:
    return Standing.objects.get(station__code=station, contest__code="list").state


def test_a_held_protocol_is_accepted_from_the_desk(visitor: Visitor, people: dict[Role, User]) -> None:
    scene.hold("r1-d1-s2")
    page = visitor.open(DESK, by=people[Role.DISTRICT])
    first = page.get_by_role("row").nth(1)
    expect(first).to_contain_text("Station r1-d1-s2")
    expect(first).to_contain_text("held")
    first.get_by_role("link").first.click()
    page.get_by_role("link", name="Accept as it is").click()
    page.get_by_label("Why it is accepted as it is").fill("Compared with the paper: it has it so.")
    page.get_by_role("button", name="Accept as it is").click()
    expect(page.get_by_text("The protocol is in force and counted.")).to_be_visible()
    assert state("r1-d1-s2") == "in_force"


def test_an_officer_learns_of_a_return_without_loading_anything_and_enters_anew(
    visitor: Visitor, people: dict[Role, User], axe: Callable[[Page], None]
) -> None:
    scene.submit(figures=scene.broken_figures(), paper_says_so="the paper says so", by=people[Role.OFFICER])
    standing = visitor.open(PROTOCOL, by=people[Role.OFFICER])
    listed = visitor.open(STATION, by=people[Role.CHAIR], viewport=PHONE)
    expect(standing.get_by_role("heading", level=1)).to_contain_text("Contest list")
    for page in (standing, listed):
        page.evaluate("window.stayed = true")

    desk = visitor.open("/en/desk/r1-d1-s1/list/return/", by=people[Role.DISTRICT])
    desk.get_by_label("What the station must put right").fill("Line 2 says 943, the paper 942.")
    desk.get_by_role("button", name="Return to the station").click()
    expect(desk.get_by_text("The protocol is returned. The station sees your reason.")).to_be_visible()

    for page in (standing, listed):
        news = page.locator("#news")
        expect(news).to_contain_text("The commission has returned your protocol. Enter it anew.", timeout=SOON)
        expect(news).to_contain_text("Line 2 says 943, the paper 942.")
        expect(news).to_have_attribute("aria-live", "assertive")
        expect(page).to_have_title("(1) " + page.title().removeprefix("(1) "))
        assert page.evaluate("window.stayed"), "the page was not loaded again"
    expect(standing.locator(".title-row")).to_contain_text("returned")
    expect(listed.locator("#protocols")).to_contain_text("Key it anew")
    axe(standing)
    axe(listed)

    standing.locator("#news").get_by_role("link", name="Enter it anew").click()
    expect(standing.get_by_text("Line 2 says 943, the paper 942.")).to_be_visible()
    fill_protocol(standing, valid_figures())
    standing.get_by_role("button", name="Check and send").click()
    standing.get_by_role("button", name="Send the protocol").click()
    expect(standing.get_by_text("The protocol is in force and counted.").first).to_be_visible()
    assert state("r1-d1-s1") == "in_force"
    assert ProtocolVersion.objects.filter(station__code="r1-d1-s1").count() == 2


def test_what_is_typed_stays_when_news_arrives(visitor: Visitor, people: dict[Role, User]) -> None:
    scene.submit(
        contest="okrug",
        figures={**plurality_figures(), "ballots_received": 1},
        paper_says_so="so",
        by=people[Role.OFFICER],
    )
    page = visitor.open(PROTOCOL, by=people[Role.OFFICER])
    field = page.locator('[name="figure-ballots_received"]')
    field.fill("942")
    scene.decide("return", contest="okrug")
    expect(page.locator("#news")).to_contain_text("The commission has returned your protocol", timeout=SOON)
    expect(field).to_have_value("942")
    expect(field).to_be_focused()


def test_an_open_desk_shows_what_comes_in_and_keeps_the_focus(
    visitor: Visitor, people: dict[Role, User], axe: Callable[[Page], None]
) -> None:
    page = visitor.open(DESK, by=people[Role.DISTRICT])
    link = page.get_by_role("row").nth(2).get_by_role("link").first
    link.focus()
    focused = link.get_attribute("id")
    scene.hold("r1-d1-s3")
    page.evaluate("htmx.trigger('#desk', 'look')")
    expect(page.get_by_role("row").nth(1)).to_contain_text("Station r1-d1-s3", timeout=SOON)
    assert page.evaluate("document.activeElement.id") == focused
    axe(page)
    page.goto("/en/desk/?view=grid")
    axe(page)
    page.goto("/en/desk/r1-d1-s3/")
    expect(page.get_by_text("Everything that happened here")).to_be_visible()
    axe(page)


def test_a_desk_says_so_when_it_no_longer_updates_itself(visitor: Visitor, people: dict[Role, User]) -> None:
    page = visitor.open(DESK, by=people[Role.DISTRICT])
    lost = page.get_by_text("This page cannot update itself at the moment")
    expect(lost).to_be_hidden()
    page.context.clear_cookies()
    scene.hold("r1-d1-s3")
    page.evaluate("htmx.trigger('#desk', 'look')")
    expect(lost).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Commission desk")


def test_a_correction_and_an_annulment_change_what_counts(
    visitor: Visitor, people: dict[Role, User], election: Election
) -> None:
    scene.submit(by=people[Role.OFFICER])
    officer = visitor.open(PROTOCOL, by=people[Role.OFFICER])
    page = visitor.open("/en/desk/r1-d1-s1/", by=people[Role.DISTRICT])
    page.get_by_role("link", name="Correct").first.click()
    page.locator('[name="figure-votes:a"]').fill("239")
    page.locator('[name="figure-votes:b"]').fill("121")
    page.get_by_label("Reason of the correction").fill("Two lines were confused, see the paper.")
    page.get_by_role("button", name="Look at what would change").click()
    page.get_by_role("button", name="Put the correction in force").click()
    expect(page.get_by_text("Version 2 is in force and counted.")).to_be_visible()
    expect(officer.locator("#news")).to_contain_text("The commission has corrected your protocol.", timeout=SOON)

    cec = visitor.open("/en/desk/", by=people[Role.CEC])
    expect(cec.get_by_role("progressbar").first).to_be_visible()
    cec.goto("/en/desk/r1-d1-s1/list/annul/")
    cec.get_by_label("Legal ground").fill("Article 20, decision 7 of 21 March")
    cec.get_by_role("button", name="Annul the result").click()
    expect(cec.get_by_text("The result of the station is annulled.")).to_be_visible()
    expect(officer.locator("#news")).to_contain_text("The result of your station has been annulled.", timeout=SOON)
    settle()
    scene.assert_every_tally_is_the_plain_sum()
