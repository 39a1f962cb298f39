"""A published result is corrected by a new edition; the old one stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from results.publication.selectors import newest
from stations.models import Election
from tests import scene
from tests.packages import valid_figures
from tests.results import evening

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])


def read(address: str) -> str:
    answer = Client().get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_a_new_edition_takes_the_place_of_the_old_one_which_stays(folder: Path) -> None:
    election = scene.load(folder / "package", regions=1, districts=1, stations=2, contests=("list",))
    evening.everybody_sends(("list",))
    first = evening.final(election, folder)
    assert "A later edition took its place" not in read("/en/final/1/")
    scene.decide("correct", "r1-d1-s1", figures=valid_figures({"a": 200, "b": 160, "c": 60, "against_all": 20}))
    assert newest(election) == first  # What was published stays until another edition is.
    second = evening.final(election, folder)
    assert newest(election) == second
    assert "A later edition took its place" in read("/en/final/1/")
    assert "A later edition took its place" not in read("/en/final/")
    assert ">481<" in read("/en/final/1/results/list/r1/")
    assert ">441<" in read("/en/final/results/list/r1/")
    listed = read("/en/bulletins/")
    assert "/en/final/1/" in listed
    assert "edition 2" in listed


def test_an_edition_that_nobody_approved_is_not_there(folder: Path, election: Election) -> None:
    assert Client().get("/en/final/1/").status_code == 404


@pytest.fixture
def election(folder: Path) -> Election:
    return scene.load(folder / "package", regions=1, districts=1, stations=1, contests=("list",))
