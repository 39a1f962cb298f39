"""Two officers key one protocol, disagree, and look again; or the district decides between them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.domain.roles import Role
from accounts.models import User
from stations.models import Election
from tallies.models import ProtocolVersion
from tests import scene
from tests.browser.conftest import PHONE, Visitor, appoint, fill_protocol
from tests.packages import valid_figures

TRUE = valid_figures()
MISTYPED = valid_figures({"a": 230, "b": 130, "c": 60, "against_all": 20})
FORM = "/en/station/r1-d1-s1/list/"


@pytest.fixture
def election(transactional_db: None, tmp_path: Path) -> Election:
    return scene.load(tmp_path / "package", entry="double")


def send(page: Page, figures: dict[str, int]) -> None:
    fill_protocol(page, figures)
    page.get_by_role("button", name="Check and send").click()
    page.get_by_role("button", name="Send the protocol").click()


def test_both_correct_only_the_lines_that_differ_until_they_agree(visitor: Visitor, people: dict[Role, User]) -> None:
    officer = visitor.open(FORM, by=people[Role.OFFICER], viewport=PHONE)
    send(officer, MISTYPED)
    expect(officer.get_by_text("Your entry has been taken.").first).to_be_visible()

    chair = visitor.open(FORM, by=people[Role.CHAIR])
    expect(chair.locator("body")).not_to_contain_text("230")
    send(chair, TRUE)
    expect(chair.get_by_text("The two entries differ")).to_be_visible()
    expect(chair.locator('[name="figure-votes:a"]')).to_be_editable()
    expect(chair.locator('[name="figure-voters_on_list"]')).not_to_be_editable()

    officer.goto(FORM)
    officer.locator('[name="figure-votes:a"]').fill("240")
    officer.locator('[name="figure-votes:b"]').fill("120")
    officer.get_by_role("button", name="Check and send").click()
    officer.get_by_role("button", name="Send the protocol").click()
    expect(officer.get_by_text("The protocol is in force and counted.").first).to_be_visible()
    chair.goto(FORM)
    expect(chair.get_by_text("in force").first).to_be_visible()
    version = ProtocolVersion.objects.get()
    assert version.first_entry_id and version.second_entry_id


def test_the_district_sees_both_entries_and_puts_one_in_force(visitor: Visitor, people: dict[Role, User]) -> None:
    scene.submit(figures=MISTYPED, by=people[Role.OFFICER])
    scene.submit(figures=TRUE, by=people[Role.CHAIR])
    district = visitor.open("/en/desk/r1-d1-s1/list/", by=people[Role.DISTRICT])
    expect(district.get_by_text("2 lines differ")).to_be_visible()
    district.get_by_role("link", name="Decide between the two entries").click()
    expect(district.get_by_role("row", name=re.compile("240")).get_by_text("differs")).to_be_visible()
    district.get_by_role("button", name="Put this entry in force").click()
    expect(district.get_by_role("alert")).to_contain_text("Nothing has been decided yet")
    district.get_by_role("radio", name=re.compile("Chair")).check()
    district.get_by_label("Why this entry is chosen").fill("Compared with the photograph.")
    district.get_by_role("button", name="Put this entry in force").click()
    expect(district.get_by_text("Version 1 is in force and counted.")).to_be_visible()
    assert ProtocolVersion.objects.get().origin == "chosen"


def test_while_one_person_keys_an_entry_a_colleague_in_the_same_role_is_told(
    visitor: Visitor, people: dict[Role, User], election: Election
) -> None:
    visitor.open(FORM, by=people[Role.OFFICER])
    colleague = visitor.open(FORM, by=appoint("dana", Role.OFFICER, election, station="r1-d1-s1"))
    expect(colleague.get_by_role("alert")).to_contain_text("Officer is keying this protocol")
    district = visitor.open("/en/desk/r1-d1-s1/list/", by=people[Role.DISTRICT])
    district.get_by_role("button", name="Free the form for somebody else").click()
    expect(district.get_by_text("The entry is free")).to_be_visible()
    colleague.get_by_role("link", name="Try again").click()
    expect(colleague.get_by_role("button", name="Check and send")).to_be_visible()
