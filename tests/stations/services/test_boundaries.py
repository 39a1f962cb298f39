"""Boundaries make a map of the tiles, all or nothing, and bad ones are named by their feature."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from stations.models import AreaOutline, Election
from stations.services.boundaries import BoundariesRefused, load_boundaries
from tests import scene

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def election(tmp_path: Path) -> Election:
    return scene.load(tmp_path / "package")


def feature(code: str, left: float = 60.0) -> dict[str, Any]:
    ring = [[left, 40], [left + 1, 40], [left + 1, 41], [left, 41], [left, 40]]
    return {
        "type": "Feature",
        "properties": {"code": code},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def written(folder: Path, *features: object) -> Path:
    path = folder / "boundaries.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_areas_get_outlines_and_those_that_are_missing_beside_them_are_named(
    election: Election, tmp_path: Path
) -> None:
    report = load_boundaries(election=election, path=written(tmp_path, feature("r1"), feature("r2-d1", 61)))
    assert report.drawn == 2
    assert report.without == ["r2", "r2-d2"]


def test_loading_again_replaces_what_was_there(election: Election, tmp_path: Path) -> None:
    load_boundaries(election=election, path=written(tmp_path, feature("r1"), feature("r2", 61)))
    load_boundaries(election=election, path=written(tmp_path, feature("r1")))
    assert list(AreaOutline.objects.values_list("area__code", flat=True)) == ["r1"]


def test_everything_that_is_wrong_is_named_and_nothing_changes(election: Election, tmp_path: Path) -> None:
    load_boundaries(election=election, path=written(tmp_path, feature("r1")))
    bad = feature("r2") | {"geometry": None}
    with pytest.raises(BoundariesRefused) as refusal:
        load_boundaries(
            election=election, path=written(tmp_path, feature("r1"), bad, feature("r1"), feature("moon"), "x")
        )
    assert refusal.value.problems == [
        "Feature 2 (r2): it has no geometry",
        "Feature 3 (r1): an earlier feature has this code",
        "Feature 4 (moon): the election has no area with this code",
        "Feature 5 (no code): the election has no area with this code",
    ]
    assert AreaOutline.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "this is not JSON"),
        ("[]", "no GeoJSON FeatureCollection"),
        ('{"features": []}', "no GeoJSON FeatureCollection"),
    ],
)
def test_a_file_of_another_kind_is_refused(election: Election, tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "other.geojson"
    path.write_text(content)
    with pytest.raises(CommandError, match=problem):
        call_command("load_boundaries", path)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_boundaries", tmp_path / "nothing.geojson")
