"""The API of results: figures as they are, as they were, and never what is not public."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import Checkpoint
from stations.models import Election
from tests import scene
from tests.packages import valid_figures
from tests.results import evening

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])


@pytest.fixture
def election(folder: Path) -> Election:
    return scene.load(folder / "package", live_public=True)


def read(address: str, status: int = 200) -> dict[str, Any]:
    answer = Client().get(f"/api/v1/{address}")
    assert answer.status_code == status, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_live_figures_of_a_place(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    evening.seal_log(folder)
    for place, expected in (("kz", 12), ("r1", 6), ("r1-d1", 3), ("r1-d1-s1", 1)):
        assert read(f"results/list/{place}/") == {
            "contest": "list",
            "area": place,
            "as_of": None,
            "status": "live",
            "synthetic": True,
            "training": False,
            "stations": {"expected": expected, "reported": 1, "held": 0, "annulled": 0},
            "figures": valid_figures(),
        }


def test_as_of_a_log_size_gives_what_stood_then(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    first = evening.seal_log(folder)
    scene.submit("r1-d1-s2")
    scene.decide("annul", "r1-d1-s1")
    second = evening.seal_log(folder)
    assert first and second
    then = read(f"results/list/kz/?as_of={first.size}")
    assert (then["as_of"], then["status"], then["stations"]["reported"]) == (first.size, "as_of", 1)
    assert then["figures"]["votes:a"] == 240
    now = read(f"results/list/kz/?as_of={second.size}")
    assert now["stations"] == {"expected": 12, "reported": 1, "held": 0, "annulled": 1}
    assert read("results/list/kz/?as_of=0")["stations"]["reported"] == 0


def test_as_of_a_moment_is_as_of_the_last_checkpoint_by_then(election: Election, folder: Path) -> None:
    scene.submit("r1-d1-s1")
    first = evening.seal_log(folder)
    scene.submit("r1-d1-s2")
    evening.seal_log(folder)
    assert first
    at = first.signed_at.isoformat().replace("+", "%2B")
    assert read(f"results/list/kz/?as_of={at}")["as_of"] == first.size
    before = (first.signed_at - timedelta(seconds=1)).isoformat().replace("+", "%2B")
    assert read(f"results/list/kz/?as_of={before}", 404)["code"] == "nothing_published"


def test_a_size_the_log_has_not_reached_is_not_published(election: Election, folder: Path) -> None:
    evening.seal_log(folder)
    size = Checkpoint.objects.latest("size").size
    assert read(f"results/list/kz/?as_of={size + 1}", 404)["code"] == "nothing_published"


@pytest.mark.parametrize("as_of", ["", "yesterday", "-1", "2026-03-19", "2026-03-19T20:00:00", "9" * 20, "1e3", "%00"])
def test_an_as_of_that_cannot_be_read_is_a_bad_request(election: Election, as_of: str) -> None:
    refusal = read(f"results/list/kz/?as_of={as_of}", 400)
    assert refusal["code"] == "bad_parameter"
    assert list(refusal["fields"]) == ["as_of"]


@pytest.mark.parametrize("address", ["nothing/kz", "list/nothing", "list/%00", "%00/kz", "list/r1'"])
def test_unknown_codes_are_not_found(election: Election, address: str) -> None:
    refusal = read(f"results/{address}/", 404)
    assert refusal["code"] == "not_found"
    assert set(refusal) == {"code", "message", "fields"}


def test_before_the_law_allows_it_nothing_is_said(folder: Path) -> None:
    scene.load(folder / "package", live_public=True, figures_public_from="2099-03-19T20:00:00+05:00")
    scene.submit("r1-d1-s1")
    checkpoint = evening.seal_log(folder)
    assert checkpoint
    for query in ("", f"?as_of={checkpoint.size}"):
        refusal = read(f"results/list/kz/{query}", 404)
        assert refusal["code"] == "not_public_yet"
        assert "figures" not in refusal


def test_without_live_figures_the_last_bulletin_answers(folder: Path) -> None:
    election = scene.load(folder / "package")
    scene.submit("r1-d1-s1")
    assert read("results/list/kz/", 404)["code"] == "nothing_published"
    snapshot = evening.bulletin(election, folder)
    scene.submit("r1-d1-s2")
    evening.seal_log(folder)
    shown = read("results/list/kz/")
    assert (shown["status"], shown["as_of"], shown["stations"]["reported"]) == ("bulletin", snapshot.checkpoint_id, 1)
    assert read("results/list/r1-d1-s2/")["stations"]["reported"] == 0


def test_the_final_result_answers_from_its_approval_on(folder: Path) -> None:
    election = scene.load(folder / "package", regions=1, districts=1, stations=2, live_public=True)
    evening.everybody_sends()
    snapshot = evening.final(election, folder)
    shown = read("results/list/kz/")
    assert (shown["status"], shown["as_of"]) == ("final", snapshot.checkpoint_id)


def test_figures_of_a_held_protocol_are_never_told(election: Election, folder: Path) -> None:
    scene.hold("r1-d1-s1")
    checkpoint = evening.seal_log(folder)
    assert checkpoint
    for place in ("kz", "r1-d1-s1"):
        for query in ("", f"?as_of={checkpoint.size}"):
            shown = read(f"results/list/{place}/{query}")
            assert shown["stations"]["held"] == 1
            assert set(shown["figures"].values()) == {0}


def test_a_kept_answer_costs_one_statement(election: Election, folder: Path) -> None:
    evening.bulletin(election, folder)
    read("results/list/r1/")
    with CaptureQueriesContext(connections["reader"]) as reads, CaptureQueriesContext(connections["default"]) as others:
        read("results/list/r1/")
    assert (len(reads), len(others)) == (1, 0)


def test_the_registry_is_listed(election: Election) -> None:
    assert [row["code"] for row in read("elections/")["results"]] == ["test-2026"]
    assert [row["code"] for row in read("contests/")["results"]] == ["list", "okrug"]
    areas = read("areas/")
    assert (areas["count"], areas["results"][0]["code"], areas["results"][0]["parent"]) == (7, "kz", None)
    stations = read("stations/?limit=2&offset=1")
    assert stations["count"] == 12
    assert [row["code"] for row in stations["results"]] == ["r1-d1-s2", "r1-d1-s3"]
    assert stations["results"][0]["area"] == "r1-d1"
    assert read("contests/?election=another")["results"] == []


@pytest.mark.parametrize("query", ["limit=0x1", "limit=-1", "limit=5001", "offset=x", "election=%00"])
def test_a_parameter_that_cannot_be_read_is_named(election: Election, query: str) -> None:
    refusal = read(f"stations/?{query}", 400)
    assert list(refusal["fields"]) == [query.partition("=")[0]]


def test_the_lists_are_empty_before_an_election_is_loaded() -> None:
    for name in ("elections", "contests", "areas", "stations"):
        assert read(f"{name}/") == {"count": 0, "results": []}


def test_the_description_covers_every_public_route() -> None:
    described = Client().get("/api/v1/schema/?format=json").json()
    lists = {f"/api/v1/{name}/" for name in ("elections", "contests", "areas", "stations")}
    assert lists | {"/api/v1/results/{contest}/{area}/", "/api/v1/protocols/"} <= set(described["paths"])
