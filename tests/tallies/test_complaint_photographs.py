"""A complaint comes with photographs: kept as evidence, named in the log, shown to who may read the complaint."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client

from accounts.domain.roles import Role
from accounts.models import Appointment, User
from aggregation.services import settle
from audit.models import Event
from stations.models import Area, Election, Station
from tallies.models import Complaint, ComplaintPhotograph, ComplaintPhotographPage, Upload
from tallies.photographs.examination import NotAPhotograph
from tallies.photographs.store import open_stored
from tallies.services.complaint_photographs import GivenFile, TooManyFiles
from tallies.services.complaints import ComplaintKeyReused, NewComplaint, register_complaint
from tests import scene
from tests.tallies.photographs import pictures

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])
NEW = "/en/complaints/r1-d1-s1/list/new/"
ONE = "/en/complaints/r1-d1-s1/list/1/"
UPLOADS = "/en/evidence/r1-d1-s1/list/uploads/"
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture(autouse=True)
def election(db: None, tmp_path: Path, uploads: Path) -> Election:
    return scene.load(tmp_path / "package", live_public=True)


def signed_in(username: str, role: Role, **place: Station | Area) -> Client:
    user = User.objects.create_user(username)
    election = Election.objects.get()
    Appointment.objects.create(user=user, role=role, election=election, appointed_at=election.opens_at, **place)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def observer(election: Election) -> Client:
    return signed_in("saule", Role.OBSERVER, station=Station.objects.get(code="r1-d1-s1"))


def chosen(content: bytes, name: str = "copy.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def form(**more: Any) -> dict[str, Any]:
    """What the browser posts about a protocol that is awaited."""
    return {"key": str(uuid.uuid4()), "version": "", "text": "My copy says otherwise.", **more}


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def last_body() -> dict[str, Any]:
    body: dict[str, Any] = json.loads(bytes(Event.objects.latest("pk").entry))["body"]
    return body


# What is kept


def test_the_original_is_kept_as_it_came_and_the_log_names_it_and_every_copy(tmp_path: Path) -> None:
    content = pictures.from_a_telephone()
    scene.complain(photographs=[pictures.written(tmp_path, content)])
    photograph, page = ComplaintPhotograph.objects.get(), ComplaintPhotographPage.objects.get()
    assert last_body()["photographs"] == [
        {
            "sha256": hashlib.sha256(content).hexdigest(),
            "media_type": "image/jpeg",
            "bytes": len(content),
            "copies": [page.sha256],
        }
    ]
    with open_stored(photograph.sha256) as original, open_stored(page.sha256) as copy:
        assert original.read() == content
        shown = copy.read()
    assert hashlib.sha256(shown).hexdigest() == page.sha256 and b"TelephoneMaker" not in shown


def test_without_photographs_the_event_says_nothing_of_them() -> None:
    scene.complain()
    assert "photographs" not in last_body()


def test_the_same_file_twice_is_one_photograph(tmp_path: Path) -> None:
    path = pictures.written(tmp_path, pictures.jpeg())
    scene.complain(photographs=[path, path])
    assert ComplaintPhotograph.objects.count() == 1


@pytest.mark.parametrize("content", [pictures.gif(), pictures.jpeg()[:400], b""])
def test_one_bad_file_stops_the_whole_complaint_and_leaves_nothing(
    content: bytes, tmp_path: Path, uploads: Path
) -> None:
    good, bad = tmp_path / "good.jpg", tmp_path / "bad.jpg"
    good.write_bytes(pictures.jpeg())
    bad.write_bytes(content)
    with pytest.raises(NotAPhotograph, match=r"^bad\.jpg: "):
        scene.complain(photographs=[good, bad])
    assert not Complaint.objects.exists() and not Event.objects.filter(kind="complaint.registered").exists()
    assert files_in(uploads) == []


def test_a_complaint_has_no_more_photographs_than_somebody_will_look_at(tmp_path: Path, uploads: Path) -> None:
    path = pictures.written(tmp_path, pictures.jpeg())
    with pytest.raises(TooManyFiles):
        scene.complain(photographs=[path] * 6)
    assert files_in(uploads) == []


def test_the_same_key_with_another_photograph_is_another_complaint_and_keeps_nothing(
    tmp_path: Path, uploads: Path
) -> None:
    def press(content: bytes) -> Complaint:
        new = NewComplaint(None, "wrong", {}, "k", [GivenFile("a.jpg", pictures.written(tmp_path, content))])
        person = scene.person("observer")
        return register_complaint(owed=scene.owed(), complaint=new, by=person, role="observer", now=scene.NOW)

    assert press(pictures.jpeg()).pk == press(pictures.jpeg()).pk
    kept = set(files_in(uploads))
    with pytest.raises(ComplaintKeyReused):
        press(pictures.jpeg((500, 700)))
    assert set(files_in(uploads)) == kept


@pytest.mark.parametrize("table", ["tallies_complaintphotograph", "tallies_complaintphotographpage"])
def test_the_database_refuses_to_change_a_photograph_of_a_complaint(table: str, tmp_path: Path) -> None:
    scene.complain(photographs=[pictures.written(tmp_path, pictures.jpeg())])
    for statement in (f"UPDATE {table} SET bytes = 1", f"DELETE FROM {table}"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        with pytest.raises(DatabaseError), transaction.atomic(), scene.as_owner() as cursor:
            cursor.execute(statement)
    with pytest.raises(DatabaseError), connections["reader"].cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} DEFAULT VALUES")


# How it comes in


def test_photographs_come_with_the_form(observer: Client, uploads: Path) -> None:
    answer = observer.post(NEW, form(photograph=[chosen(pictures.jpeg()), chosen(pictures.pdf(), "scan.pdf")]))
    assert answer.status_code == HTTPStatus.FOUND
    kinds = ComplaintPhotograph.objects.order_by("number").values_list("media_type", flat=True)
    assert list(kinds) == ["image/jpeg", "application/pdf"]
    assert not Upload.objects.exists() and files_in(uploads / "parts") == []


def test_a_photograph_sent_part_by_part_waits_for_the_complaint(observer: Client) -> None:
    content = pictures.jpeg()
    begun = observer.post(UPLOADS, headers={**TUS, "Upload-Length": str(len(content))})
    for offset, part in ((0, content[:1000]), (1000, content[1000:])):
        headers = {**TUS, "Upload-Offset": str(offset)}
        kind = "application/offset+octet-stream"
        assert observer.patch(begun["Location"], part, content_type=kind, headers=headers).status_code == 204
    waiting = f"{begun['Location'].split('/')[-2]} IMG 1.jpg"
    assert observer.post(NEW, form(upload=[waiting])).status_code == HTTPStatus.FOUND
    assert ComplaintPhotograph.objects.get().sha256 == hashlib.sha256(content).hexdigest()
    assert not Upload.objects.exists()


def test_what_has_arrived_is_not_sent_again_when_something_else_is_wrong(observer: Client) -> None:
    answer = observer.post(NEW, form(text=" ", photograph=[chosen(pictures.jpeg(), "my <copy>.jpg")]))
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    [waiting] = re.findall(r'name="upload" value="([^"]+)"', answer.content.decode())
    assert "my &lt;copy&gt;.jpg" in waiting
    answer = observer.post(NEW, form(upload=[waiting.replace("&lt;", "<").replace("&gt;", ">")]))
    assert answer.status_code == HTTPStatus.FOUND
    assert ComplaintPhotograph.objects.count() == 1


def test_a_file_that_is_none_is_named_and_goes_while_the_others_stay(observer: Client, uploads: Path) -> None:
    answer = observer.post(NEW, form(photograph=[chosen(pictures.jpeg()), chosen(pictures.gif(), "cat.gif")]))
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    page = answer.content.decode()
    assert "cat.gif: This is not a photograph." in page
    assert len(re.findall(r'name="upload"', page)) == 1
    assert not Complaint.objects.exists()
    assert len(files_in(uploads)) == 1, "the good one, on its way"


def test_nobody_sends_another_persons_upload(observer: Client) -> None:
    other = signed_in("olzhas", Role.OBSERVER, station=Station.objects.get(code="r1-d1-s1"))
    other.post(NEW, form(text="", photograph=[chosen(pictures.jpeg())]))
    answer = observer.post(NEW, form(upload=[f"{Upload.objects.get().pk} mine.jpg"]))
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "no longer here" in answer.content.decode()
    assert not Complaint.objects.exists()


# Who sees it


def test_the_complainant_and_the_commission_see_it_and_nobody_else(observer: Client, tmp_path: Path) -> None:
    settle()
    observer.post(NEW, form(photograph=[chosen(pictures.jpeg())]))
    copy = f"{ONE}copies/{ComplaintPhotographPage.objects.get().sha256}.jpg"
    original = f"{ONE}originals/{ComplaintPhotograph.objects.get().sha256}"
    district = signed_in("marat", Role.DISTRICT, area=Area.objects.get(code="r1-d1"))
    for client in (observer, district):
        assert copy in client.get(ONE).content.decode()
        assert client.get(copy)["Content-Type"] == "image/jpeg"
        saved = client.get(original)
        assert saved["Content-Disposition"].startswith("attachment")
        assert saved["Content-Type"] == "application/octet-stream" and "sandbox" in saved["Content-Security-Policy"]
    for page in ("/en/desk/r1-d1-s1/", "/en/desk/r1-d1-s1/list/"):
        assert copy in district.get(page).content.decode()
    other = signed_in("olzhas", Role.OBSERVER, area=Area.objects.get(code="r1"))
    assert copy not in other.get(ONE).content.decode()
    for address in (copy, original):
        assert other.get(address).status_code == HTTPStatus.NOT_FOUND
        assert Client().get(address).status_code == HTTPStatus.FOUND, "to the sign-in"
    told = other.get("/en/observe/results/list/r1-d1-s1/").content.decode()
    assert "with 1 photograph" in told and copy not in told


def test_a_complaint_shows_only_its_own_photographs(observer: Client, tmp_path: Path) -> None:
    observer.post(NEW, form(photograph=[chosen(pictures.jpeg())]))
    observer.post(NEW, form())
    sha256 = ComplaintPhotographPage.objects.get().sha256
    second = "/en/complaints/r1-d1-s1/list/2/"
    assert observer.get(f"{ONE}copies/{sha256}.jpg").status_code == HTTPStatus.OK
    assert observer.get(f"{second}copies/{sha256}.jpg").status_code == HTTPStatus.NOT_FOUND
