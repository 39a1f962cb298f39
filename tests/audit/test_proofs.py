"""Proofs leave the house as files that anybody checks with tools nobody here wrote."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import metamorphic_log
import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from audit import services
from audit.log_folder import LogFolder
from audit.models import Checkpoint, Event
from audit.signer import Signer
from config import roles
from tests.audit.conftest import NIGHT
from tests.scene import as_owner

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])
HOUR = timedelta(hours=1)
SIZES = (300, 301, 700)


@pytest.fixture(autouse=True)
def a_public_log(settings: Settings, log_folder: LogFolder, signer: Signer, record: Callable[[int], list[int]]) -> None:
    settings.LOG_DIR = log_folder.folder
    before = 0
    for size in SIZES:
        record(size - before)
        before = size
        services.seal(now=NIGHT, log_folder=log_folder, signer=signer)
    services.set_disclosure(election="kz-2023", figures_public_from=timezone.now() - HOUR)


@dataclass(frozen=True)
class ProofFile:
    entry: bytes
    index: int
    path: list[bytes]
    checkpoint: str


def read_proof(text: str) -> ProofFile:
    """Read a `.tlog-proof` as its specification says, by nothing of ours."""
    proof, checkpoint = text.split("\n\n", 1)
    first, extra, index, *path = proof.split("\n")
    assert first == "c2sp.org/tlog-proof@v1"
    assert extra.startswith("extra ")
    assert index.startswith("index ")
    return ProofFile(base64.b64decode(extra[6:]), int(index[6:]), [base64.b64decode(line) for line in path], checkpoint)


def assert_proves(text: str, signer: Signer) -> ProofFile:
    proof = read_proof(text)
    leaf = sha256(b"\x00" + proof.entry).digest()
    vkeys = [str(signer.verifier_key)]
    metamorphic_log.checkpoint_verify_inclusion(proof.checkpoint, vkeys, proof.index, leaf, proof.path)
    return proof


@pytest.mark.parametrize("index", [0, 255, 256, 299, 300, 699])
def test_any_entry_is_proven_by_a_file_that_holds_the_entry_itself(client: Client, signer: Signer, index: int) -> None:
    answer = client.get(f"/api/v1/log/proof/{index}")
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="entry-{index}.tlog-proof"'
    proof = assert_proves(answer.content.decode(), signer)
    assert (proof.index, proof.entry) == (index, bytes(Event.objects.get(log_index__index=index).entry))
    assert proof.checkpoint.split("\n")[1] == "700"


def test_an_entry_is_proven_against_an_older_checkpoint_too(client: Client, signer: Signer) -> None:
    answer = client.get("/api/v1/log/proof/3?size=301")
    assert assert_proves(answer.content.decode(), signer).checkpoint.split("\n")[1] == "301"
    assert client.get("/api/v1/log/proof/3?size=302").status_code == 404
    assert client.get("/api/v1/log/proof/301?size=301").status_code == 404


def test_what_is_not_in_the_log_is_not_proven(client: Client) -> None:
    for index in (700, 2**53, 2**70):
        answer = client.get(f"/api/v1/log/proof/{index}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    bad = client.get("/api/v1/log/proof/3?size=many")
    assert (bad.status_code, bad.json()["code"]) == (400, "bad_parameter")


def test_growth_between_any_two_checkpoints_is_proven(client: Client, signer: Signer) -> None:
    vkeys = [str(signer.verifier_key)]
    for older in SIZES:
        for newer in SIZES:
            answer = client.get(f"/api/v1/log/consistency/{older}/{newer}")
            if older > newer:
                assert answer.status_code == 404
                continue
            found = answer.json()
            path = [base64.b64decode(each) for each in found["path"]]
            metamorphic_log.checkpoint_verify_consistency(found["old_checkpoint"], found["checkpoint"], vkeys, path)
    assert client.get("/api/v1/log/consistency/299/300").status_code == 404


def test_proofs_are_made_where_the_folder_is_gone(
    client: Client, signer: Signer, settings: Settings, tmp_path: Path
) -> None:
    settings.LOG_DIR = tmp_path / "nothing"
    assert_proves(client.get("/api/v1/log/proof/299").content.decode(), signer)
    assert client.get("/api/v1/log/consistency/300/700").status_code == 200


def test_before_figures_are_public_nothing_is_proven_to_anybody(client: Client) -> None:
    services.set_disclosure(election="kz-2023", figures_public_from=timezone.now() + HOUR)
    for address in ("proof/3", "consistency/300/700"):
        answer = client.get(f"/api/v1/log/{address}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_public_yet")
        assert answer["Cache-Control"] == "no-store"
    assert len(client.get("/api/v1/log/checkpoints").json()["checkpoints"]) == 3


def test_a_changed_entry_or_tile_is_not_proven_but_told(client: Client, log_folder: LogFolder) -> None:
    with as_owner() as cursor:
        cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER audit_event_immutable")
        cursor.execute("UPDATE audit_event SET entry = 'x' WHERE id = (SELECT min(id) FROM audit_event)")
        cursor.execute("ALTER TABLE audit_event ENABLE TRIGGER audit_event_immutable")
        cursor.execute(f"SET ROLE {roles.APP}")
    answer = client.get("/api/v1/log/proof/0")
    assert (answer.status_code, answer.json()["code"]) == (503, "log_disagrees")
    tile = log_folder.folder / "tile" / "0" / "001"
    tile.write_bytes(bytes(len(tile.read_bytes())))
    assert client.get("/api/v1/log/proof/300").status_code == 503


def test_checkpoints_are_listed_the_largest_first(client: Client) -> None:
    found = client.get("/api/v1/log/checkpoints").json()
    assert [each["size"] for each in found["checkpoints"]] == [700, 301, 300]
    assert found["checkpoints"][0]["checkpoint"] == Checkpoint.objects.get(size=700).note
    assert [each["size"] for each in client.get("/api/v1/log/checkpoints?before=301").json()["checkpoints"]] == [300]
