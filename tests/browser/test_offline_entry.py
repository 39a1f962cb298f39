"""On a bad line the form keeps working: what was typed stays on the device, and what was sent arrives once."""

from __future__ import annotations

import json

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import BrowserContext, Page, expect

from accounts.domain.roles import Role
from accounts.models import Appointment, User
from audit.models import Event
from stations.models import Election
from tallies.models import Claim, Entry, ProtocolVersion
from tests.browser.conftest import PHONE, Visitor, appoint, fill_protocol
from tests.packages import valid_figures
from tests.processes import until

FORM = "/en/station/r1-d1-s1/list/"
STATION = "/en/station/"


@pytest.fixture
def officer(people: dict[Role, User]) -> User:
    return people[Role.OFFICER]


def prepared(visitor: Visitor, officer: User) -> Page:
    """The station's page, opened while there is a line: the device now holds what the forms need."""
    page = visitor.open(STATION, by=officer, viewport=PHONE)
    kept = "async (path) => Boolean(navigator.serviceWorker.controller && await caches.match(path))"
    until(lambda: bool(page.evaluate(kept, FORM)), what="the form on the device")
    return page


def drafts_on(page: Page) -> list[dict[str, object]]:
    """What lies on the device, as somebody who takes it away would find it."""
    found: list[dict[str, object]] = page.evaluate(
        """() => new Promise((resolve) => {
            const opening = indexedDB.open("hattama", 1);
            opening.onsuccess = () => {
                const request = opening.result.transaction("drafts").objectStore("drafts").getAll();
                request.onsuccess = () => resolve(request.result.map((draft) => ({
                    ...draft, iv: null, sealed: new TextDecoder().decode(draft.sealed)})));
            };
        })"""
    )
    return found


def line(context: BrowserContext, *, up: bool) -> None:
    context.set_offline(not up)


def test_what_is_sent_without_a_line_arrives_once_when_there_is_one(visitor: Visitor, officer: User) -> None:
    page = prepared(visitor, officer)
    line(page.context, up=False)
    page.goto(FORM)
    fill_protocol(page, valid_figures())
    page.get_by_role("button", name="Check and send").click()
    status = page.locator("#draft-status")
    expect(status).to_contain_text("No line. Kept on this device since")
    page.reload()
    expect(status).to_contain_text("No line. Kept on this device since")
    expect(page.locator('[name="figure-votes:a"]')).to_have_value("240")
    page.wait_for_timeout(800)
    assert [draft["state"] for draft in drafts_on(page)] == ["queued"], "to look at it again changes nothing"
    page.goto(STATION)
    expect(page.get_by_text("Waits for a line")).to_be_visible()
    assert not Entry.objects.exists()

    line(page.context, up=True)
    until(ProtocolVersion.objects.exists, what="the protocol that waited")
    expect(page.get_by_text("Waits for a line")).to_be_hidden()
    page.goto(FORM)
    expect(page.get_by_text("in force").first).to_be_visible()
    assert (ProtocolVersion.objects.count(), Event.objects.filter(kind="protocol.accepted").count()) == (1, 1)
    assert drafts_on(page) == []


def test_a_draft_survives_the_browser_and_nobody_can_read_it_on_the_device(visitor: Visitor, officer: User) -> None:
    page = prepared(visitor, officer)
    page.goto(FORM)
    page.locator('[name="figure-votes:a"]').fill("24071")
    expect(page.locator("#draft-status")).to_contain_text("Saved on this device at")
    (draft,) = drafts_on(page)
    assert "24071" not in json.dumps(draft)
    page.goto("about:blank")
    page.goto(FORM)
    expect(page.locator('[name="figure-votes:a"]')).to_have_value("24071")


SLOW_KEY = """
const fetched = window.fetch;
let hand;
const key = new Promise((resolve) => { hand = resolve; });
window.handKey = () => hand();
window.fetch = async (address, ...others) => {
  if (String(address).includes("/drafts/key/")) await key;
  return fetched(address, ...others);
};
"""


FORGET_KEY = """() => new Promise((resolve) => {
    const opening = indexedDB.open("hattama", 1);
    opening.onsuccess = () => {
        const cleared = opening.result.transaction("keys", "readwrite").objectStore("keys").clear();
        cleared.onsuccess = () => resolve(true);
    };
})"""


def test_what_is_typed_while_the_device_still_waits_for_its_key_is_kept_too(visitor: Visitor, officer: User) -> None:
    page = visitor.open("/en/log/", by=officer, viewport=PHONE)
    page.add_init_script(SLOW_KEY)
    page.goto(FORM)
    page.locator('[name="figure-votes:a"]').fill("24071")
    assert drafts_on(page) == []
    page.evaluate("handKey()")
    expect(page.locator("#draft-status")).to_contain_text("Saved on this device at")
    page.goto(FORM)
    expect(page.locator('[name="figure-votes:a"]')).to_have_value("24071")


