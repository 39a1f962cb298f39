"""What the demo's commissions attach: a drawing of the paper that is taken like any photograph."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.demo.photographs import photograph
from tallies.domain.photographs import MediaType
from tallies.photographs.examination import examined
from tests import scene
from tests.packages import valid_figures
from tests.tallies.photographs import pictures

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def country(tmp_path: Path) -> None:
    scene.load(tmp_path / "package", regions=1, districts=1, stations=1)


def test_the_drawing_is_taken_as_a_photograph_of_one_page(tmp_path: Path) -> None:
    content = photograph("list", "r1-d1-s1", valid_figures())
    with examined(pictures.written(tmp_path, content)) as found:
        assert found.media_type is MediaType.JPEG
        assert len(found.copies) == 1


def test_it_shows_the_figures_it_was_given() -> None:
    figures = valid_figures()
    assert photograph("list", "r1-d1-s1", figures) != photograph("list", "r1-d1-s1", {**figures, "votes:a": 999})


def test_there_is_no_paper_where_none_is_owed() -> None:
    with pytest.raises(LookupError):
        photograph("list", "nowhere", valid_figures())
