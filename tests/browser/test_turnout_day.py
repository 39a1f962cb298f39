"""An officer reports the day's turnout from a phone and corrects an hour; the country's curve shows it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.domain.roles import Role
from accounts.models import User
from aggregation.services import settle
from stations.models import Election
from tallies.models import TurnoutReport
from tests import scene
from tests.browser.conftest import PHONE, Visitor

TURNOUT = "/en/station/r1-d1-s1/turnout/"


@pytest.fixture
def election(transactional_db: None, tmp_path: Path) -> Election:
    """A day whose hours have all struck."""
    return scene.load(
        tmp_path / "package", live_public=True, turnout_hours=["10:00", "12:00", "14:00"], date="2025-03-19",
        opens_at="2025-03-19T07:00:00+05:00", figures_public_from="2025-03-19T20:00:00+05:00",
    )  # fmt: skip


def report(page: Page, voters: str) -> None:
    page.get_by_role("textbox", name="Voters").fill(voters)
    page.get_by_role("button", name="Report").click()


def test_a_day_is_reported_from_a_phone_corrected_and_drawn_for_everyone(
    visitor: Visitor, people: dict[Role, User], axe: Callable[[Page], None]
) -> None:
    page = visitor.open(TURNOUT, by=people[Role.OFFICER], viewport=PHONE)
    for hour, voters in (("10:00", "100"), ("12:00", "1 300")):
        expect(page.get_by_role("heading", name=f"By {hour}")).to_be_visible()
        report(page, voters)
        if hour == "12:00":
            expect(page.get_by_role("alert")).to_contain_text("more than the 1000 voters")
            report(page, "300")
    expect(page.get_by_role("heading", name="By 14:00")).to_be_visible()
    report(page, "250")
    expect(page.get_by_role("alert")).to_contain_text("turnout only grows")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing to push aside"

    page.get_by_role("link", name="Correct 10:00").click()
    expect(page.get_by_role("heading", name="Correct 10:00")).to_be_visible()
    page.get_by_role("textbox", name="Voters").fill("120")
    page.get_by_label(re.compile("Why|Reason", re.IGNORECASE)).fill("One book was left out.")
    page.get_by_role("button", name="Correct the number").click()
    expect(page.get_by_text("corrected")).to_be_visible()
    assert list(TurnoutReport.objects.filter(hour="10:00").values_list("number", "voters")) == [(1, 100), (2, 120)]

    settle()
    curve = visitor.open("/en/turnout/", viewport=PHONE)
    expect(curve.get_by_role("img")).to_be_visible()
    expect(curve.get_by_role("row", name=re.compile("^10:00.*120"))).to_be_visible()
    expect(curve.get_by_role("row", name=re.compile("^12:00.*300"))).to_be_visible()
    axe(curve)
