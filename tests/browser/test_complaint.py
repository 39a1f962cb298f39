"""An observer whose copy differs complains, the district answers, and everybody sees where the complaint stands."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from accounts.domain.roles import Role
from accounts.models import User
from aggregation.services import settle
from tallies.models import ComplaintEnd, ProtocolVersion
from tests import scene
from tests.browser.conftest import PHONE, Visitor, fill_protocol

STATION = "/en/results/list/r1-d1-s1/"


def test_a_copy_that_differs_becomes_a_complaint_an_answer_and_a_correction(
    visitor: Visitor, people: dict[Role, User], axe: Callable[[Page], None]
) -> None:
    scene.submit(by=people[Role.OFFICER])
    settle()
    observer = visitor.open("/en/observe/results/list/r1-d1-s1/", by=people[Role.OBSERVER], viewport=PHONE)
    observer.get_by_role("link", name="Register a complaint").click()
    axe(observer)
    fill_protocol(observer, {"votes:a": 204, "votes:b": 120})
    observer.get_by_role("button", name="Register the complaint").click()
    expect(observer.get_by_role("alert")).to_contain_text("Say what is wrong")
    observer.get_by_label("What is wrong").fill("The list a has 204 votes on my copy.")
    observer.get_by_role("button", name="Register the complaint").click()
    expect(observer.get_by_text("1 line differs from the protocol complained about.")).to_be_visible()
    axe(observer)

    public = visitor.open(STATION)
    row = public.get_by_role("table", name="Complaints on this protocol").get_by_role("row").nth(1)
    expect(row).to_contain_text("open")
    expect(public.get_by_text("204")).to_have_count(0)

    district = visitor.open("/en/complaints/", by=people[Role.DISTRICT])
    expect(district.get_by_text("1 complaint waits for your commission's answer.")).to_be_visible()
    axe(district)
    district.get_by_role("link", name="Station r1-d1-s1").click()
    expect(district.get_by_text("Observer", exact=True)).to_be_visible()
    district.get_by_role("link", name="Answer …").click()
    axe(district)
    district.get_by_label("upheld", exact=True).check()
    district.get_by_label("the protocol is corrected").check()
    district.get_by_label("The answer, with its reason").fill("Two digits were swapped when the protocol was keyed.")
    district.get_by_role("button", name="Answer the complaint").click()
    expect(district.get_by_text("not done yet")).to_be_visible()
    district.get_by_role("link", name="Go to this step …").click()
    fill_protocol(district, {"votes:a": 204, "votes:b": 156})
    district.get_by_label("Reason of the correction").fill("Complaint 1.")
    district.get_by_role("button", name="Look at what would change").click()
    district.get_by_role("button", name="Put the correction in force").click()
    expect(district.get_by_text("Version 2 is in force and counted.")).to_be_visible()
    assert ProtocolVersion.objects.count() == 2

    observer.reload()
    expect(observer.get_by_text("Two digits were swapped")).to_be_visible()
    expect(observer.get_by_text("version 2", exact=False).first).to_be_visible()
    settle()
    public.reload()
    expect(row).to_contain_text("upheld")


def test_a_complaint_is_withdrawn_by_the_person_who_registered_it(visitor: Visitor, people: dict[Role, User]) -> None:
    scene.submit(by=people[Role.OFFICER])
    complaint = scene.complain(by=people[Role.OBSERVER])
    page = visitor.open("/en/complaints/", by=people[Role.OBSERVER])
    page.get_by_role("link", name="Station r1-d1-s1").click()
    page.get_by_role("button", name="Withdraw the complaint").click()
    expect(page.get_by_text("The complaint is withdrawn.")).to_be_visible()
    expect(page.get_by_role("button", name="Withdraw the complaint")).to_have_count(0)
    assert ComplaintEnd.objects.get().complaint_id == complaint.pk