def test_what_somebody_types_before_their_draft_is_read_is_newer_than_the_draft(
    visitor: Visitor, officer: User
) -> None:
    page = prepared(visitor, officer)
    page.goto(FORM)
    page.locator('[name="figure-votes:a"]').fill("24071")
    page.locator('[name="figure-votes:b"]').fill("130")
    expect(page.locator("#draft-status")).to_contain_text("Saved on this device at")
    page.evaluate(FORGET_KEY)
    page.add_init_script(SLOW_KEY)
    page.goto(FORM)
    page.locator('[name="figure-votes:a"]').fill("24017")
    page.evaluate("handKey()")
    expect(page.locator('[name="figure-votes:b"]')).to_have_value("130")
    expect(page.locator('[name="figure-votes:a"]')).to_have_value("24017")


def test_signing_out_takes_the_key_and_the_next_person_sees_nothing(
    visitor: Visitor, officer: User, election: Election
) -> None:
    page = prepared(visitor, officer)
    page.goto(FORM)
    page.locator('[name="figure-votes:a"]').fill("24071")
    expect(page.locator("#draft-status")).to_contain_text("Saved on this device at")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/account/login/**")
    assert page.evaluate("async () => (await caches.keys()).filter((name) => name.startsWith('pages-'))") == []

    Claim.objects.all().delete()  # It has lapsed by now.
    colleague = appoint("dana", Role.CHAIR, election, station="r1-d1-s1")
    visitor.sign_in(page.context, colleague)
    page.goto(FORM)
    expect(page.locator('[name="figure-votes:a"]')).to_have_value("")
    expect(page.locator("#draft-status")).to_be_hidden()

    Claim.objects.all().delete()
    visitor.sign_in(page.context, officer)
    page.goto(FORM)
    expect(page.locator('[name="figure-votes:a"]')).to_have_value("24071")


def test_an_expired_session_is_said_and_the_protocol_is_sent_after_signing_in(visitor: Visitor, officer: User) -> None:
    page = prepared(visitor, officer)
    page.goto(FORM)
    fill_protocol(page, valid_figures())
    line(page.context, up=False)
    page.get_by_role("button", name="Check and send").click()
    expect(page.locator("#draft-status")).to_contain_text("No line.")
    Session.objects.all().delete()
    line(page.context, up=True)
    expect(page.locator("#draft-status")).to_contain_text("Your session has ended: sign in, and it is sent.")
    expect(page.get_by_role("link", name="Sign in to send it")).to_be_visible()
    visitor.sign_in(page.context, officer)
    page.goto(STATION)
    until(ProtocolVersion.objects.exists, what="the protocol that waited")
    assert ProtocolVersion.objects.count() == 1


def test_a_send_that_is_refused_comes_back_with_the_reason(visitor: Visitor, officer: User) -> None:
    page = prepared(visitor, officer)
    line(page.context, up=False)
    page.goto(FORM)
    fill_protocol(page, {**valid_figures(), "ballots_unused": 1})
    page.get_by_role("button", name="Check and send").click()
    expect(page.locator("#draft-status")).to_contain_text("No line.")
    line(page.context, up=True)
    expect(page.locator("#draft-status")).to_contain_text("Not taken: The figures do not agree with each other")
    expect(page.locator('[name="figure-ballots_unused"]')).to_have_value("1")
    assert not Entry.objects.exists()


def test_a_revoked_appointment_is_told_and_nothing_is_sent(visitor: Visitor, officer: User) -> None:
    page = prepared(visitor, officer)
    line(page.context, up=False)
    page.goto(FORM)
    fill_protocol(page, valid_figures())
    page.get_by_role("button", name="Check and send").click()
    expect(page.locator("#draft-status")).to_contain_text("No line.")
    Appointment.objects.filter(user=officer).update(revoked_at="2026-03-19T18:00Z")
    line(page.context, up=True)
    expect(page.locator("#draft-status")).to_contain_text("Your session has ended")
    assert not Entry.objects.exists()


def test_a_whole_protocol_is_keyed_without_a_mouse_one_key_a_field(visitor: Visitor, officer: User) -> None:
    page = visitor.open(FORM, by=officer)
    figures = valid_figures()
    pressed = 0
    page.locator('[name="figure-voters_on_list"]').focus()
    for figure in figures.values():
        page.keyboard.type(str(figure))
        page.keyboard.press("Enter")
        pressed += len(str(figure)) + 1
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Check before you send").wait_for()
    expect(page.get_by_text("two hundred and forty")).to_be_visible()
    page.keyboard.press("Enter")
    page.get_by_text("The protocol is in force and counted.").first.wait_for()
    pressed += 2
    digits = sum(len(str(figure)) for figure in figures.values())
    assert pressed == digits + len(figures) + 2
    assert ProtocolVersion.objects.count() == 1
