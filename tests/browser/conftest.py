"""A real browser before a real web server, on the test's own database.

Every page that a test opens is watched: an error in the console or a refusal of the Content-Security-Policy fails the
test. Chromium is a requirement, not an option: without it these tests fail.
"""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import redis
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from accounts.domain.roles import Role
from accounts.models import Appointment, User
from config.processes import WEB
from stations.models import Area, Contest, Election, Station
from tests import scene
from tests.processes import process, until

# Playwright's own loop runs in the test's thread, where Django would suspect asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# As patient as with a page: how long an answer takes says more about the machine that day than about the product.
expect.set_options(timeout=15_000)

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}
AXE: dict[str, Any] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # axe leaves this one off unless it is asked.
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
PUBLISHED_FOR_SITE = Path(settings.DATA_DIR) / f"log-of-{os.environ.get('PYTEST_XDIST_WORKER', 'gw0')}"
PLACES: dict[Role, dict[str, str]] = {
    Role.OFFICER: {"station": "r1-d1-s1"},
    Role.CHAIR: {"station": "r1-d1-s1"},
    Role.DISTRICT: {"area": "r1-d1"},
    Role.REGION: {"area": "r1"},
    Role.CONSTITUENCY: {"contest": "okrug"},
    Role.CEC: {},
    Role.OBSERVER: {},
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True, databases=["default", "reader"]))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    assert executable, "These tests need Chromium: install Debian's package chromium."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a web server on the test's database, started once."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("web")
    address = f"http://127.0.0.1:{port}"
    arguments = WEB.command(host="127.0.0.1", port=port, state=str(folder))
    arguments[arguments.index("--workers") + 1] = "1"
    reads = {"LOG_DIR": str(PUBLISHED_FOR_SITE / "log")}
    with django_db_blocker.unblock(), process(*arguments, log=folder / "web.log", **reads):
        until(lambda: _answers(f"{address}/health/live"), what=f"a web server, see {folder}/web.log")
        yield address


@pytest.fixture
def published_log() -> Path:
    """Where the web server finds the log that a test seals and publishes (`evening.seal_log`), empty."""
    shutil.rmtree(PUBLISHED_FOR_SITE, ignore_errors=True)
    PUBLISHED_FOR_SITE.mkdir(parents=True)
    return PUBLISHED_FOR_SITE


def _answers(address: str) -> bool:
    with suppress(URLError, OSError), urlopen(address) as answer:  # noqa: S310  our own server
        return bool(answer.status == 200)
    return False


@dataclass
class Visitor:
    """Opens pages in the browser, signed in or not, and watches what goes wrong on them."""

    chromium: Browser
    site: str
    troubles: list[str]
    contexts: list[BrowserContext]

    def open(
        self,
        path: str = "/",
        *,
        by: User | None = None,
        viewport: dict[str, int] | None = None,
        dark: bool = False,
        javascript: bool = True,
    ) -> Page:
        """Open a page in a browser of its own, as this person or as a stranger."""
        context = self.chromium.new_context(
            base_url=self.site,
            viewport=viewport or DESK,  # type: ignore[arg-type]
            color_scheme="dark" if dark else "light",
            java_script_enabled=javascript,
            locale="en-GB",
            # A colour that is still changing has no contrast to measure.
            reduced_motion="reduce",
            # One hour of the day wherever the tests run.
            timezone_id="Asia/Almaty",
        )
        self.contexts.append(context)
        if by is not None:
            self.sign_in(context, by)
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.troubles.append(str(error.error)))
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto(path)
        return page

    def sign_in(self, context: BrowserContext, by: User) -> None:
        """Give this browser a session of this person."""
        by.refresh_from_db()
        session = SessionStore()
        session[SESSION_KEY] = str(by.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = by.get_session_auth_hash()
        # As somebody who has just confirmed who they are: pages of one's second factor ask for that.
        confirmed = {"method": "password", "at": time.time(), "username": by.username, "reauthenticated": True}
        session["account_authentication_methods"] = [confirmed]
        session["account_authentication_methods_user"] = str(by.pk)
        session.create()
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": str(session.session_key), "url": self.site}]
        )

    def expect_trouble(self, part: str) -> None:
        """Take a trouble that the test meant to cause off the list; fail when it did not happen."""
        found = [trouble for trouble in self.troubles if part in trouble]
        assert found, f"nothing of this kind happened: {part}"
        for trouble in found:
            self.troubles.remove(trouble)

    def _heard(self, message: ConsoleMessage) -> None:
        # A refused form or a page out of place is told by its status; the browser repeats it here.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.troubles.append(f"{message.text} ({message.location['url']})")


@pytest.fixture
def visitor(chromium: Browser, site: str) -> Iterator[Visitor]:
    visitor = Visitor(chromium, site, [], [])
    yield visitor
    for context in visitor.contexts:
        context.close()
    assert not visitor.troubles, "\n".join(visitor.troubles)


@pytest.fixture(autouse=True)
def nothing_cached(site: str) -> None:
    """Sign-in limits and the like of one test must not meet the next."""
    redis.Redis.from_url(settings.CACHES["default"]["LOCATION"]).flushdb()


@pytest.fixture
def people(election: Election) -> dict[Role, User]:
    """One person in each role; officer, chair and district around the first station."""
    return {role: appoint(role.value, role, election, **place) for role, place in PLACES.items()}


@pytest.fixture
def election(transactional_db: None, tmp_path: Path) -> Election:
    """The small country of `tests.scene`, with single entry. Tests that want another define their own."""
    return scene.load(tmp_path / "package", live_public=True)


def appoint(username: str, role: Role, election: Election, **place: str) -> User:
    """Appoint a person with this name in a place named by its code."""
    models: dict[str, Any] = {"station": Station, "area": Area, "contest": Contest}
    user = User.objects.create_user(username, first_name=username.capitalize())
    where = {kind: models[kind].objects.get(election=election, code=code) for kind, code in place.items()}
    Appointment.objects.create(user=user, role=role, election=election, appointed_at=election.opens_at, **where)
    return user


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Hold a page against WCAG 2.2 A and AA and axe's best practices; whatever it finds fails the test."""

    def check(page: Page) -> None:
        told = violations(page)
        assert not told, f"{page.url}\n" + "\n".join(told)

    return check


def violations(page: Page, only: list[str] | None = None, *, without: str | None = None) -> list[str]:
    """Return what axe finds on a page, by these rules or by all, or by all without one."""
    options = AXE if only is None else {"runOnly": only, "resultTypes": ["violations"]}
    if without is not None:
        options = {**AXE, "rules": {**AXE["rules"], without: {"enabled": False}}}
    return [
        f"{each['id']}: {each['help']}\n    " + "\n    ".join(node["html"][:300] for node in each["nodes"][:5])
        for each in _found_by_axe(page, options)
    ]


def _found_by_axe(page: Page, options: dict[str, Any]) -> list[dict[str, Any]]:
    """What axe finds; its half a megabyte is given to a page once."""
    if page.evaluate("() => typeof axe === 'undefined'"):
        page.evaluate(Axe().axe_script)
    found: list[dict[str, Any]] = page.evaluate("async options => (await axe.run(options)).violations", options)
    return found


def fill_protocol(page: Page, figures: dict[str, int]) -> None:
    """Key figures into the form of a protocol, line by line."""
    for code, figure in figures.items():
        page.locator(f'[name="figure-{code}"]').fill(str(figure))
