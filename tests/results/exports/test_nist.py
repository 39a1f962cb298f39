"""The report is what NIST SP 1500-100 says, and its numbers are the result's."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator  # type: ignore[import-untyped]

from results.exports import nist
from results.exports.model import ExportedResult, SnapshotKind, StationState
from tests.results.exports import sample

ALL_STATES = (StationState.REPORTED, StationState.HELD, StationState.ANNULLED, StationState.MISSING)
SCHEMA = Path(
    os.environ.get("NIST_SCHEMA")
    or Path(__file__).resolve().parents[4] / "shared/standards/NIST_V2_election_results_reporting.json"
)

SITUATIONS = {
    "a bulletin of the whole country": sample.result(),
    "a bulletin in the middle of the night": sample.result(states=ALL_STATES),
    "nothing has come in yet": sample.result(states=(StationState.MISSING,)),
    "areas only": sample.result(with_stations=False),
    "two contests, synthetic": sample.result(plurality=True, synthetic=True),
    "two contests, areas only": sample.result(plurality=True, with_stations=False),
    "the final result": sample.result(kind=SnapshotKind.FINAL, plurality=True),
    "a live tally": sample.result(kind=SnapshotKind.LIVE),
    "codes in other letters": sample.result(codes="ауд. ", plurality=True),
}
every_situation = pytest.mark.parametrize("result", SITUATIONS.values(), ids=SITUATIONS.keys())


def objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from objects(each)
    elif isinstance(value, list):
        for each in value:
            yield from objects(each)


def votes_by_unit(report: dict[str, Any], contest: int = 0) -> dict[str, dict[str, int]]:
    votes: dict[str, dict[str, int]] = {}
    for selection in report["Election"][0]["Contest"][contest]["ContestSelection"]:
        for count in selection["VoteCounts"]:
            if count["Type"] == "total":
                votes.setdefault(count["GpUnitId"], {})[selection["@id"]] = count["Count"]
    return votes


@every_situation
def test_a_report_is_valid_by_the_schema(result: ExportedResult) -> None:
    if not SCHEMA.exists():
        pytest.skip("the schema is not here; NIST_SCHEMA names the file")
    schema = json.loads(SCHEMA.read_text())
    report = json.loads(json.dumps(nist.report(result)))
    assert [error.message for error in Draft4Validator(schema).iter_errors(report)] == []


@every_situation
def test_every_reference_is_to_the_right_kind_of_thing(result: ExportedResult) -> None:
    if not SCHEMA.exists():
        pytest.skip("the schema is not here; NIST_SCHEMA names the file")
    definitions = json.loads(SCHEMA.read_text())["definitions"]
    report = nist.report(result)
    kinds = {each["@id"]: each["@type"] for each in objects(report) if "@id" in each}
    for each in objects(report):
        for name, rule in definitions[each["@type"]]["properties"].items():
            allowed = rule.get("refTypes") or rule.get("items", {}).get("refTypes")
            if allowed and name in each:
                references = each[name] if isinstance(each[name], list) else [each[name]]
                assert {kinds[reference] for reference in references} <= set(allowed)


@every_situation
def test_every_identifier_is_unique_and_every_reference_resolves(result: ExportedResult) -> None:
    report = nist.report(result)
    identifiers = [each["@id"] for each in objects(report) if "@id" in each]
    assert len(identifiers) == len(set(identifiers))
    for each in objects(report):
        for name, value in each.items():
            if name.endswith(("Id", "Ids")) and name not in ("@id", "VendorApplicationId"):
                references = value if isinstance(value, list) else [value]
                assert set(references) <= set(identifiers), name


@every_situation
def test_the_votes_of_an_area_are_the_sum_of_the_units_it_is_made_of(result: ExportedResult) -> None:
    report = nist.report(result)
    for number in range(len(result.contests)):
        votes = votes_by_unit(report, number)
        for unit in report["GpUnit"]:
            if unit["@id"].startswith("constituency.") and unit["@id"] not in votes:
                continue  # another contest's
            parts = [votes[part] for part in unit.get("ComposingGpUnitIds", []) if part in votes]
            if parts:
                summed = {choice: sum(part.get(choice, 0) for part in parts) for choice in parts[0]}
                assert votes[unit["@id"]] == summed


@pytest.mark.parametrize(
    ("kind", "states", "status"),
    [
        (SnapshotKind.FINAL, (StationState.REPORTED, StationState.ANNULLED), "certified"),
        (SnapshotKind.BULLETIN, (StationState.REPORTED,), "unofficial-complete"),
        (SnapshotKind.BULLETIN, (StationState.REPORTED, StationState.ANNULLED), "unofficial-complete"),
        (SnapshotKind.BULLETIN, (StationState.REPORTED, StationState.HELD), "unofficial-partial"),
        (SnapshotKind.BULLETIN, (StationState.REPORTED, StationState.MISSING), "unofficial-partial"),
        (SnapshotKind.LIVE, (StationState.MISSING,), "unofficial-partial"),
        (SnapshotKind.LIVE, (StationState.REPORTED,), "unofficial-complete"),
    ],
)
def test_the_status_says_how_official_and_how_complete_it_is(
    kind: SnapshotKind, states: tuple[StationState, ...], status: str
) -> None:
    assert nist.report(sample.result(kind=kind, states=states))["Status"] == status


def test_a_station_without_a_protocol_in_force_has_no_votes() -> None:
    result = sample.result(states=ALL_STATES)
    votes = votes_by_unit(nist.report(result))
    for station in result.contests[0].stations:
        assert (f"unit.{station.station}" in votes) == (station.state is StationState.REPORTED)


def test_stations_of_stations_are_counted_on_the_units_of_a_single_contest() -> None:
    report = nist.report(sample.result(states=ALL_STATES))
    nation = report["GpUnit"][0]
    assert (nation["Type"], nation["TotalSubUnits"], nation["SubUnitsReported"]) == ("country", 40, 10)
    assert nation["CountStatus"][0]["Status"] == "in-process"
    contest = report["Election"][0]["Contest"][0]
    assert (contest["TotalSubUnits"], contest["SubUnitsReported"]) == (40, 10)


def test_seats_are_counts_of_the_whole_electorate() -> None:
    report = nist.report(sample.result(kind=SnapshotKind.FINAL, plurality=True))
    lists, constituency = report["Election"][0]["Contest"]
    seats = {
        selection["@id"]: count["Count"]
        for contest in (lists, constituency)
        for selection in contest["ContestSelection"]
        for count in selection["VoteCounts"]
        if count["Type"] == "seats"
    }
    assert seats == {
        "selection.mazhilis.amanat": 7,
        "selection.mazhilis.auyl": 2,
        "selection.okrug-1.1": 1,
        "selection.okrug-1.2": 0,
        "selection.okrug-1.3": 0,
    }
    assert lists["ElectionDistrictId"] == "unit.kz"
    assert constituency["ElectionDistrictId"] == "constituency.okrug-1"


def test_a_constituency_is_the_unit_of_its_own_stations() -> None:
    report = nist.report(sample.result(plurality=True))
    unit = next(unit for unit in report["GpUnit"] if unit["@id"] == "constituency.okrug-1")
    assert unit["OtherType"] == "constituency"
    assert len(unit["ComposingGpUnitIds"]) == 40
    votes = votes_by_unit(report, 1)
    assert votes["constituency.okrug-1"] == votes["unit.kz"]


def test_only_a_final_result_names_winners() -> None:
    def outcomes(kind: SnapshotKind) -> list[str | None]:
        report = nist.report(sample.result(kind=kind, plurality=True))
        return [candidate.get("PostElectionStatus") for candidate in report["Election"][0]["Candidate"]]

    assert outcomes(SnapshotKind.FINAL) == ["winner", "defeated", "defeated"]
    assert outcomes(SnapshotKind.BULLETIN) == [None, None, None]


def test_a_candidate_of_a_listed_party_points_to_it() -> None:
    report = nist.report(sample.result(plurality=True))
    candidates = report["Election"][0]["Candidate"]
    parties = {party["@id"]: party["Name"]["Text"][0]["Content"] for party in report["Party"]}
    assert candidates[0]["PartyId"] == "party.amanat"
    assert parties[candidates[1]["PartyId"]] == "Жаңа партия"
    assert "PartyId" not in candidates[2]
    assert len(parties) == 3


def test_the_report_says_what_it_stands_on() -> None:
    report = nist.report(sample.result(synthetic=True))
    assert report["GeneratedDate"] == "2023-03-20T01:02:03Z"
    assert "bulletin 3" in report["Notes"]
    assert "checkpoint of size 70000" in report["Notes"]
    assert "synthetic" in report["Notes"]
    assert report["IsTest"] is True
    assert report["ExternalIdentifier"][0]["Value"] == "cm9vdA=="
    assert "IsTest" not in nist.report(sample.result())


def test_ballots_are_counted_where_one_contest_speaks() -> None:
    result = sample.result()
    report = nist.report(result)
    counts = {count["GpUnitId"]: count for count in report["Election"][0]["BallotCounts"]}
    total = result.contests[0].total.figures
    assert counts["unit.kz"]["BallotsCast"] == total["ballots_found"]
    assert counts["unit.kz"]["BallotsRejected"] == total["ballots_invalid"]
    assert nist.report(sample.result(plurality=True))["Election"][0]["BallotCounts"] == []


def test_the_same_result_gives_the_same_report() -> None:
    assert json.dumps(nist.report(sample.result())) == json.dumps(nist.report(sample.result()))
