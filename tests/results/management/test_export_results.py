"""`export_results` writes whole files of what was published, or says in a sentence why it cannot."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from frictionless import validate
from jsonschema import Draft4Validator  # type: ignore[import-untyped]

from tests import scene
from tests.results.exports.published import PublishedNight
from tests.results.exports.test_nist import SCHEMA

pytestmark = pytest.mark.django_db(transaction=True)


def export(out: Path, *arguments: str) -> str:
    printed = io.StringIO()
    call_command("export_results", "--out", str(out), *arguments, stdout=printed)
    return printed.getvalue()


def test_a_csv_holds_the_bulletin_down_to_each_station(night: PublishedNight, tmp_path: Path) -> None:
    printed = export(tmp_path / "out", "--contest", "list", "--format", "csv")
    path = tmp_path / "out" / "test-2026.list.bulletin-1.csv"
    assert str(path) in printed
    rows = list(csv.DictReader(io.StringIO(path.read_text(), newline="")))
    votes = {(row["level"], row["area"]): row["value"] for row in rows if row["code"] == "votes:a"}
    assert votes["nation", "kz"] == "720"
    assert votes["station", "r1-d1-s1"] == "240"
    assert {row["synthetic"] for row in rows} == {"yes"}


@pytest.mark.parametrize("contest", ["list", "all"])
def test_nist_json_is_valid_by_the_schema(night: PublishedNight, tmp_path: Path, contest: str) -> None:
    export(tmp_path, "--contest", contest, "--format", "nist-json")
    report = json.loads((tmp_path / f"test-2026.{contest}.bulletin-1.nist.json").read_text())
    assert len(report["Election"][0]["Contest"]) == (2 if contest == "all" else 1)
    if not SCHEMA.exists():
        pytest.skip("the schema is not here; NIST_SCHEMA names the file")
    Draft4Validator(json.loads(SCHEMA.read_text())).validate(report)


def test_an_older_bulletin_and_the_tallies_of_this_moment_can_be_asked_for(
    night: PublishedNight, tmp_path: Path
) -> None:
    export(tmp_path, "--contest", "list", "--format", "csv", "--bulletin", "1")
    export(tmp_path, "--contest", "list", "--format", "csv", "--live")
    assert {path.name for path in tmp_path.glob("*[01e].csv")} >= {
        "test-2026.list.bulletin-1.csv",
        "test-2026.list.live.csv",
    }


def test_the_same_export_again_gives_the_same_bytes(night: PublishedNight, tmp_path: Path) -> None:
    for folder in ("first", "second"):
        export(tmp_path / folder, "--contest", "all", "--format", "nist-json")
    first, second = (
        (tmp_path / folder / "test-2026.all.bulletin-1.nist.json").read_bytes() for folder in ("first", "second")
    )
    assert first == second


def test_what_cannot_be_exported_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No election is loaded yet"):
        export(tmp_path, "--contest", "all", "--format", "csv")
    scene.load(tmp_path / "package", regions=1, districts=1, stations=1)
    with pytest.raises(CommandError, match="There is no contest nowhere"):
        export(tmp_path, "--contest", "nowhere", "--format", "csv")
    with pytest.raises(CommandError, match="Nothing of test-2026 was published yet"):
        export(tmp_path, "--contest", "list", "--format", "csv")
    with pytest.raises(CommandError, match="test-2026 has no bulletin 7"):
        export(tmp_path, "--contest", "list", "--format", "csv", "--bulletin", "7")
    with pytest.raises(CommandError, match="invalid choice: 'doc'"):
        export(tmp_path, "--contest", "list", "--format", "doc")
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="cannot be written"):
        export(tmp_path / "file", "--contest", "list", "--format", "csv", "--live")
    assert not list(tmp_path.glob("*.csv"))


@pytest.mark.parametrize("chosen", ["xlsx", "pdf"])
def test_workbook_and_print_come_in_the_language_asked_for(night: PublishedNight, tmp_path: Path, chosen: str) -> None:
    export(tmp_path, "--contest", "all", "--format", chosen, "--language", "all")
    assert {path.name for path in tmp_path.glob("test-2026.*")} == {
        f"test-2026.all.bulletin-1.{language}.{chosen}" for language in ("kk", "ru", "en")
    }


def test_the_tidy_csv_comes_with_a_data_package_that_is_valid(night: PublishedNight, tmp_path: Path) -> None:
    export(tmp_path, "--contest", "all", "--format", "csv")
    assert validate(str(tmp_path / "datapackage.json")).flatten(["type", "message"]) == []
