"""The workbook opens, holds numbers as numbers and text as text, and its rows add up."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from results.exports import workbook
from results.exports.model import ExportedResult, StationState
from tests.results.exports import sample

LANGUAGES = ("kk", "ru", "en")


def book(result: ExportedResult, language: str = "en") -> Workbook:
    return load_workbook(io.BytesIO(written(result, language)))


def written(result: ExportedResult, language: str = "en") -> bytes:
    file = io.BytesIO()
    workbook.write(result, file, language=language)
    return file.getvalue()


def rows(found: Workbook, title: str) -> list[dict[str, Any]]:
    head, *rest = found[title].iter_rows(values_only=True)
    return [dict(zip([str(name) for name in head], row, strict=True)) for row in rest]


def test_a_contest_has_a_sheet_for_each_level_with_a_header_that_stays() -> None:
    found = book(sample.result())
    assert found.sheetnames == ["Notes", "Contests", "Nation", "Regions", "Districts", "Stations"]
    for title in found.sheetnames[1:]:
        assert found[title].freeze_panes == "C2"
        assert found[title].auto_filter.ref


def test_the_stations_of_a_district_add_up_to_its_row_and_districts_to_the_nation() -> None:
    found = book(sample.result())
    stations, districts = rows(found, "Stations"), rows(found, "Districts")
    for district in districts:
        beneath = [row for row in stations if row["District"] == district["Name"]]
        assert beneath
        assert sum(row["Amanat"] for row in beneath) == district["Amanat"]
    (national,) = [row["Figure"] for row in rows(found, "Nation") if row["Line or choice"] == "Amanat"]
    assert sum(row["Amanat"] for row in districts) == national
    assert isinstance(national, int)


def test_a_station_without_a_protocol_in_force_has_its_state_and_no_figures() -> None:
    found = book(sample.result(states=(StationState.REPORTED, StationState.HELD)))
    by_state = {row["Protocol"]: row for row in rows(found, "Stations")}
    assert by_state["held"]["Amanat"] is None
    assert isinstance(by_state["in force"]["Amanat"], int)


def test_contests_that_do_not_cover_the_country_share_sheets_and_number_their_choices() -> None:
    result = sample.result(plurality=True)
    lists, constituency = result.contests
    found = book(replace(result, contests=(lists, constituency, replace(constituency, code="okrug-2"))))
    assert "Stations 1" in found.sheetnames
    assert "Stations (others)" in found.sheetnames
    assert "Votes: number 4" in rows(found, "Stations (others)")[0]


def test_text_that_looks_like_a_formula_stays_text() -> None:
    found = book(sample.result(codes="=1+"))
    cells = [cell for row in found["Stations"].iter_rows() for cell in row]
    assert any(str(cell.value).startswith("=1+") for cell in cells)
    assert all(cell.data_type != "f" for cell in cells)


def test_the_notes_say_what_the_figures_are() -> None:
    found = book(sample.result(synthetic=True))
    said = " ".join(str(cell) for row in found["Notes"].iter_rows(values_only=True) for cell in row if cell)
    assert "Bulletin 3. Preliminary result." in said
    assert "Synthetic data" in said
    assert "log checkpoint" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_are_in_the_language_asked_for_and_the_bytes_are_the_same_again(language: str) -> None:
    found = book(sample.result(), language)
    names = {str(row[1]) for row in found.worksheets[3].iter_rows(min_row=2, values_only=True)}
    ending = {"kk": "(қаз.)", "ru": "(рус.)"}.get(language, "")
    assert all(name.endswith(ending) for name in names)
    assert written(sample.result(), language) == written(sample.result(), language)
