"""What programs ask for: changes since a checkpoint, files, and the feed of corrections."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook
from pytest_django import Settings

from audit.selectors import latest_checkpoint
from audit.services import set_disclosure
from results.exports import views
from results.exports.downloads import make_downloads
from results.exports.selectors import Issuer
from results.publication.services import publish_bulletin
from tests import scene
from tests.results.exports.published import PublishedNight

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])
ATOM = "{http://www.w3.org/2005/Atom}"
ISSUER = Issuer("Central Election Commission", "CEC")


def asked(client: Client, address: str, status: int = 200) -> Any:
    answer = client.get(address)
    assert answer.status_code == status, answer.content
    return answer.json()


def disclose(night: PublishedNight, after: timedelta) -> None:
    set_disclosure(election=night.election.code, figures_public_from=timezone.now() + after)


def test_changes_since_a_checkpoint_are_those_that_came_after_it(night: PublishedNight, client: Client) -> None:
    since = night.bulletin.checkpoint_id
    said = asked(client, f"/api/v1/changes/?since={since}")
    assert [(change["kind"], change["contest"], change["station"]) for change in said["changes"]] == [
        ("protocol.accepted", "list", "r1-d1-s2"),
        ("protocol.corrected", "list", "r1-d1-s1"),
    ]
    assert said["changes"][0]["areas"] == ["r1-d1", "r1", "kz"]
    assert said["next"] == said["until"] == said["checkpoint"]
    earlier = asked(client, f"/api/v1/changes/?until={since}")["changes"]
    assert {change["station"]: change["state"] for change in earlier if change["contest"] == "list"} == {
        "r1-d1-s1": "in_force",
        "r1-d2-s1": "in_force",
        "r2-d1-s1": "in_force",
        "r2-d1-s2": "held",
        "r2-d2-s2": "annulled",
    }


def test_pages_of_changes_follow_one_another_and_leave_nothing_out(night: PublishedNight, client: Client) -> None:
    whole = asked(client, "/api/v1/changes/?since=0")["changes"]
    collected: list[Any] = []
    since, until = 0, latest_checkpoint().size  # type: ignore[union-attr]
    while since < until:
        page = asked(client, f"/api/v1/changes/?since={since}&until={until}&limit=2")
        assert len(page["changes"]) <= 2
        assert page["next"] > since
        collected += page["changes"]
        since = page["next"]
    assert collected == whole


@pytest.mark.parametrize(
    "query",
    [
        "since=x",
        "since=-1",
        "since=99999999",
        "since=5&until=2",
        "limit=0",
        "limit=2001",
        "until=" + "9" * 20,
        "since=٣",
    ],
)
def test_what_cannot_be_read_is_named(night: PublishedNight, client: Client, query: str) -> None:
    assert asked(client, f"/api/v1/changes/?{query}", 400)["code"] == "bad_parameter"


def test_changes_and_corrections_are_public_when_the_log_is(night: PublishedNight, client: Client) -> None:
    disclose(night, timedelta(hours=1))
    assert asked(client, "/api/v1/changes/", 404)["code"] == "not_public_yet"
    assert client.get("/en/corrections.atom").status_code == 404
    disclose(night, -timedelta(hours=1))
    assert asked(client, "/api/v1/changes/")


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Corrected: Station r1-d1-s1"), ("kk", "Station r1-d1-s1 (қазақша)")]
)
def test_the_feed_tells_corrections_and_annulments_the_latest_first(
    night: PublishedNight, client: Client, language: str, title: str
) -> None:
    answer = client.get(f"/{language}/corrections.atom")
    assert answer["Content-Type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.content)  # noqa: S314  (our own)
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.find(f"{ATOM}category").get("term") for entry in entries] == [  # type: ignore[union-attr]
        "protocol.corrected",
        "protocol.annulled",
    ]
    assert title in (entries[0].findtext(f"{ATOM}title") or "")
    link = entries[0].find(f"{ATOM}link")
    assert link is not None
    assert (link.get("href") or "").endswith(f"/{language}/results/list/r1-d1-s1/")
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 2


def test_files_of_a_small_contest_are_made_when_they_are_asked_for(night: PublishedNight, client: Client) -> None:
    said = asked(client, "/api/v1/downloads/list/")
    assert (said["snapshot"], said["status"], said["synthetic"]) == ("bulletin-1", "preliminary", True)
    assert said["as_of"] == night.bulletin.checkpoint_id
    assert said["licence"]["name"] == "CC-BY-4.0"
    assert len(said["files"]) == 8
    content = {}
    for file in said["files"]:
        answer = client.get(file["url"])
        assert answer.status_code == 200
        assert file["name"] in answer["Content-Disposition"]
        content[file["format"], file["language"]] = answer.content
    with zipfile.ZipFile(io.BytesIO(content["csv", ""])) as archive:
        assert "datapackage.json" in archive.namelist()
        rows = csv.DictReader(io.TextIOWrapper(archive.open("test-2026.list.bulletin-1.csv"), newline=""))
        votes = {(row["level"], row["area"]): row["value"] for row in rows if row["code"] == "votes:a"}
    assert votes["nation", "kz"] == "720", "nothing that came in after the bulletin"
    assert "Станции" not in load_workbook(io.BytesIO(content["xlsx", "en"])).sheetnames
    assert content["pdf", "kk"].startswith(b"%PDF")


def test_large_files_are_ready_made_or_not_there_yet(
    night: PublishedNight, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_STATIONS_AT_ONCE", 3)
    address = "/downloads/test-2026/bulletin-1/list/test-2026.list.bulletin-1.nist.json.zip"
    assert client.get(address).status_code == 404
    assert client.get(address.replace("list", "all")).status_code == 404
    made = [download.name for download, is_new in make_downloads(night.bulletin, issuer=ISSUER) if is_new]
    assert len(made) == 3 * 8
    assert not [name for name, is_new in make_downloads(night.bulletin, issuer=ISSUER) if is_new]
    for each in (address, address.replace("list", "all")):
        answer = client.get(each)
        assert answer.status_code == 200
        with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as archive:
            (name,) = archive.namelist()
            assert json.loads(archive.read(name))["@type"] == "ElectionResults.ElectionReport"
    sizes = {file["name"]: file["bytes"] for file in asked(client, "/api/v1/downloads/all/")["files"]}
    assert len(sizes) == 8
    assert all(sizes.values())


@pytest.mark.parametrize(
    "address",
    [
        "test-2026/bulletin-2/list/test-2026.list.bulletin-2.csv.zip",
        "test-2026/bulletin-01/list/test-2026.list.bulletin-1.csv.zip",
        "test-2026/final-1/list/test-2026.list.final-1.csv.zip",
        "test-2026/bulletin-1/list/test-2026.okrug.bulletin-1.csv.zip",
        "test-2026/bulletin-1/nowhere/test-2026.nowhere.bulletin-1.csv.zip",
        "test-2026/bulletin-1/list/..%2f..%2fkey",
        "nowhere/bulletin-1/list/test-2026.list.bulletin-1.csv.zip",
        "test-2026/bulletin-99999999999999/list/x",
        "test-2026/bulletin-1/li%00st/x",
    ],
)
def test_nothing_but_what_was_published_is_handed_out(night: PublishedNight, client: Client, address: str) -> None:
    assert client.get(f"/downloads/{address}").status_code == 404


def test_a_proposed_result_has_no_files_until_it_is_approved(night: PublishedNight, client: Client) -> None:
    assert asked(client, "/api/v1/downloads/list/?bulletin=7", 404)
    publish_bulletin(election=night.election, by=scene.person("cec"), now=scene.NOW)
    assert asked(client, "/api/v1/downloads/list/?bulletin=2")["snapshot"] == "bulletin-2"
    assert asked(client, "/api/v1/downloads/list/?bulletin=x", 400)


def test_before_figures_are_public_there_are_no_files(
    night: PublishedNight, client: Client, settings: Settings
) -> None:
    with scene.as_owner() as cursor:
        cursor.execute("UPDATE stations_election SET figures_public_from = now() + interval '1 hour'")
    assert asked(client, "/api/v1/downloads/list/", 404)
    name = "test-2026.list.bulletin-1.kk.pdf"
    assert client.get(f"/downloads/test-2026/bulletin-1/list/{name}").status_code == 404
