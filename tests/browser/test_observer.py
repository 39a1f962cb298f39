"""An observer goes from a station's file to a proof that holds, and from a copy that differs to a complaint."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.domain.roles import Role
from accounts.models import User
from config.settings import BASE_DIR
from stations.models import Election
from tests import scene
from tests.browser.conftest import PHONE, Visitor
from tests.results.evening import seal_log

STATION = "r1-d1-s1"
VERIFIER = BASE_DIR / "verifier" / "hattama_verify.py"


@pytest.fixture
def log(election: Election, people: dict[Role, User], tmp_path: Path, settings: Any) -> Path:
    """A station's protocol in force, in a log that is signed."""
    settings.LOG_DIR = tmp_path / "log"
    scene.submit(STATION)
    seal_log(tmp_path)
    return tmp_path / "log"


def test_from_a_stations_file_to_a_proof_that_holds(
    log: Path, people: dict[Role, User], visitor: Visitor, tmp_path: Path
) -> None:
    page = visitor.open("/en/observe/areas/kz/?contest=list", by=people[Role.OBSERVER])
    page.goto(f"/en/observe/stations/{STATION}/")
    expect(page.get_by_role("heading", name="Contest list")).to_be_visible()
    page.get_by_role("link", name="Protocol put in force").click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download the proof that it is in the log").click()
    command = [sys.executable, str(VERIFIER), "--proof", str(downloading.value.path()), "--vkey", str(log / "vkey")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f'"station":"{STATION}"' in done.stdout and '"votes:a":240' in done.stdout


def test_from_a_copy_that_differs_to_a_complaint_on_a_telephone(
    log: Path, people: dict[Role, User], visitor: Visitor, axe: Callable[[Page], None]
) -> None:
    page = visitor.open(f"/en/observe/stations/{STATION}/", by=people[Role.OBSERVER], viewport=PHONE)
    page.get_by_role("link", name="Compare with my copy").first.click()
    page.get_by_label("Choice a").fill("214")
    page.get_by_label("Choice b").fill("120")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("status")).to_have_text("Your copy and the protocol in force differ.")
    expect(page.get_by_role("row", name="Choice a")).to_contain_text("214")
    axe(page)
    page.get_by_role("link", name="Turn it into a complaint").click()
    expect(page.locator('[name="figure-votes:a"]')).to_have_value("214")
    page.get_by_label("What is wrong").fill("The copy that the chair signed says 214.")
    page.get_by_role("button", name="Register the complaint").click()
    expect(page.get_by_text("The complaint is registered.")).to_be_visible()
    expect(page.get_by_text("214").first).to_be_visible()
