"""The worked example of "bring your own country": nothing lost, nothing guessed."""

from __future__ import annotations

import csv
import os
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from bench.georgia_2016 import LINES, OddInput, convert

CHECKOUT = Path(__file__).resolve().parents[2]
TABLE = Path(
    os.environ.get("GEORGIA_2016_CSV") or CHECKOUT.parent / "shared" / "data" / "georgia-2016" / "precincts.csv"
)
HEADER = [
    *("region", "district_id", "precinct_id", "possible voters", "special voters", "ballots signed for"),
    *("num ballots", "invalid votes", "valid votes", "5 - Ours - People's Party", "41 - Georgian Dream"),
]
PLAIN = ["", "01", "01.01", "900", "10", "500", "880", "20", "480", "180", "300"]
ABROAD = ["", "00", "87.01", "0", "100", "60", "150", "0", "60", "20", "41"]


def table(folder: Path, *rows: list[str], header: list[str] | None = None) -> Path:
    path = folder / "precincts.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header or HEADER, *rows])
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_table_becomes_a_package_and_a_protocol_file(tmp_path: Path) -> None:
    package, protocols = convert(table(tmp_path, PLAIN, ABROAD), tmp_path / "out")
    assert {row["code"]: row["parent"] for row in rows(package / "areas.csv")} == {
        "ge": "",
        "ge-home": "ge",
        "ge-abroad": "ge",
        "00": "ge-abroad",
        "01": "ge-home",
    }
    assert [(row["code"], row["registered_voters"], row["abroad"]) for row in rows(package / "stations.csv")] == [
        ("01.01", "900", "false"),
        ("87.01", "0", "true"),
    ]
    assert [row["code"] for row in rows(package / "choices.csv")] == ["ours-peoples-party", "georgian-dream"]
    assert rows(protocols)[0] == {
        "station": "01.01",
        "voters_on_list": "900",
        "voters_on_added_lists": "10",
        "ballots_received": "880",
        "ballots_issued": "500",
        "ballots_invalid": "20",
        "valid_by_subtraction": "480",
        "votes:ours-peoples-party": "180",
        "votes:georgian-dream": "300",
    }


def test_everything_has_a_name_in_three_languages(tmp_path: Path) -> None:
    package, _ = convert(table(tmp_path, PLAIN, ABROAD), tmp_path / "out")
    for name in ("areas", "stations", "contests", "choices"):
        for row in rows(package / f"{name}.csv"):
            assert all(row[f"name_{language}"] for language in ("en", "kk", "ru"))


def test_a_check_of_that_country_never_refuses_a_row(tmp_path: Path) -> None:
    package, _ = convert(table(tmp_path, PLAIN), tmp_path / "out")
    [form] = tomllib.loads((package / "election.toml").read_text(encoding="utf-8"))["form"]
    assert {check["severity"] for check in form["check"]} == {"warning"}
    assert [line["code"] for line in form["lines"]] == list(LINES.values())


@pytest.mark.parametrize("odd", ["", "-3", "12.5", "n/a", "1 200", "٣"])
def test_a_figure_without_a_plain_meaning_stops_the_conversion_with_its_place(tmp_path: Path, odd: str) -> None:
    broken = [*PLAIN]
    broken[7] = odd
    with pytest.raises(OddInput, match=r"line 3, column “invalid votes”"):
        convert(table(tmp_path, ABROAD, broken), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_repeated_precinct_stops_the_conversion(tmp_path: Path) -> None:
    with pytest.raises(OddInput, match=r"01\.01 stands in an earlier line"):
        convert(table(tmp_path, PLAIN, PLAIN), tmp_path / "out")


def test_a_missing_column_stops_the_conversion(tmp_path: Path) -> None:
    header = ["signed" if column == "ballots signed for" else column for column in HEADER]
    with pytest.raises(OddInput, match=r"line 1, column “ballots signed for”: the column is missing"):
        convert(table(tmp_path, PLAIN, header=header), tmp_path / "out")


@pytest.mark.skipif(not TABLE.exists(), reason="the table of precincts is not part of this repository")
def test_the_real_table_keeps_its_published_totals(tmp_path: Path) -> None:
    package, protocols = convert(TABLE, tmp_path)
    stations = rows(package / "stations.csv")
    assert len(stations) == len({row["code"] for row in stations}) == 3668
    assert len({row["area"] for row in stations}) == 74
    assert len(rows(package / "choices.csv")) == 25
    totals: Counter[str] = Counter()
    against_signatures: Counter[str] = Counter()
    for row in rows(protocols):
        figures = {code: int(text) for code, text in row.items() if code != "station"}
        votes = sum(count for code, count in figures.items() if code.startswith("votes:"))
        totals.update(figures, votes=votes)
        excess = votes + figures["ballots_invalid"] - figures["ballots_issued"]
        against_signatures["more" if excess > 0 else "fewer" if excess < 0 else "equal"] += 1
    assert totals["voters_on_list"] == sum(int(row["registered_voters"]) for row in stations) == 3_490_608
    assert totals["voters_on_added_lists"] == 82_905
    assert totals["ballots_issued"] == 1_816_097
    assert totals["ballots_received"] == 3_272_549
    assert totals["ballots_invalid"] == 62_575
    assert totals["votes"] == 1_751_506
    assert totals["votes:georgian-dream"] == 852_576
    assert totals["votes:united-national-movement"] == 473_906
    assert totals["votes:alliance-of-patriots"] == 87_573
    assert against_signatures == {"equal": 2635, "fewer": 908, "more": 125}
