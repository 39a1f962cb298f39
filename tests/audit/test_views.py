from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from audit import services
from audit.log_folder import LogFolder
from audit.signer import Signer
from tests.audit.conftest import NIGHT
from tests.audit.published import read_published

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def a_published_log(
    settings: Settings, log_folder: LogFolder, signer: Signer, record: Callable[[int], list[int]]
) -> None:
    settings.LOG_DIR = log_folder.folder
    record(300)
    services.seal(now=NIGHT, log_folder=log_folder, signer=signer)


def disclose(moment: timedelta) -> None:
    services.set_disclosure(election="kz-2023", figures_public_from=timezone.now() + moment)


def test_the_checkpoint_is_public_from_the_start(client: Client, log_folder: LogFolder) -> None:
    disclose(HOUR)
    answer = client.get("/log/checkpoint")
    assert answer.status_code == 200
    assert answer.content.decode() == log_folder.checkpoint()
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Cache-Control"] == "public, max-age=5"


def test_the_public_key_is_public_from_the_start(client: Client, signer: Signer) -> None:
    answer = client.get("/log/vkey")
    assert answer.content.decode() == f"{signer.verifier_key}\n"


def test_schemas_of_events_are_public_as_files_that_lie_side_by_side(client: Client) -> None:
    told = client.get("/log/schemas/").json()
    assert {"kind": "protocol.accepted", "v": 1, "schema": "protocol.accepted.v1.json"} in told["events"]
    for name in (told["entry"], *(each["schema"] for each in told["events"])):
        answer = client.get(f"/log/schemas/{name}")
        assert answer["Content-Type"] == "application/schema+json"
        assert answer.json()["title"]
    assert client.get("/log/schemas/none.json").status_code == 404


@pytest.mark.parametrize("path", ["0/000", "0/001.p/44", "1/000.p/1", "entries/000", "entries/001.p/44"])
def test_tiles_and_entries_are_public_from_the_moment_on_and_not_before(client: Client, path: str) -> None:
    assert client.get(f"/log/tile/{path}").status_code == 404
    disclose(HOUR)
    early = client.get(f"/log/tile/{path}")
    assert (early.status_code, early["Cache-Control"]) == (404, "no-store")
    disclose(-HOUR)
    answer = client.get(f"/log/tile/{path}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"


def test_what_is_served_is_a_whole_log(client: Client, log_folder: LogFolder, tmp_path: Path) -> None:
    disclose(-HOUR)
    for file in log_folder.folder.rglob("*"):
        if file.is_file() and ".drafts" not in file.parts:
            fetched = tmp_path / "fetched" / file.relative_to(log_folder.folder)
            fetched.parent.mkdir(parents=True, exist_ok=True)
            fetched.write_bytes(client.get(f"/log/{file.relative_to(log_folder.folder)}").content)
    assert read_published(tmp_path / "fetched").size == 300


@pytest.mark.parametrize(
    "path",
    [
        "0/002", "0/001", "0/000.p/300", "../checkpoint", "%2e%2e/checkpoint", "..%2f..%2flog-key%2fkey", "0/000%00",
        "0//000", "/etc/passwd", "%2fetc%2fpasswd", "entries", "entries/../../../log-key/key", "0/000/../000",
    ],
)  # fmt: skip
def test_nothing_but_tiles_is_served(client: Client, path: str) -> None:
    disclose(-HOUR)
    assert client.get(f"/log/tile/{path}").status_code == 404


@pytest.mark.parametrize("path", ["checkpoint", "vkey", "tile/0/000"])
def test_the_log_takes_no_writes(client: Client, path: str) -> None:
    disclose(-HOUR)
    assert client.post(f"/log/{path}").status_code == 405


def test_before_the_first_publication_there_is_nothing(client: Client, settings: Settings, tmp_path: Path) -> None:
    settings.LOG_DIR = tmp_path / "nothing"
    disclose(-HOUR)
    for path in ("checkpoint", "vkey", "tile/0/000"):
        assert client.get(f"/log/{path}").status_code == 404
