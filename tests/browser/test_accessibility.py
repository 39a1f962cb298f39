"""Every page, in three languages, in light and dark, on a telephone and on a desk: everybody can read and use it."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from playwright.sync_api import Error, Page, Response

from accounts.domain.roles import Role
from accounts.models import User
from tests.browser import sample_arguments
from tests.browser.conftest import Visitor, violations

LANGUAGES = [code for code, _name in configured.LANGUAGES]
# 640 is what a desk of 1280 has left at 200 %; WCAG asks for 320 (400 %).
WIDTHS = (320, 360, 640, 1280)
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(autouse=True)
def log_folder(settings: Any, tmp_path: Path) -> None:
    """Final results are proposed from a log that can be read."""
    settings.LOG_DIR = tmp_path / "log"


# What a page itself can tell about its order and its names, beyond what axe looks at.
READ = """() => {
  const seen = element => element.getClientRects().length > 0;
  const short = element => element.outerHTML.slice(0, 160);
  const figures = [...document.querySelectorAll("td.num")].filter(seen);
  return {
    language: document.documentElement.lang,
    title: document.title,
    headings: document.querySelectorAll("h1").length,
    without_scope: [...document.querySelectorAll("th:not([scope])")].filter(th => th.textContent.trim()).map(short),
    without_name: figures.filter(td => {
      const rowed = td.closest("tr").querySelector('th[scope="row"], th[scope="rowgroup"]');
      const columned = td.closest("table").querySelector('thead th[scope="col"]');
      const alone = td.closest("tbody").rows.length === 1;
      return !((rowed || alone) && columned) && !td.getAttribute("aria-label");
    }).map(short),
  };
}"""
# How far the page is wider than its window, and what sticks out.
OVERHANG = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return "";
  const wide = [...document.querySelectorAll("body *")].filter(
    e => e.getBoundingClientRect().right > width + 1 && !e.closest(".table-scroll, .visually-hidden"));
  return `${document.documentElement.scrollWidth - width} px, as ${wide.slice(-1).map(e => e.outerHTML.slice(0, 160))}`;
}"""


@dataclass
class Walk:
    """Goes from page to page, and notes everything that is not as it should be."""

    page: Page
    problems: list[str] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    seen: int = 0

    def visit(self, name: str, address: str, language: str) -> None:
        where = f"{name} /{language}{address}"
        answer = self._open(f"/{language}{address}")
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            return
        if answer.status != HTTPStatus.OK:
            self.problems.append(
                f"{where} answers {answer.status}. Name arguments that lead to it in tests/browser/sample_arguments.py."
            )
            return
        self.seen += 1
        self.look(where, language)

    def look(self, where: str, language: str) -> None:
        read = self.page.evaluate(READ)
        # The same words in another language have the same colours, and those cost axe the most.
        told = violations(self.page, without=None if language == LANGUAGES[0] else "color-contrast")
        if read["language"] != language:
            told.append(f"its language is said to be {read['language']}")
        if read["headings"] != 1:
            told.append(f"it has {read['headings']} headings of the first level")
        told += [f"a heading of a table says not of what: {th}" for th in read["without_scope"]]
        told += [f"a figure has no name: {td}" for td in read["without_name"]]
        other = self.titles.setdefault(f"{language} {read['title']}", self.page.url)
        if other != self.page.url:
            told.append(f"its title is also that of {other}: {read['title']}")
        if language == LANGUAGES[0]:
            told += self._in_the_dark()
        told += self._in_all_sizes()
        self.problems += [f"{where}: {each}" for each in told]

    def _open(self, address: str) -> Response | None:
        """Open a page; None for what is a file, or only takes what is sent to it."""
        try:
            return self.page.goto(address, wait_until="load")
        except Error as error:
            self.page = self.page.context.new_page()
            answer = self.page.request.get(address)
            if "Download is starting" in error.message or answer.status == HTTPStatus.METHOD_NOT_ALLOWED:
                return None
            raise

    def _in_the_dark(self) -> list[str]:
        self.page.emulate_media(color_scheme="dark")
        told = violations(self.page, only=["color-contrast"])
        self.page.emulate_media(color_scheme="light")
        return [f"in the dark {each}" for each in told]

    def _in_all_sizes(self) -> list[str]:
        told = []
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 800})
            overhang = self.page.evaluate(OVERHANG)
            if overhang:
                told.append(f"at {width} px it must be scrolled sideways: {overhang}")
        return told


WALKERS = [None, Role.OFFICER, Role.DISTRICT, Role.OBSERVER, Role.REGION, Role.CEC]


def walk(visitor: Visitor, role: Role | None, pages: list[tuple[str, str]]) -> None:
    assert pages
    by = User.objects.get(username=sample_arguments.walker_name(role)) if role else None
    going = Walk(visitor.open("/health/live", by=by))
    for language in LANGUAGES:
        for name, address in pages:
            going.visit(name, address, language)
    assert not going.problems, "\n".join(going.problems)
    assert going.seen, "not one page was seen"


@pytest.mark.parametrize("role", WALKERS, ids=str)
def test_every_page_of_the_night_can_be_read_by_everybody(
    visitor: Visitor, transactional_db: None, tmp_path: Path, role: Role | None
) -> None:
    called = sample_arguments.night(tmp_path)
    walk(visitor, role, list(sample_arguments.pages_of(role, called)))


@pytest.mark.parametrize("role", [None, Role.CEC], ids=str)
def test_every_page_of_the_end_can_be_read_by_everybody(
    visitor: Visitor, transactional_db: None, tmp_path: Path, role: Role | None
) -> None:
    called = sample_arguments.the_end(tmp_path)
    walk(visitor, role, list(sample_arguments.pages_of(role, called, of_the_end=True)))


def test_every_page_is_walked_by_somebody() -> None:
    assert sample_arguments.walkers() <= set(WALKERS)
