"""Pages for when something goes wrong say what happened to one's work, and let one go on in one's own language."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.template.loader import get_template
from playwright.sync_api import Page, expect

from accounts.domain.roles import Role
from accounts.models import User
from stations.models import Election
from tests.browser.conftest import PHONE, Visitor

Check = Callable[[Page], None]


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_an_address_that_leads_nowhere(visitor: Visitor, election: Election, axe: Check, language: str) -> None:
    page = visitor.open(f"/{language}/nowhere/?from=letter", viewport=PHONE)
    axe(page)
    assert page.locator("html").get_attribute("lang") == language
    page.locator(".languages a[lang=ru]").click()
    assert page.url.endswith("/ru/nowhere/?from=letter")


def test_a_form_without_its_token_is_turned_away_with_a_way_back(
    visitor: Visitor, people: dict[Role, User], axe: Check
) -> None:
    page = visitor.open("/en/account/login/")
    page.context.clear_cookies()
    page.get_by_label("Username").fill("officer")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The page was open too long")
    axe(page)
    page.get_by_role("link", name="Open the page again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


@pytest.mark.parametrize("name", ["400", "500"])
def test_when_nothing_can_be_asked_the_page_speaks_all_three_languages(
    visitor: Visitor, election: Election, axe: Check, name: str
) -> None:
    page = visitor.open("/en/account/login/", viewport=PHONE)
    page.route(
        "**/broken/", lambda route: route.fulfill(body=get_template(f"{name}.html").render(), content_type="text/html")
    )
    page.goto("/broken/")
    axe(page)
    assert {page.locator("html").get_attribute("lang")} | set(
        page.locator("section").evaluate_all("all => all.map(each => each.lang)")
    ) == {"kk", "ru", "en"}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_language_changes_where_one_is_after_a_form_was_refused(visitor: Visitor, people: dict[Role, User]) -> None:
    page = visitor.open("/en/publication/", by=people[Role.CEC])
    page.get_by_role("button", name="Publish a bulletin").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.locator(".languages a[lang=kk]").click()
    assert page.url.endswith("/kk/publication/")
    assert page.locator("html").get_attribute("lang") == "kk"


def test_the_language_changes_where_one_is_with_what_was_searched(visitor: Visitor, election: Election) -> None:
    page = visitor.open("/en/contests/?q=okrug")
    page.locator(".languages a[lang=ru]").click()
    assert page.url.endswith("/ru/contests/?q=okrug")
