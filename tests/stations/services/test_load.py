"""An election is loaded whole, once, or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from audit.domain.actor import SYSTEM
from audit.models import Disclosure, Event
from stations.domain.check_sets import LANGUAGES
from stations.models import Area, Ballot, Candidate, Choice, Contest, Election, FormCheck, Station
from stations.selectors import contest_by_code, contest_form
from stations.services import LoadReport, PackageRefused, load_election
from stations.services.packages import package_path
from tests.packages import LISTS, valid_figures, write_package, write_table, zip_package

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db


def load(package: Path) -> LoadReport:
    return load_election(package=package, by=SYSTEM, now=NOW)


def test_an_election_is_loaded_with_everything_in_its_place(tmp_path: Path) -> None:
    report = load(write_package(tmp_path / "package"))
    election = Election.objects.get(pk=report.election_id)
    assert report.loaded
    assert report.counts == {
        "areas": 7, "stations": 12, "contests": 2, "choices": 7, "candidates": 0, "ballots": 24,
    }  # fmt: skip
    assert (election.code, election.synthetic, election.turnout_hours) == ("test-2026", True, ["10:00", "12:00"])
    assert election.opens_at == dt.datetime(2026, 3, 19, 2, tzinfo=dt.UTC)
    station = Station.objects.select_related("area__parent__parent").get(code="r2-d1-s3")
    assert station.area.parent is not None
    assert (station.area.code, station.area.parent.code) == ("r2-d1", "r2")
    assert station.time_zone == "Asia/Almaty"
    assert list(Choice.objects.filter(contest__code="list").order_by("position").values_list("code", flat=True)) == [
        *LISTS
    ]
    assert Ballot.objects.filter(station=station).count() == 2


def test_valid_figures_pass_every_check_of_the_form(tmp_path: Path) -> None:
    load(write_package(tmp_path / "package"))
    form = contest_form(contest_by_code("list").pk)
    figures = form.layout.array(valid_figures())
    assert len(form.checks) == FormCheck.objects.count() == 12
    assert [check.code for check in form.checks if check.violations(figures)] == []
    wrong = form.layout.array({**valid_figures(), "ballots_unused": 0})
    assert [check.code for check in form.checks if check.violations(wrong)] == ["E201"]


def test_ballots_name_areas_or_single_stations(tmp_path: Path) -> None:
    package = write_package(tmp_path / "package")
    write_table(
        package / "ballots.csv",
        ("contest", "area_or_station"),
        [("list", "r1"), ("list", "r1-d1-s1"), ("list", "r2-d2-s3"), ("okrug", "r2-d1")],
    )
    load(package)
    voting = Ballot.objects.order_by("station__code").values_list("contest__code", "station__code")
    assert {code for contest, code in voting if contest == "list"} == {
        *(f"r1-d{district}-s{number}" for district in (1, 2) for number in (1, 2, 3)),
        "r2-d2-s3",
    }
    assert {code for contest, code in voting if contest == "okrug"} == {"r2-d1-s1", "r2-d1-s2", "r2-d1-s3"}


def test_lists_may_come_with_their_candidates(tmp_path: Path) -> None:
    package = write_package(tmp_path / "package")
    write_table(
        package / "candidates.csv",
        ("contest", "choice", "position", "name_en", "name_kk", "name_ru"),
        [("list", "a", 2, "B", "Б", "Б"), ("list", "a", 1, "A", "Ә", "А")],
    )
    load(package)
    assert list(Candidate.objects.order_by("position").values_list("name_kk", "choice__code")) == [
        ("Ә", "a"),
        ("Б", "a"),
    ]


def test_a_load_is_logged_with_the_hash_of_the_package_that_is_kept(tmp_path: Path) -> None:
    report = load(write_package(tmp_path / "package"))
    event = Event.objects.get(kind="election.loaded")
    entry = json.loads(bytes(event.entry))
    assert entry["election"] == "test-2026"
    assert entry["body"]["package_sha256"] == report.package_sha256
    assert entry["body"]["counts"]["stations"] == 12
    kept = package_path(report.package_sha256).read_bytes()
    assert hashlib.sha256(kept).hexdigest() == report.package_sha256
    disclosure = Disclosure.objects.get(election="test-2026")
    assert disclosure.figures_public_from == dt.datetime(2026, 3, 19, 15, tzinfo=dt.UTC)


def test_the_same_package_again_changes_nothing(tmp_path: Path) -> None:
    package = write_package(tmp_path / "package")
    first = load(package)
    rows = _rows()
    second = load(zip_package(package, tmp_path / "package.zip"))
    assert (second.loaded, second.election_id, second.touched) == (False, first.election_id, ())
    assert _rows() == rows
    assert Event.objects.count() == 1


def test_another_package_of_a_loaded_election_is_refused(tmp_path: Path) -> None:
    load(write_package(tmp_path / "package"))
    rows = _rows()
    with pytest.raises(PackageRefused, match=r"election\.toml:1:code: .*Change it with amend_election"):
        load(write_package(tmp_path / "other", stations=4))
    assert _rows() == rows


def test_two_elections_live_side_by_side(tmp_path: Path) -> None:
    load(write_package(tmp_path / "one"))
    load(write_package(tmp_path / "two", code="test-2027", date="2027-03-19"))
    assert Station.objects.filter(code="r1-d1-s1").count() == 2
    assert contest_by_code("list").election.code == "test-2027"


def test_a_refused_package_leaves_nothing_behind(tmp_path: Path) -> None:
    package = write_package(tmp_path / "package")
    with (package / "ballots.csv").open("a") as file:
        file.write("list,nowhere\n")
    with pytest.raises(PackageRefused):
        load(package)
    assert _rows() == dict.fromkeys(_rows(), 0)
    assert not list((tmp_path / "data").glob("**/*.zip"))


def test_a_load_that_fails_late_leaves_nothing_behind(tmp_path: Path) -> None:
    package = write_package(tmp_path / "package")
    with pytest.raises(DatabaseError), transaction.atomic():
        load(package)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
    assert _rows() == dict.fromkeys(_rows(), 0)
    assert load(package).loaded


def test_the_tallies_that_begin_are_named(tmp_path: Path) -> None:
    report = load(write_package(tmp_path / "package"))
    districts = set(Area.objects.filter(level="district").values_list("id", flat=True))
    contests = set(Contest.objects.values_list("id", flat=True))
    assert set(report.touched) == {(contest, district) for contest in contests for district in districts}


def test_names_may_be_written_as_tables_and_lines_inside_the_form(tmp_path: Path) -> None:
    package = write_package(tmp_path / "package", contests=("list",))
    (package / "election.toml").write_text(INLINE, encoding="utf-8")
    load(package)
    assert Election.objects.get().name_kk == "Сайлау"
    form = contest_form(contest_by_code("list").pk)
    assert form.layout.lines == ("issued", "absentee")
    assert form.layout.may_be_absent == {"absentee"}
    assert form.checks[0].messages["ru"] == "Больше"
    assert form.checks[0].laws == dict.fromkeys(LANGUAGES, "Article 43"), "one text stands for every language"


def test_a_law_is_named_in_each_language(tmp_path: Path) -> None:
    load(write_package(tmp_path / "package", contests=("list",), quota=30))
    (check, *_others) = contest_form(contest_by_code("list").pk).checks
    assert check.laws == {"en": "Article 43", "kk": "43-бап", "ru": "статья 43"}
    (quota,) = Election.objects.get().quotas
    assert (quota["law_en"], quota["law_kk"], quota["law_ru"]) == ("Article 89", "89-бап", "статья 89")


def test_a_problem_inside_an_inline_line_is_told_with_its_line(tmp_path: Path) -> None:
    package = write_package(tmp_path / "package", contests=("list",))
    text = INLINE.replace('code = "absentee", name', 'code = "absentee", nome')
    (package / "election.toml").write_text(text, encoding="utf-8")
    with pytest.raises(PackageRefused) as refused:
        load(package)
    assert ("election.toml", 12, "nome") in [(row.file, row.line, row.column) for row in refused.value.problems]


def test_a_load_takes_few_statements_whatever_its_size(
    tmp_path: Path, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    package = write_package(tmp_path / "package", stations=50)
    with django_assert_max_num_queries(30):
        load(package)


def test_after_a_load_the_planner_knows_how_many_stations_there_are(tmp_path: Path) -> None:
    load(write_package(tmp_path / "package"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'stations_station'")
        assert cursor.fetchone() == (12,)


def _rows() -> dict[str, int]:
    models = (Election, Area, Station, Contest, Choice, Ballot, FormCheck, Event, Disclosure)
    return {model.__name__: model._default_manager.count() for model in models}


INLINE = """\
code = "inline"
date = "2026-03-19"
time_zone = "Asia/Almaty"
opens_at = 2026-03-19T07:00:00
figures_public_from = "2026-03-19T20:00:00+05:00"
turnout_hours = [10:00:00, 12:00:00]
name = { en = "Election", kk = "Сайлау", ru = "Выборы" }
[[form]]
code = "protocol"
lines = [
  { code = "issued", name = { en = "Issued", kk = "Берілді", ru = "Выдано" } },
  { code = "absentee", name = { en = "Absentee", kk = "Сырттай", ru = "Открепительные" }, optional = true },
]
[[form.check]]
code = "E1"
severity = "error"
rule = "absentee <= issued"
legal_reference = "Article 43"
[form.check.message]
en = "More"
kk = "Артық"
ru = "Больше"
"""
