"""The file of a station and of an area: everything known of it, and what is missing, within what a person observes."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest
from django.test import Client

from accounts.domain.roles import Role
from stations.models import Election
from tests import scene
from tests.observers.conftest import Appoint

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def test_a_stations_file_has_every_contest_its_versions_and_what_happened(observer: Client, election: Election) -> None:
    page = text(observer, "/en/observe/stations/r2-d1-s1/")
    assert "Contest list" in page and "Contest okrug" in page
    assert re.search(r"Version 1 superseded .*Version 2 in force", page)
    assert "Votes" in page and "240 200" in page.replace("superseded", ""), (
        "both versions of the first list, side by side"
    )
    assert re.search(r"Protocol corrected .*Protocol put in force", page), "the newest first"
    assert "The protocol of this station has not come in yet." in page, "of the other contest"


def test_figures_of_a_held_protocol_are_in_no_file(observer: Client, election: Election) -> None:
    page = text(observer, "/en/observe/stations/r1-d1-s2/")
    assert "is held: a commission must decide" in page
    assert "Version 1" not in page


def test_turnout_that_a_protocol_contradicts_is_said_to(observer: Client, election: Election) -> None:
    scene.report_turnout("r1-d1-s1", "10:00", 900)
    page = text(observer, "/en/observe/stations/r1-d1-s1/")
    assert "442 voters received a ballot: fewer than were reported during the day" in page
    assert re.search(r"10:00 900 90\.00%", page)


def test_the_day_is_drawn_against_the_protocol(observer: Client, election: Election) -> None:
    scene.report_turnout("r1-d1-s1", "10:00", 300)
    scene.report_turnout("r1-d1-s1", "12:00", 400)
    page = observer.get("/en/observe/stations/r1-d1-s1/").content.decode()
    [drawing] = re.findall(r'<svg viewBox="-16 0 680 260".*?</svg>', page, flags=re.S)
    assert drawing.count('class="curve__point"') == 2
    assert "By the protocol 44.20%" in drawing
    assert "12:00" in drawing


def test_a_file_downloads_with_every_figure_of_every_version(observer: Client, election: Election) -> None:
    answer = observer.get("/en/observe/stations/r2-d1-s1/?format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert [row["value"] for row in rows if row["code"] == "votes:a"] == ["240", "200"]
    assert {row["contest"] for row in rows} == {"list"}


def test_an_areas_file_says_what_is_open_the_held_first(observer: Client, election: Election) -> None:
    page = text(observer, "/en/observe/areas/r1/?contest=list")
    assert "3 of 4 protocols are not settled. At most 3,000 voters" in page
    assert page.index("r1-d1-s2") < page.index("r1-d2-s1") < page.index("r1-d2-s2"), "held, returned, awaited"
    assert "r1-d1-s1" not in page.replace("r1-d1-s2", "")


def test_an_area_where_all_is_settled_says_so(observer: Client, election: Election) -> None:
    scene.submit("r2-d1-s2")
    assert "nothing is missing and nothing waits" in text(observer, "/en/observe/areas/r2-d1/?contest=list")


def test_files_are_shown_within_what_is_observed(appoint: Appoint) -> None:
    client = appoint(Role.OBSERVER, area="r1")
    text(client, "/en/observe/stations/r1-d1-s1/")
    text(client, "/en/observe/areas/r1-d1/")
    for address in ("stations/r2-d1-s1/", "areas/r2/", "areas/kz/", "stations/nowhere/", "areas/r1-d1-s1/"):
        text(client, f"/en/observe/{address}", 404)
    constituency = appoint(Role.OBSERVER, contest="okrug")
    page = text(constituency, "/en/observe/stations/r2-d1-s1/")
    assert "Contest okrug" in page and "Contest list" not in page
    assert "Protocol corrected" not in page, "that was another contest's"
