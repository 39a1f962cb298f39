"""An officer's first look at night: the checklist on a telephone, and from it to the protocol that is next."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from accounts.domain.roles import Role
from accounts.models import User
from stations.models import Contest
from tests import scene
from tests.browser.conftest import PHONE, Visitor, fill_protocol
from tests.packages import valid_figures


def test_an_officer_sees_what_is_next_and_keys_it(
    visitor: Visitor, people: dict[Role, User], axe: Callable[[Page], None]
) -> None:
    with scene.as_owner():
        Contest.objects.filter(code="list").update(colour="blue")
    page = visitor.open("/en/station/", by=people[Role.OFFICER], viewport=PHONE)
    expect(page.get_by_text("0 of 2 in force")).to_be_visible()
    expect(page.get_by_text("Blue ballot")).to_be_visible()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing to push aside"

    page.get_by_role("link", name="Key the protocol").first.click()
    fill_protocol(page, valid_figures())
    page.get_by_role("button", name="Check and send").click()
    page.get_by_role("button", name="Send the protocol").click()
    expect(page.get_by_text("The protocol is in force and counted.")).to_be_visible()
    page.goto("/en/station/")
    expect(page.get_by_text("1 of 2 in force")).to_be_visible()
    page.get_by_role("link", name="Attach the photograph").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert "/evidence/r1-d1-s1/list/" in page.url
