"""A recount on a court's order, an annulment, and the protocol of the repeat voting."""

from __future__ import annotations

from datetime import date

from playwright.sync_api import expect

from accounts.domain.roles import Role
from accounts.models import User
from aggregation.services import settle
from stations.models import Election
from tallies.models import ProtocolVersion
from tests import scene
from tests.browser.conftest import Visitor, appoint, fill_protocol
from tests.packages import valid_figures

DESK = "/en/desk/r1-d1-s1/list/"


def test_the_region_records_a_recount_that_a_court_ordered(visitor: Visitor, people: dict[Role, User]) -> None:
    scene.submit(by=people[Role.OFFICER])
    page = visitor.open(DESK, by=people[Role.REGION])
    page.get_by_role("link", name="Record a recount").click()
    page.locator('[name="figure-votes:a"]').fill("239")
    page.locator('[name="figure-votes:b"]').fill("121")
    page.get_by_role("button", name="Look at what would change").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing has been changed yet")
    page.get_by_label("a court").check()
    page.get_by_label("Number of the act").fill("2-114/2026")
    page.get_by_label("Date of the act").fill("2026-03-20")
    page.get_by_label("Why the ballots were counted again").fill("The court found two bundles confused.")
    page.get_by_role("button", name="Look at what would change").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is this the result of the recount?")
    expect(page.get_by_role("table", name="What changes").get_by_role("row")).to_have_count(3)
    expect(page.get_by_text("2-114/2026")).to_be_visible()
    page.get_by_role("button", name="Put the recount in force").click()
    expect(page.get_by_text("Version 2 is in force and counted.")).to_be_visible()
    expect(page.get_by_text("Recounted")).to_be_visible()
    assert ProtocolVersion.objects.get(number=2).origin == "recount"


def test_an_annulled_result_is_voted_on_again_and_the_station_enters_the_new_protocol(
    visitor: Visitor, people: dict[Role, User]
) -> None:
    scene.submit(by=people[Role.OFFICER])
    cec = visitor.open(f"{DESK}annul/", by=people[Role.CEC])
    cec.get_by_label("Legal ground").fill("Article 20, decision 7 of 21 March")
    cec.get_by_role("button", name="Annul the result").click()
    expect(cec.get_by_text("The result of the station is annulled.")).to_be_visible()
    cec.get_by_role("link", name="Order repeat voting").click()
    cec.get_by_label("Legal ground").fill("Article 44, decision 9 of 22 March")
    cec.get_by_label("Day of the repeat voting").fill(date.today().isoformat())
    cec.get_by_role("button", name="Order the repeat voting").click()
    expect(cec.get_by_text("repeat voting ordered").first).to_be_visible()

    officer = visitor.open("/en/station/r1-d1-s1/list/", by=people[Role.OFFICER])
    expect(officer.get_by_text("Enter the protocol of the repeat voting.")).to_be_visible()
    fill_protocol(officer, valid_figures({"a": 230, "b": 130, "c": 60, "against_all": 20}))
    officer.get_by_role("button", name="Check and send").click()
    officer.get_by_role("button", name="Send the protocol").click()
    expect(officer.get_by_text("The protocol is in force and counted.").first).to_be_visible()
    settle()
    scene.assert_every_tally_is_the_plain_sum()


def test_two_people_of_the_district_enter_for_a_station_without_a_line(
    visitor: Visitor, people: dict[Role, User], election: Election
) -> None:
    for person in (people[Role.DISTRICT], appoint("second", Role.DISTRICT, election, area="r1-d1")):
        page = visitor.open(DESK, by=person)
        page.get_by_role("link", name="Enter on the station's behalf").click()
        expect(page.get_by_text("You enter this protocol on the station's behalf.")).to_be_visible()
        fill_protocol(page, valid_figures())
        page.get_by_role("button", name="Check and send").click()
        page.get_by_role("button", name="Send the protocol").click()
    expect(page.get_by_text("The protocol is in force and counted.").first).to_be_visible()
    assert ProtocolVersion.objects.get().origin == "on_behalf"
