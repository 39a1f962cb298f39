"""A photograph comes in over a bad line and stands beside the figures; a receipt is printed and checked."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from accounts.domain.roles import Role
from accounts.models import User
from tallies.models import Photograph, PhotographPage, Upload
from tallies.photographs.store import open_stored
from tests import scene
from tests.browser.conftest import PHONE, Visitor
from tests.packages import valid_figures
from tests.tallies.photographs import pictures

EVIDENCE = "/en/evidence/r1-d1-s1/list/"
PART = 256 * 1024
DESK = "/en/desk/r1-d1-s1/list/"


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    """About two megabytes, taken with the telephone on its side: several parts on its way."""
    exif = Image.Exif()
    exif[0x0112] = 6
    noise = Image.effect_noise((1600, 1200), 90).convert("RGB")
    noise.paste(pictures.RED, (0, 900, 400, 1200))
    path = tmp_path / "IMG_2023.jpg"
    noise.save(path, "JPEG", exif=exif, quality=92)
    assert path.stat().st_size > 2**20
    return path


def choose(page: Page, photograph: Path) -> None:
    page.get_by_label("Photograph or scan").set_input_files(photograph)
    page.get_by_role("button", name="Attach").click()


class BadLine:
    """The line of a page: slow, so that it can break between two parts."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("Network.enable")
        self.offline(False)

    def offline(self, broken: bool) -> None:
        line = {"offline": broken, "latency": 400, "downloadThroughput": 2**20, "uploadThroughput": 2**19}
        self._session.send("Network.emulateNetworkConditions", line)


def send_two_parts(page: Page, photograph: Path) -> None:
    """Begin to send, and come back when the server has taken two parts."""
    with page.expect_response(lambda answer: int(answer.headers.get("upload-offset", 0)) >= 2 * PART):
        choose(page, photograph)


def test_a_photograph_whose_line_breaks_arrives_once_and_upright(
    visitor: Visitor, people: dict[Role, User], photograph: Path, axe: Any
) -> None:
    page = visitor.open(EVIDENCE, by=people[Role.OFFICER], viewport=PHONE)
    axe(page)
    line = BadLine(page)
    send_two_parts(page, photograph)
    line.offline(True)
    expect(page.get_by_text("The line is broken. What has arrived is kept")).to_be_visible()
    assert 2 * PART <= Upload.objects.get().offset < photograph.stat().st_size
    line.offline(False)
    expect(page.get_by_role("img", name="Page 1 of the signed protocol")).to_be_visible(timeout=30_000)
    attached = Photograph.objects.get()
    with open_stored(attached.sha256) as original:
        assert original.read() == photograph.read_bytes()
    with Image.open(open_stored(PhotographPage.objects.get().sha256)) as copy:
        assert copy.size == (1200, 1600)
        assert not copy.getexif()
    assert not Upload.objects.exists()
    axe(page)


def test_after_a_reload_the_same_file_goes_on_where_it_stopped(
    visitor: Visitor, people: dict[Role, User], photograph: Path
) -> None:
    page = visitor.open(EVIDENCE, by=people[Role.OFFICER], viewport=PHONE)
    BadLine(page)
    send_two_parts(page, photograph)
    page.reload()
    expect(page.get_by_text("The sending of IMG_2023.jpg was interrupted")).to_be_visible()
    sent: list[int] = []
    page.on("request", lambda request: sent.append(int(request.headers.get("upload-offset", "0"))))
    choose(page, photograph)
    expect(page.get_by_role("img", name="Page 1 of the signed protocol")).to_be_visible(timeout=30_000)
    assert min(offset for offset in sent if offset) >= 2 * PART
    assert Photograph.objects.count() == 1


def test_a_file_that_is_no_photograph_is_refused_with_a_sentence(
    visitor: Visitor, people: dict[Role, User], tmp_path: Path
) -> None:
    page = visitor.open(EVIDENCE, by=people[Role.OFFICER], viewport=PHONE)
    choose(page, pictures.written(tmp_path, pictures.gif(), "protocol.jpg"))
    expect(page.get_by_role("alert")).to_contain_text("protocol.jpg: This is not a photograph.")
    assert not Upload.objects.exists()


def test_without_javascript_the_plain_form_attaches_it(
    visitor: Visitor, people: dict[Role, User], photograph: Path
) -> None:
    page = visitor.open(EVIDENCE, by=people[Role.OFFICER], javascript=False)
    choose(page, photograph)
    expect(page.get_by_text("The photograph is attached.")).to_be_visible()
    desk = visitor.open(DESK, by=people[Role.DISTRICT], javascript=False)
    desk.get_by_role("link", name="Full size").click()
    desk.wait_for_url(re.compile(r"\.jpg$"))


def test_the_district_reads_the_photograph_beside_the_figures_by_keyboard(
    visitor: Visitor, people: dict[Role, User], photograph: Path, axe: Any
) -> None:
    scene.submit(by=people[Role.OFFICER])
    page = visitor.open(EVIDENCE, by=people[Role.OFFICER])
    choose(page, photograph)
    expect(page.get_by_role("img", name="Page 1 of the signed protocol")).to_be_visible(timeout=30_000)

    desk = visitor.open(DESK, by=people[Role.DISTRICT])
    image = desk.get_by_role("img", name="Page 1 of 1 of the signed protocol")
    expect(image).to_be_visible()
    table = desk.get_by_role("region", name="Versions side by side").bounding_box()
    frame = desk.get_by_role("region", name="Photograph of the signed paper.")
    there = frame.bounding_box()
    assert table is not None
    assert there is not None
    assert there["x"] >= table["x"] + table["width"]
    frame.focus()
    width = image.bounding_box()["width"]  # type: ignore[index]
    desk.keyboard.press("+")
    desk.keyboard.press("+")
    expect(desk.get_by_text("150 %")).to_be_visible()
    assert image.bounding_box()["width"] > 1.4 * width  # type: ignore[index]
    desk.keyboard.press("r")
    expect(frame).to_have_attribute("data-turn", "90")
    desk.keyboard.press("-")
    expect(desk.get_by_text("125 %")).to_be_visible()
    axe(desk)


def test_the_receipt_fits_one_sheet_and_its_code_leads_to_the_check(
    visitor: Visitor, people: dict[Role, User], axe: Any
) -> None:
    scene.submit(by=people[Role.OFFICER])
    page = visitor.open("/en/station/r1-d1-s1/list/", by=people[Role.OFFICER])
    page.get_by_role("link", name="Receipt to print").click()
    axe(page)
    paper = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", paper)) == 1
    address = page.get_by_role("link", name=f"{visitor.site}/en/check/").get_attribute("href")
    assert address is not None
    assert read_code(page) == address

    check = visitor.open(address.removeprefix(visitor.site), viewport=PHONE)
    expect(check.get_by_text("This is the version in force.")).to_be_visible()
    axe(check)
    scene.decide("correct", figures=valid_figures({"a": 200, "b": 160, "c": 60, "against_all": 20}))
    check.reload()
    expect(check.get_by_text("It was replaced by version 2.")).to_be_visible()
    axe(check)


def read_code(page: Page) -> str:
    """Read the QR code as it stands on the page."""
    picture = Image.open(io.BytesIO(page.locator(".receipt__code").screenshot()))
    code = zxingcpp.read_barcode(picture)
    assert code is not None
    return str(code.text)
