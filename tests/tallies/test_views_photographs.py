"""Photographs over HTTP: whole or part by part, by who may, and given out so that nothing in them can run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.domain.roles import Role
from audit.models import Event
from tallies.models import Photograph, PhotographPage, Upload
from tests.tallies.night import GOOD, WITH_AN_ERROR, Night, form_data, small_night
from tests.tallies.photographs import pictures

pytestmark = pytest.mark.django_db

PAGE = "/en/evidence/s1/list/"
UPLOADS = f"{PAGE}uploads/"
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture(autouse=True)
def folder(uploads: Path) -> Path:
    return uploads


@pytest.fixture
def night() -> Night:
    return small_night()


@pytest.fixture
def officer(night: Night) -> Client:
    return night.person("officer", Role.OFFICER, station=night.stations["s1"])


@pytest.fixture
def district(night: Night) -> Client:
    return night.person("district", Role.DISTRICT, area=night.areas["n1"])


@pytest.fixture
def outsiders(night: Night) -> Iterator[Client]:
    return iter(
        [
            night.person("other-officer", Role.OFFICER, station=night.stations["s2"]),
            night.person("other-district", Role.DISTRICT, area=night.areas["n2"]),
            night.person("observer", Role.OBSERVER),
        ]
    )


def send(client: Client, content: bytes, name: str = "IMG_1.jpg", kind: str = "image/jpeg") -> Any:
    return client.post(PAGE, {"photograph": SimpleUploadedFile(name, content, kind)})


def begin(client: Client, length: int) -> str:
    answer = client.post(UPLOADS, headers={**TUS, "Upload-Length": str(length)})
    assert answer.status_code == HTTPStatus.CREATED, answer.content
    return str(answer["Location"])


def go_on(client: Client, address: str, content: bytes, offset: int) -> Any:
    return client.patch(
        address,
        content,
        content_type="application/offset+octet-stream",
        headers={**TUS, "Upload-Offset": str(offset)},
    )


def parts(folder: Path) -> list[Path]:
    return list((folder / "parts").glob("*")) if folder.exists() else []


def test_an_officer_attaches_a_photograph_by_a_plain_form(officer: Client, folder: Path) -> None:
    answer = send(officer, pictures.jpeg(), "protocol.exe", "text/html")
    assert answer.status_code == HTTPStatus.FOUND
    page = officer.get(answer["Location"]).content.decode()
    assert "The photograph is attached." in page
    assert Photograph.objects.get().sha256 in page
    assert Photograph.objects.get().media_type == "image/jpeg"
    assert parts(folder) == []


def test_the_district_attaches_one_on_the_stations_behalf(district: Client) -> None:
    assert send(district, pictures.png()).status_code == HTTPStatus.FOUND
    assert Photograph.objects.get().role == "district"


def test_a_refused_file_is_told_why_and_leaves_nothing(officer: Client, folder: Path) -> None:
    answer = send(officer, pictures.gif())
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Send a JPEG, PNG or HEIC picture, or a PDF of the scan." in answer.content.decode()
    assert not Photograph.objects.exists()
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_a_form_without_a_file_asks_for_one(officer: Client) -> None:
    answer = officer.post(PAGE)
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Choose a photograph or a scan first." in answer.content.decode()


def test_an_upload_that_broke_goes_on_where_it_stopped(officer: Client, folder: Path) -> None:
    content = pictures.jpeg()
    address = begin(officer, len(content))
    assert go_on(officer, address, content[:1000], 0)["Upload-Offset"] == "1000"
    asked = officer.head(address, headers=TUS)
    assert (asked["Upload-Offset"], asked["Upload-Length"]) == ("1000", str(len(content)))
    assert "no-store" in asked["Cache-Control"]
    assert go_on(officer, address, content[1000:], 1000)["Upload-Offset"] == str(len(content))
    answer = officer.post(PAGE, {"upload": address.split("/")[-2]}, headers={"Accept": "application/json"})
    assert answer.status_code == HTTPStatus.CREATED
    assert answer.json() == {"sha256": Photograph.objects.get().sha256}
    assert not Upload.objects.exists()
    assert parts(folder) == []


def test_a_part_that_begins_elsewhere_is_not_taken(officer: Client) -> None:
    address = begin(officer, 100)
    answer = go_on(officer, address, b"x" * 10, 50)
    assert answer.status_code == HTTPStatus.CONFLICT
    assert Upload.objects.get().offset == 0


def test_more_than_was_announced_is_not_taken(officer: Client) -> None:
    address = begin(officer, 10)
    assert go_on(officer, address, b"x" * 11, 0).status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


@pytest.mark.parametrize("length", ["0", str(21 * 2**20)])
def test_an_upload_of_an_impossible_length_is_not_begun(officer: Client, length: str) -> None:
    answer = officer.post(UPLOADS, headers={**TUS, "Upload-Length": length})
    assert answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert answer.json()["code"] == "not_a_photograph"
    assert not Upload.objects.exists()


def test_one_person_has_a_bounded_number_of_uploads_open(officer: Client) -> None:
    for _upload in range(10):
        begin(officer, 100)
    answer = officer.post(UPLOADS, headers={**TUS, "Upload-Length": "100"})
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS


def test_an_upload_can_be_given_up(officer: Client, folder: Path) -> None:
    address = begin(officer, 100)
    assert officer.delete(address, headers=TUS).status_code == HTTPStatus.NO_CONTENT
    assert parts(folder) == []
    assert officer.head(address, headers=TUS).status_code == HTTPStatus.NOT_FOUND


def test_an_upload_that_nobody_goes_on_with_is_forgotten(officer: Client, folder: Path) -> None:
    address = begin(officer, 100)
    Upload.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert officer.head(address, headers=TUS).status_code == HTTPStatus.NOT_FOUND
    begin(officer, 100)
    assert len(parts(folder)) == Upload.objects.count() == 1


def test_an_upload_belongs_to_who_began_it(officer: Client, night: Night) -> None:
    address = begin(officer, 100)
    chair = night.person("chair", Role.CHAIR, station=night.stations["s1"])
    assert chair.head(address, headers=TUS).status_code == HTTPStatus.NOT_FOUND
    assert go_on(chair, address, b"x", 0).status_code == HTTPStatus.NOT_FOUND


def test_a_client_of_another_version_of_the_protocol_is_told_ours(officer: Client) -> None:
    answer = officer.post(UPLOADS, headers={"Tus-Resumable": "0.2.2", "Upload-Length": "10"})
    assert answer.status_code == HTTPStatus.PRECONDITION_FAILED
    assert answer["Tus-Version"] == "1.0.0"


def test_an_unfinished_upload_cannot_be_attached(officer: Client) -> None:
    address = begin(officer, 100)
    answer = officer.post(PAGE, {"upload": address.split("/")[-2]}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (HTTPStatus.GONE, "no_such_upload")


def test_the_copy_is_shown_and_the_original_only_given_to_be_kept(officer: Client, district: Client) -> None:
    content = pictures.from_a_telephone()
    send(officer, content)
    copy, original = PhotographPage.objects.get().sha256, Photograph.objects.get().sha256
    shown = district.get(f"{PAGE}copies/{copy}.jpg")
    assert shown["Content-Type"] == "image/jpeg"
    assert shown["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in shown["Cache-Control"]
    kept = district.get(f"{PAGE}originals/{original}")
    assert b"".join(kept.streaming_content) == content  # type: ignore[attr-defined]
    assert kept["Content-Type"] == "application/octet-stream"
    assert kept["Content-Disposition"].startswith("attachment")
    assert "sandbox" in kept["Content-Security-Policy"]
    assert kept["X-Content-Type-Options"] == "nosniff"


def test_an_original_is_never_shown_under_the_address_of_a_copy(officer: Client) -> None:
    send(officer, pictures.jpeg())
    original = Photograph.objects.get().sha256
    assert officer.get(f"{PAGE}copies/{original}.jpg").status_code == HTTPStatus.NOT_FOUND


def test_outside_the_place_nobody_finds_anything(officer: Client, outsiders: Iterator[Client]) -> None:
    send(officer, pictures.jpeg())
    address = begin(officer, 100)
    copy, original = PhotographPage.objects.get().sha256, Photograph.objects.get().sha256
    for outsider in outsiders:
        for path in (PAGE, f"{PAGE}copies/{copy}.jpg", f"{PAGE}originals/{original}"):
            assert outsider.get(path).status_code == HTTPStatus.NOT_FOUND
        assert send(outsider, pictures.png()).status_code == HTTPStatus.NOT_FOUND
        assert go_on(outsider, address, b"x", 0).status_code == HTTPStatus.NOT_FOUND


def test_what_is_attached_to_nothing_yet_is_begun_by_who_attaches_or_complains_here(
    outsiders: Iterator[Client],
) -> None:
    begun = [outsider.post(UPLOADS, headers={**TUS, "Upload-Length": "10"}).status_code for outsider in outsiders]
    assert begun == [HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND, HTTPStatus.CREATED], "an observer complains"


def test_a_copy_is_found_under_its_own_protocol_only(officer: Client) -> None:
    send(officer, pictures.jpeg())
    copy = PhotographPage.objects.get().sha256
    assert officer.get(f"/en/evidence/s1/okrug-1/copies/{copy}.jpg").status_code == HTTPStatus.NOT_FOUND


def test_who_only_watches_the_desk_sees_photographs_and_attaches_none(officer: Client, night: Night) -> None:
    send(officer, pictures.jpeg())
    region = night.person("region", Role.REGION, area=night.areas["north"])
    page = region.get(PAGE).content.decode()
    assert "Download the original" in page
    assert "Attach one more" not in page
    assert send(region, pictures.png()).status_code == HTTPStatus.NOT_FOUND


def test_a_wrong_photograph_is_withdrawn_with_a_reason(officer: Client) -> None:
    send(officer, pictures.jpeg())
    address = f"{PAGE}{Photograph.objects.get().pk}/withdraw/"
    assert officer.post(address, {"reason": ""}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    page = officer.post(address, {"reason": "another station's paper"}, follow=True).content.decode()
    assert "another station&#x27;s paper" in page
    assert officer.get(address).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("address", ["/en/desk/s1/list/", "/en/desk/s1/list/correct/", "/en/desk/s1/list/enter/"])
def test_the_photograph_stands_beside_the_figures(
    officer: Client, district: Client, night: Night, address: str
) -> None:
    send(officer, pictures.jpeg())
    if "correct" in address:
        officer.post("/en/station/s1/list/", form_data(GOOD))
    page = district.get(address).content.decode()
    assert re.search(rf'<img data-viewer-image src="{PAGE}copies/[0-9a-f]{{64}}.jpg"', page)


def test_the_stations_page_at_the_desk_says_how_many_there_are(officer: Client, district: Client) -> None:
    assert "Attach a photograph of the signed paper" in district.get("/en/desk/s1/").content.decode()
    send(officer, pictures.jpeg())
    send(officer, pictures.png())
    assert "2 photographs of the signed paper are attached" in district.get("/en/desk/s1/").content.decode()


def test_the_stations_own_form_only_tells_that_a_photograph_is_there(officer: Client) -> None:
    send(officer, pictures.jpeg())
    page = officer.get("/en/station/s1/list/").content.decode()
    assert "1 photograph of the signed paper is attached" in page
    assert "data-viewer-image" not in page
    assert "photograph_viewer.js" not in page


def test_a_held_protocol_is_decided_with_the_photograph_beside_it(
    officer: Client, district: Client, night: Night
) -> None:
    officer.post("/en/station/s1/list/", form_data(WITH_AN_ERROR, paper_says_so="on", paper_reason="It is so."))
    send(officer, pictures.jpeg())
    assert "data-viewer-image" in district.get("/en/desk/s1/list/accept/").content.decode()


def test_attaching_leaves_one_event(officer: Client) -> None:
    send(officer, pictures.jpeg())
    assert [event.kind for event in Event.objects.all()] == ["photograph.attached"]
