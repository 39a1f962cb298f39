"""Whoever looks at a protocol takes its proof along."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from django.test import Client

from audit.models import Event
from stations.models import Election
from tests import scene
from tests.audit.test_proofs import read_proof
from tests.packages import valid_figures
from tests.results import evening

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])
PROOF = "/api/v1/log/proof/list/r1-d1-s1"


@pytest.fixture
def election(folder: Path) -> Election:
    election = scene.load(folder / "package", live_public=True)
    scene.submit()
    evening.seal_log(folder)
    return election


def entry(kind: str) -> bytes:
    return bytes(Event.objects.get(kind=kind).entry)


def test_the_proof_of_a_protocol_is_of_the_record_that_put_it_in_force(election: Election) -> None:
    answer = Client().get(PROOF)
    assert answer.status_code == 200
    assert read_proof(answer.content.decode()).entry == entry("protocol.accepted")


def test_each_version_has_its_own_proof(election: Election, folder: Path) -> None:
    scene.decide("correct", figures=valid_figures({"a": 200, "b": 160, "c": 60, "against_all": 20}))
    assert Client().get(f"{PROOF}?version=2").status_code == 404
    evening.seal_log(folder)
    for version, kind in ((1, "protocol.accepted"), (2, "protocol.corrected")):
        answer = Client().get(f"{PROOF}?version={version}")
        assert read_proof(answer.content.decode()).entry == entry(kind)
    assert read_proof(Client().get(PROOF).content.decode()).entry == entry("protocol.corrected")


@pytest.mark.parametrize("place", ["list/r1-d1-s2", "list/nowhere", "nothing/r1-d1-s1", "list/r1", "list/kz"])
def test_where_no_protocol_is_there_is_no_proof(election: Election, place: str) -> None:
    answer = Client().get(f"/api/v1/log/proof/{place}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_pages_of_a_protocol_and_of_a_receipt_lead_to_the_proof(election: Election) -> None:
    event = Event.objects.get(kind="protocol.accepted")
    address = f'href="/api/v1/log/proof/{event.log_index.index}"'
    assert address in Client().get("/en/results/list/r1-d1-s1/").content.decode()
    receipt = f"/en/check/list/r1-d1-s1/{read_hash(event)}/"
    assert address in Client().get(receipt).content.decode()


def read_hash(event: Event) -> str:
    return sha256(bytes(event.entry)).hexdigest()
