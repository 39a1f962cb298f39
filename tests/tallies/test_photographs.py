"""A photograph is attached with its event and its files, or nothing of it is there."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connections
from django.db.utils import ProgrammingError

from audit.models import Event
from config import roles
from tallies.models import Explanation, Photograph, PhotographPage
from tallies.photographs import store
from tallies.photographs.examination import NotAPhotograph
from tallies.refusals import Refusal
from tallies.selectors.photographs import count_photographs, photographs_of
from tallies.services.locking import ReasonMissing
from tallies.services.photographs import WithdrawnAlready, attach_photograph, withdraw_photograph
from tallies.services.submit import NotClosedYet
from tests import scene
from tests.tallies.photographs import pictures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def country(tmp_path: Path, uploads: Path) -> None:
    scene.load(tmp_path / "package", regions=1, districts=1, stations=2)


def attach(folder: Path, content: bytes, station: str = "r1-d1-s1", **changed: Any) -> Photograph:
    given: dict[str, Any] = {"owed": scene.owed(station), "by": scene.person(), "role": "officer", "now": scene.NOW}
    return attach_photograph(file=pictures.written(folder, content), **{**given, **changed})


def withdraw(photograph: Photograph, reason: str = "blurred", station: str = "r1-d1-s1") -> None:
    withdraw_photograph(
        owed=scene.owed(station),
        photograph_id=photograph.pk,
        reason=reason,
        by=scene.person(),
        role="officer",
        now=scene.NOW,
    )


def files(folder: Path) -> dict[str, bytes]:
    """Everything in the folder of evidence, by its path."""
    found = folder.rglob("*") if folder.exists() else []
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found if path.is_file()}


def body_of(kind: str) -> dict[str, Any]:
    entry: dict[str, Any] = json.loads(bytes(Event.objects.get(kind=kind).entry))
    return dict(entry["body"])


def test_the_event_names_the_original_and_each_copy_and_files_lie_under_these_names(
    tmp_path: Path, uploads: Path
) -> None:
    content = pictures.pdf(2)
    photograph = attach(tmp_path, content)
    sha256 = hashlib.sha256(content).hexdigest()
    copies = list(PhotographPage.objects.order_by("number").values_list("sha256", flat=True))
    assert body_of("photograph.attached") == {
        "sha256": sha256,
        "media_type": "application/pdf",
        "bytes": len(content),
        "copies": copies,
    }
    stored = files(uploads)
    assert set(stored) == {f"{name[:2]}/{name}" for name in (sha256, *copies)}
    assert stored[f"{sha256[:2]}/{sha256}"] == content
    assert all(hashlib.sha256(file).hexdigest() == name.split("/")[1] for name, file in stored.items())
    assert photograph.sha256 == sha256


def test_the_same_photograph_twice_is_attached_once(tmp_path: Path) -> None:
    first = attach(tmp_path, pictures.jpeg())
    assert attach(tmp_path, pictures.jpeg()).pk == first.pk
    assert Event.objects.filter(kind="photograph.attached").count() == 1


def test_two_people_who_attach_the_same_at_once_attach_it_once(tmp_path: Path) -> None:
    def send(number: int) -> int:
        try:
            folder = tmp_path / str(number)
            folder.mkdir()
            return int(attach(folder, pictures.jpeg()).pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as several:
        assert len(set(several.map(send, range(3)))) == 1
    assert Photograph.objects.count() == 1


def test_the_same_content_for_two_stations_lies_there_once(tmp_path: Path, uploads: Path) -> None:
    attach(tmp_path, pictures.jpeg())
    before = files(uploads)
    attach(tmp_path, pictures.jpeg(), "r1-d1-s2")
    assert files(uploads) == before
    assert Photograph.objects.count() == 2


def test_a_refused_file_leaves_nothing_behind(tmp_path: Path, uploads: Path) -> None:
    with pytest.raises(NotAPhotograph):
        attach(tmp_path, pictures.jpeg()[:5000])
    assert not Photograph.objects.exists()
    assert not Event.objects.filter(kind__startswith="photograph").exists()
    assert files(uploads) == {}


def test_a_store_that_fails_leaves_neither_row_nor_event_nor_file(
    tmp_path: Path, uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = store.keep
    kept: list[str] = []

    def full_after_the_first(path: Path, sha256: str) -> bool:
        if kept:
            raise OSError("No space left on device")
        kept.append(sha256)
        return keep(path, sha256)

    monkeypatch.setattr(store, "keep", full_after_the_first)
    with pytest.raises(OSError, match="No space left"):
        attach(tmp_path, pictures.jpeg())
    assert kept
    assert not Photograph.objects.exists()
    assert not Event.objects.filter(kind__startswith="photograph").exists()
    assert files(uploads) == {}


def test_no_photograph_is_taken_before_the_station_closes(tmp_path: Path) -> None:
    scene.close_stations("20:00")
    with pytest.raises(NotClosedYet):
        attach(tmp_path, pictures.jpeg(), now=scene.NOW - timedelta(hours=8))


def test_a_withdrawn_photograph_stays_with_its_reason_and_can_be_attached_anew(tmp_path: Path, uploads: Path) -> None:
    photograph = attach(tmp_path, pictures.jpeg())
    before = files(uploads)
    withdraw(photograph, "it shows another station")
    owed = scene.owed()
    [seen] = photographs_of(owed.contest_id, owed.station_id)
    assert seen.withdrawn is not None
    assert seen.withdrawn.reason == "it shows another station"
    assert photographs_of(owed.contest_id, owed.station_id, withdrawn=False) == []
    assert count_photographs([owed.contest_id], [owed.station_id]) == {}
    assert files(uploads) == before
    assert set(body_of("photograph.withdrawn")["texts"]) == {"withdrawal"}
    assert "another station" not in bytes(Event.objects.get(kind="photograph.withdrawn").entry).decode()
    assert attach(tmp_path, pictures.jpeg()).pk != photograph.pk
    assert count_photographs([owed.contest_id], [owed.station_id]) == {(owed.contest_id, owed.station_id): 1}


@pytest.mark.parametrize(("reason", "refusal"), [(" ", ReasonMissing), ("blurred", WithdrawnAlready)])
def test_a_photograph_is_withdrawn_once_and_with_a_reason(tmp_path: Path, reason: str, refusal: type[Refusal]) -> None:
    photograph = attach(tmp_path, pictures.jpeg())
    if refusal is WithdrawnAlready:
        withdraw(photograph)
    before = Explanation.objects.count()
    with pytest.raises(refusal):
        withdraw(photograph, reason)
    assert Explanation.objects.count() == before


@pytest.mark.parametrize("table", ["photograph", "photographpage", "withdrawnphotograph"])
@pytest.mark.parametrize("statement", ["DELETE FROM tallies_{}", "TRUNCATE tallies_{} CASCADE"])
@pytest.mark.parametrize("role", [roles.APP, roles.READER])
def test_no_role_that_serves_removes_evidence(tmp_path: Path, table: str, statement: str, role: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), scene.as_owner() as cursor:
        cursor.execute(f"SET ROLE {role}")
        cursor.execute(statement.format(table))


def test_the_owner_does_not_change_evidence_by_accident(tmp_path: Path) -> None:
    withdraw(attach(tmp_path, pictures.jpeg()))
    for table in ("photograph", "photographpage", "withdrawnphotograph"):
        with pytest.raises(DatabaseError, match="never changed or deleted"), scene.as_owner() as cursor:
            cursor.execute(f"DELETE FROM tallies_{table}")


def test_readers_do_not_see_what_is_still_on_its_way() -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), scene.as_owner() as cursor:
        cursor.execute(f"SET ROLE {roles.READER}")
        cursor.execute("SELECT * FROM tallies_upload")


def test_a_photograph_of_another_protocol_cannot_be_withdrawn(tmp_path: Path) -> None:
    photograph = attach(tmp_path, pictures.jpeg())
    with pytest.raises(Photograph.DoesNotExist):
        withdraw(photograph, station="r1-d1-s2")
