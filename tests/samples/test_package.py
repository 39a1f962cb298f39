"""The sample package: whole, real in its names, exact in its sums, the same every time."""

from __future__ import annotations

import csv
import hashlib
import os
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from samples.kz_2023.facts import districts, regions
from samples.kz_2023.generate import write_package
from tests.samples.rules import form

CHECKOUT = Path(__file__).resolve().parents[2]
Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_package(tmp_path_factory.mktemp("package"))


def rows(package: Path, name: str) -> Rows:
    with (package / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def beneath(package: Path) -> dict[str, set[str]]:
    """Of every area and station, the stations it stands for."""
    parents = {row["code"]: row["parent"] for row in rows(package, "areas")}
    found: dict[str, set[str]] = {}
    for station in rows(package, "stations"):
        place = station["code"]
        found[place] = {station["code"]}
        place = station["area"]
        while place:
            found.setdefault(place, set()).add(station["code"])
            place = parents[place]
    return found


def test_another_process_writes_the_same_bytes(package: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    subprocess.run(
        [sys.executable, "-m", "samples.kz_2023.generate", str(tmp_path / "again")],
        cwd=CHECKOUT,
        env=environment,
        check=True,
    )
    assert digests(tmp_path / "again") == digests(package)


def test_the_country_has_its_areas_and_stations(package: Path) -> None:
    areas = rows(package, "areas")
    assert Counter(row["level"] for row in areas) == {"nation": 1, "region": 21, "district": 222}
    assert Counter(row["kind"] for row in areas if row["level"] == "district") == {
        "city": 37,
        "district": 166,
        "city_district": 18,
        "abroad": 1,
    }
    assert {row["kato"] for row in _known_codes()} <= {row["code"] for row in areas}
    assert len(rows(package, "stations")) == 10_233


def _known_codes() -> list[dict[str, str]]:
    return [{"kato": district.kato} for district in districts() if district.kato]


def test_stations_and_voters_add_up_to_each_regions_facts(package: Path) -> None:
    stations = {row["code"]: int(row["registered_voters"]) for row in rows(package, "stations")}
    places = beneath(package)
    for region in regions():
        assert len(places[region.code]) == region.stations
        assert sum(stations[code] for code in places[region.code]) == region.registered_voters
    assert sum(stations.values()) == 12_035_578
    assert max(stations.values()) <= 3000
    assert min(stations.values()) > 0


def test_every_district_has_stations(package: Path) -> None:
    places = beneath(package)
    assert all(places.get(row["code"]) for row in rows(package, "areas"))


@pytest.mark.parametrize("table", ["areas", "stations", "contests", "choices"])
def test_everything_has_a_name_in_three_languages(package: Path, table: str) -> None:
    for row in rows(package, table):
        assert all(row[f"name_{language}"].strip() for language in ("en", "kk", "ru")), row


def test_areas_and_stations_share_one_namespace_without_a_clash(package: Path) -> None:
    codes = [row["code"] for name in ("areas", "stations") for row in rows(package, name)]
    assert len(codes) == len(set(codes))


def test_parents_stand_before_their_children(package: Path) -> None:
    seen = {""}
    for row in rows(package, "areas"):
        assert row["parent"] in seen
        seen.add(row["code"])


def test_regions_lie_on_tiles_of_their_own(package: Path) -> None:
    tiles = [(row["tile_x"], row["tile_y"]) for row in rows(package, "areas") if row["level"] == "region"]
    assert all(x and y for x, y in tiles)
    assert len(set(tiles)) == 21


def test_five_western_regions_close_an_hour_later(package: Path) -> None:
    stations = rows(package, "stations")
    assert all(ZoneInfo(row["time_zone"]).key for row in stations)
    elsewhere = {row["code"][:2] for row in stations if row["time_zone"] != "Asia/Almaty"}
    assert elsewhere == {"15", "23", "27", "43", "47", "99"}


def test_contests_are_those_of_the_day(package: Path) -> None:
    contests = rows(package, "contests")
    assert len({row["code"] for row in contests}) == len(contests)
    mazhilis = contests[0]
    assert (mazhilis["code"], mazhilis["seats"], mazhilis["threshold_percent"], mazhilis["method"]) == (
        "mazhilis-list",
        "69",
        "5",
        "hare-kz",
    )
    series = Counter(row["code"].split("-")[0] + "-" + row["code"].split("-")[1] for row in contests)
    assert series["mazhilis-okrug"] == 29
    assert series["maslikhat-list"] == 20
    assert all(row["seats"] == "1" for row in contests if row["kind"] == "plurality")


def test_two_people_key_the_constituencies_of_the_mazhilis_and_one_everything_else(package: Path) -> None:
    twice = {row["code"] for row in rows(package, "contests") if row["entry"] == "double"}
    assert twice == {row["code"] for row in rows(package, "contests") if row["code"].startswith("mazhilis-okrug-")}


def test_a_voter_has_five_ballots_four_in_the_three_cities_and_two_abroad(package: Path) -> None:
    places = beneath(package)
    ballots: Counter[str] = Counter()
    pairs = set()
    for row in rows(package, "ballots"):
        for station in places[row["area_or_station"]]:
            assert (row["contest"], station) not in pairs
            pairs.add((row["contest"], station))
            ballots[station] += 1
    expected = {"71": 4, "75": 4, "79": 4, "99": 2}
    assert all(count == expected.get(station[:2], 5) for station, count in ballots.items())
    assert len(ballots) == 10_233
    assert len(pairs) == 49_694


def test_a_station_votes_in_one_constituency_of_each_kind(package: Path) -> None:
    places = beneath(package)
    kinds = Counter(
        (station, row["contest"].split("-okrug-")[0])
        for row in rows(package, "ballots")
        if "-okrug-" in row["contest"]
        for station in places[row["area_or_station"]]
    )
    assert set(kinds.values()) == {1}


def test_constituencies_of_a_region_hold_nearly_equal_numbers_of_voters(package: Path) -> None:
    voters = {row["code"]: int(row["registered_voters"]) for row in rows(package, "stations")}
    places = beneath(package)
    sizes: Counter[str] = Counter()
    for row in rows(package, "ballots"):
        if row["contest"].startswith("mazhilis-okrug-") and row["area_or_station"] != "99":
            sizes[row["contest"]] += sum(voters[station] for station in places[row["area_or_station"]])
    for region in regions():
        of_region = [sizes[f"mazhilis-okrug-{number:02}"] for number in region.mazhilis_okrugs]
        if region.code != "99":
            assert max(of_region) - min(of_region) <= 3000


def test_every_contest_may_be_voted_against(package: Path) -> None:
    against = [row["contest"] for row in rows(package, "choices") if row["kind"] == "against_all"]
    assert sorted(against) == sorted(row["code"] for row in rows(package, "contests"))


def test_choices_are_unique_and_registered_in_order(package: Path) -> None:
    choices = rows(package, "choices")
    assert len({(row["contest"], row["code"]) for row in choices}) == len(choices)
    for contest in rows(package, "contests")[:60]:
        orders = [row["registration_order"] for row in choices if row["contest"] == contest["code"]]
        assert orders == [*(str(order) for order in range(1, len(orders))), ""]


def test_invented_candidates_say_so(package: Path) -> None:
    for row in rows(package, "choices"):
        if row["kind"] == "candidate":
            assert "invented" in row["name_en"]
            assert "ойдан шығарылған" in row["name_kk"]
            assert "вымышленный" in row["name_ru"]


def test_the_election_says_it_is_synthetic(package: Path) -> None:
    election = tomllib.loads((package / "election.toml").read_text(encoding="utf-8"))
    assert election["synthetic"] is True
    assert election["code"] == "kz-2023"
    assert election["opens_at"].isoformat() == "2023-03-19T07:00:00+06:00"


def test_lines_and_checks_speak_three_languages_and_name_their_law() -> None:
    assert all(line[f"name_{language}"] for line in form()["lines"] for language in ("en", "kk", "ru"))
    for check in form()["check"]:
        assert all(check[f"message_{language}"] for language in ("en", "kk", "ru"))
        assert "Article" in check["law_en"] and "заңның" in check["law_kk"] and "закон" in check["law_ru"]
        assert check["code"][0] == {"error": "E", "warning": "W"}[check["severity"]]


def test_codes_of_lines_and_checks_are_unique() -> None:
    for part in ("lines", "check"):
        codes = [each["code"] for each in form()[part]]
        assert len(codes) == len(set(codes))
