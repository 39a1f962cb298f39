"""The data package is what its description says: checked by the Frictionless tools themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from frictionless import Package, validate

from results.exports.formats import write_files
from results.exports.model import ExportedResult, SnapshotKind, StationState
from tests.results.exports import sample

ALL_STATES = (StationState.REPORTED, StationState.HELD, StationState.ANNULLED, StationState.MISSING)
SITUATIONS = {
    "a bulletin": sample.result(),
    "in the middle of the night, two contests": sample.result(states=ALL_STATES, plurality=True, synthetic=True),
    "the final result": sample.result(kind=SnapshotKind.FINAL, plurality=True),
    "areas only": sample.result(with_stations=False),
    "a live tally": sample.result(kind=SnapshotKind.LIVE),
    "codes that look like formulas": sample.result(codes="=cmd|"),
}


@pytest.mark.parametrize("result", SITUATIONS.values(), ids=SITUATIONS.keys())
def test_the_package_is_valid_and_every_code_leads_somewhere(result: ExportedResult, tmp_path: Path) -> None:
    write_files(result, "all", tmp_path, "csv", "kk")
    report = validate(str(tmp_path / "datapackage.json"))
    assert report.flatten(["title", "type", "rowNumber", "message"]) == []


def test_a_code_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    """The check above can fail."""
    write_files(sample.result(), "all", tmp_path, "csv", "kk")
    package = Package(str(tmp_path / "datapackage.json"))
    places = tmp_path / str(package.get_resource("places").path)
    places.write_text("\n".join(places.read_text().splitlines()[:-1]) + "\n")
    assert not validate(str(tmp_path / "datapackage.json")).valid


def test_it_names_the_snapshot_the_licence_and_the_hash_of_each_table(tmp_path: Path) -> None:
    sizes = write_files(sample.result(synthetic=True), "all", tmp_path, "csv", "kk")
    said = json.loads((tmp_path / "datapackage.json").read_text())
    assert said["snapshot"] == "bulletin 3"
    assert said["status"] == "preliminary"
    assert said["synthetic"] is True
    assert said["as_of"]["size"]
    assert said["licenses"][0]["name"] == "CC-BY-4.0"
    assert {resource["path"]: resource["bytes"] for resource in said["resources"]} | {
        "datapackage.json": sizes["datapackage.json"]
    } == sizes
