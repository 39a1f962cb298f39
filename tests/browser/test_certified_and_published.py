"""From the last protocol to the final result: every level establishes its own, two people publish, a stranger reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.domain.roles import Role
from accounts.models import User
from stations.models import Election
from tests import scene
from tests.browser.conftest import PHONE, Visitor, appoint
from tests.results import evening

SMALL = {"regions": 1, "districts": 2, "stations": 2, "contests": ("list",)}
LEVELS = ((Role.DISTRICT, "r1-d1"), (Role.DISTRICT, "r1-d2"), (Role.REGION, "r1"), (Role.CEC, ""))
COMPARED = "I have compared these figures"
SAID = {
    "kk": "Түпкілікті қорытынды",
    "ru": "Окончательный результат",
    "en": "Final result",
}


@pytest.fixture
def election(transactional_db: None, tmp_path: Path) -> Election:
    return scene.load(tmp_path / "package", live_public=True, **SMALL)


def members(role: Role, area: str, election: Election) -> tuple[User, User]:
    where = {"area": area} if area else {}
    one, other = (appoint(f"{role.value}{area}-{name}", role, election, **where) for name in ("first", "second"))
    return one, other


def establish(visitor: Visitor, one: User, other: User) -> None:
    """Let one member propose what the commission has to establish, and the other sign it."""
    page = visitor.open("/en/establish/", by=one)
    page.get_by_role("link", name="Contest list").click()
    page.get_by_role("link", name="Compare and propose").click()
    page.get_by_label(COMPARED).check()
    page.get_by_role("button", name="Propose the certificate").click()
    expect(page.get_by_text("You proposed it, so another member of your commission must sign it.")).to_be_visible()

    page = visitor.open("/en/establish/", by=other)
    page.get_by_role("link", name="Contest list").click()
    page.get_by_role("link", name="Compare and sign").click()
    page.get_by_label(COMPARED).check()
    page.get_by_role("button", name="Sign the certificate").click()
    expect(page.get_by_text("It stands until something beneath it changes.")).to_be_visible()


def test_every_level_establishes_and_two_people_publish_what_a_stranger_reads_in_three_languages(
    visitor: Visitor, election: Election, published_log: Path, axe: Callable[[Page], None]
) -> None:
    evening.everybody_sends(("list",))
    evening.seal_log(published_log)
    commissions = [members(role, area, election) for role, area in LEVELS]
    cec, cec2 = commissions[-1]

    too_early = visitor.open("/en/publication/", by=cec)
    expect(too_early.get_by_text("A final result cannot be proposed yet:")).to_be_visible()

    for one, other in commissions:
        establish(visitor, one, other)
    evening.seal_log(published_log)

    page = visitor.open("/en/publication/final/", by=cec)
    page.get_by_role("button", name="Propose the final result").click()
    expect(page.get_by_text("You proposed it, so somebody else must approve it.")).to_be_visible()

    page = visitor.open("/en/publication/", by=cec2)
    page.get_by_role("link", name="Compare and approve").click()
    page.get_by_label("I have compared these figures with the commission's record").check()
    page.get_by_role("button", name="Approve and publish").click()
    expect(page.get_by_role("link", name="Final result, edition 1")).to_be_visible()

    for language, words in SAID.items():
        stranger = visitor.open(f"/{language}/", viewport=PHONE)
        expect(stranger.get_by_text(words).first).to_be_visible()
        expect(stranger.locator("main")).to_contain_text("966")
        axe(stranger)
