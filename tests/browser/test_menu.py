"""On a telephone a commission's many ways are folded into one row, which opens by keyboard and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from accounts.domain.roles import Role
from accounts.models import User
from tests.browser.conftest import PHONE, Visitor

ONE_ROW = 60


def test_the_menu_unfolds_by_keyboard(visitor: Visitor, people: dict[Role, User]) -> None:
    page = visitor.open("/en/desk/", by=people[Role.CEC], viewport=PHONE, javascript=False)
    menu = page.get_by_role("navigation", name="Main")
    box = menu.bounding_box()
    assert box and box["height"] < ONE_ROW
    people_link = menu.get_by_role("link", name="People")
    expect(people_link).to_be_hidden()
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(people_link).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/desk/" not in url)


def test_a_wide_screen_shows_every_way_at_once(
    visitor: Visitor, people: dict[Role, User], axe: Callable[[Page], None]
) -> None:
    page = visitor.open("/en/desk/", by=people[Role.CEC])
    menu = page.get_by_role("navigation", name="Main")
    expect(menu.get_by_role("link", name="People")).to_be_visible()
    expect(menu.locator("summary")).to_be_hidden()
    axe(page)
