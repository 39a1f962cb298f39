"""Every way a package can be wrong is told with its file, line, column and a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from stations.package.problems import PackageRefused
from stations.package.reading import read_package
from tests.packages import write_package

Damage = Callable[[Path], None]


def replaced(file: str, old: str, new: str) -> Damage:
    def damage(package: Path) -> None:
        text = (package / file).read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        (package / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return damage


def added(file: str, line: str) -> Damage:
    def damage(package: Path) -> None:
        with (package / file).open("a", encoding="utf-8") as text:
            text.write(line + "\n")

    return damage


def removed(file: str, pattern: str) -> Damage:
    def damage(package: Path) -> None:
        lines = (package / file).read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not re.match(pattern, line)]
        assert len(kept) < len(lines), f"nothing in {file} matches {pattern}"
        (package / file).write_text("".join(kept), encoding="utf-8")

    return damage


def without_column(file: str, column: str) -> Damage:
    def damage(package: Path) -> None:
        rows = [line.split(",") for line in (package / file).read_text(encoding="utf-8").splitlines()]
        place = rows[0].index(column)
        lines = [",".join(cell for index, cell in enumerate(row) if index != place) for row in rows]
        (package / file).write_text("\n".join(lines), encoding="utf-8")

    return damage


def bytes_replaced(file: str, old: bytes, new: bytes) -> Damage:
    def damage(package: Path) -> None:
        content = (package / file).read_bytes()
        assert old in content
        (package / file).write_bytes(content.replace(old, new, 1))

    return damage


def renamed(file: str, to: str) -> Damage:
    def damage(package: Path) -> None:
        (package / file).rename(package / to)

    return damage


def separated_by_semicolons(package: Path) -> None:
    text = (package / "stations.csv").read_text(encoding="utf-8")
    (package / "stations.csv").write_text(text.replace(",", ";"), encoding="utf-8")


STATION = "s9,r1-d1,A,B,C,10"
CASES: list[tuple[str, Damage, tuple[str, int, str], str]] = [
    ("unknown parent", replaced("areas.csv", "r2,kz", "r2,kx"), ("areas.csv", 4, "parent"), "no area kx"),
    ("no parent", replaced("areas.csv", "r2,kz", "r2,"), ("areas.csv", 4, "parent"), "only the nation has none"),
    ("nation with parent", replaced("areas.csv", "kz,,", "kz,r1,"), ("areas.csv", 2, "parent"), "nation has no parent"),
    ("cycle", replaced("areas.csv", "r2,kz", "r2,r2-d1"), ("areas.csv", 4, "parent"), "lead back to itself"),
    ("wrong level of parent", replaced("areas.csv", "r1-d1,r1", "r1-d1,kz"), ("areas.csv", 5, "parent"), "is a nation"),
    ("unknown level", replaced("areas.csv", "r2,kz,region", "r2,kz,regoin"), ("areas.csv", 4, "level"), "mean region?"),
    ("second nation", added("areas.csv", "n2,,nation,nation,A,B,C"), ("areas.csv", 9, "level"), "second nation"),
    (
        "double area",
        added("areas.csv", "r1,kz,region,region,A,B,C"),
        ("areas.csv", 9, "code"),
        "twice, first on line 3",
    ),
    ("tile that is no number", replaced("areas.csv", "name_ru", "name_ru,tile_x"), ("areas.csv", 2, ""), "7 cells"),
    ("no nation", replaced("areas.csv", "kz,,nation", "kz,,region"), ("areas.csv", 0, "level"), "level nation"),
    (
        "double station",
        added("stations.csv", "r1-d1-s1,r1-d1,A,B,C,1"),
        ("stations.csv", 14, "code"),
        "first on line 2",
    ),
    ("clash of codes", added("stations.csv", "r1,r1-d1,A,B,C,1"), ("stations.csv", 14, "code"), "code of an area"),
    ("station in a region", added("stations.csv", "s9,r1,A,B,C,1"), ("stations.csv", 14, "area"), "lies in a district"),
    ("station nowhere", added("stations.csv", "s9,r7,A,B,C,1"), ("stations.csv", 14, "area"), "no area r7"),
    ("station without area", added("stations.csv", "s9,,A,B,C,1"), ("stations.csv", 14, "area"), "must not be empty"),
    ("no code", added("stations.csv", ",r1-d1,A,B,C,1"), ("stations.csv", 14, "code"), "code is missing"),
    ("strange code", added("stations.csv", "учаске,r1-d1,A,B,C,1"), ("stations.csv", 14, "code"), "cannot be a code"),
    ("path as code", added("stations.csv", "../x,r1-d1,A,B,C,1"), ("stations.csv", 14, "code"), "cannot be a code"),
    ("long code", added("stations.csv", f"{'s' * 65},r1-d1,A,B,C,1"), ("stations.csv", 14, "code"), "longer than 64"),
    ("missing name", added("stations.csv", "s9,r1-d1,A,,C,1"), ("stations.csv", 14, "name_kk"), "name is missing"),
    ("long name", added("stations.csv", f"s9,r1-d1,A,{'B' * 301},C,1"), ("stations.csv", 14, "name_kk"), "than 300"),
    ("line break", added("stations.csv", 's9,r1-d1,A,"B\nB",C,1'), ("stations.csv", 14, "name_kk"), "line break"),
    ("negative", added("stations.csv", "s9,r1-d1,A,B,C,-1"), ("stations.csv", 14, "registered_voters"), "negative"),
    (
        "fraction",
        added("stations.csv", "s9,r1-d1,A,B,C,1.5"),
        ("stations.csv", 14, "registered_voters"),
        "whole number",
    ),
    ("other digits", added("stations.csv", "s9,r1-d1,A,B,C,٣"), ("stations.csv", 14, "registered_voters"), "whole"),
    ("empty number", added("stations.csv", "s9,r1-d1,A,B,C,"), ("stations.csv", 14, "registered_voters"), "is missing"),
    (
        "too large",
        added("stations.csv", "s9,r1-d1,A,B,C,2147483648"),
        ("stations.csv", 14, "registered_voters"),
        "at most 2147483647",
    ),
    ("short row", added("stations.csv", "s9,r1-d1,A,B,C"), ("stations.csv", 14, ""), "5 cells"),
    ("long row", added("stations.csv", STATION + ",x"), ("stations.csv", 14, ""), "7 cells"),
    ("open quote", added("stations.csv", 's9,r1-d1,"A,B,C,1'), ("stations.csv", 14, ""), "cannot be read"),
    (
        "wrong encoding",
        bytes_replaced("stations.csv", "r1-d1-s2 (қазақша)".encode(), "учаске".encode("cp1251")),
        ("stations.csv", 3, ""),
        "not UTF-8",
    ),
    ("NUL byte", bytes_replaced("stations.csv", b"r1-d1-s2", b"r1-d1-\0s2"), ("stations.csv", 3, ""), "NUL byte"),
    ("missing column", without_column("stations.csv", "area"), ("stations.csv", 1, "area"), "area is missing"),
    (
        "unknown column",
        replaced("stations.csv", "registered_voters", "registred_voters"),
        ("stations.csv", 1, "registred_voters"),
        "Did you mean registered_voters?",
    ),
    ("doubled column", replaced("stations.csv", "name_ru", "name_kk"), ("stations.csv", 1, "name_kk"), "twice"),
    ("semicolons", separated_by_semicolons, ("stations.csv", 1, ""), "by commas"),
    ("missing file", lambda package: (package / "ballots.csv").unlink(), ("ballots.csv", 0, ""), "is missing"),
    ("misspelt file", renamed("ballots.csv", "ballot.csv"), ("ballot.csv", 0, ""), "Did you mean ballots.csv?"),
    ("contest kind", replaced("contests.csv", "party_list", "party-list"), ("contests.csv", 2, "kind"), "party_list?"),
    ("no kind", replaced("contests.csv", "party_list", ""), ("contests.csv", 2, "kind"), "must not be empty"),
    ("method", replaced("contests.csv", "hare-kz", "d'hondt"), ("contests.csv", 2, "method"), "mean dhondt?"),
    ("threshold", replaced("contests.csv", ",5,", ",101,"), ("contests.csv", 2, "threshold_percent"), "0 to 100"),
    ("threshold in words", replaced("contests.csv", ",5,", ",5%,"), ("contests.csv", 2, "threshold_percent"), "number"),
    ("fine threshold", replaced("contests.csv", ",5,", ",5.0001,"), ("contests.csv", 2, "threshold_percent"), "three"),
    ("no seats", replaced("contests.csv", "list,10,", "list,0,"), ("contests.csv", 2, "seats"), "at least 1"),
    ("unknown form", replaced("contests.csv", "protocol", "protokol"), ("contests.csv", 2, "form"), "no form protokol"),
    ("entry mode", replaced("contests.csv", "single", "triple"), ("contests.csv", 2, "entry"), "use one of"),
    ("no ballots", removed("ballots.csv", "list,"), ("contests.csv", 2, "code"), "No area or station"),
    ("no lists", removed("choices.csv", "list,.*,list,"), ("contests.csv", 2, "kind"), "no lists"),
    ("no candidates", removed("choices.csv", "okrug,.*,candidate,"), ("contests.csv", 3, "kind"), "no candidates"),
    (
        "against all twice",
        added("choices.csv", "okrug,none,against_all,A,B,C,,"),
        ("contests.csv", 3, "kind"),
        "more than once",
    ),
    ("choice of no contest", added("choices.csv", "lst,z,list,A,B,C,9,"), ("choices.csv", 9, "contest"), "contest lst"),
    ("double choice", added("choices.csv", "list,a,list,A,B,C,9,"), ("choices.csv", 9, "code"), "first on line 2"),
    ("strange choice", added("choices.csv", "list,a b,list,A,B,C,9,"), ("choices.csv", 9, "code"), "cannot be a code"),
    ("choice kind", added("choices.csv", "list,z,party,A,B,C,9,"), ("choices.csv", 9, "kind"), "not known here"),
    ("person on a list", added("choices.csv", "list,z,candidate,A,B,C,9,"), ("choices.csv", 9, "kind"), "party_list"),
    (
        "no order",
        added("choices.csv", "list,z,list,A,B,C,first,"),
        ("choices.csv", 9, "registration_order"),
        "not a whole number",
    ),
    ("ballot of no contest", added("ballots.csv", "lst,kz"), ("ballots.csv", 4, "contest"), "no contest lst"),
    ("ballot nowhere", added("ballots.csv", "list,r7"), ("ballots.csv", 4, "area_or_station"), "no area or station r7"),
    ("double ballot", added("ballots.csv", "list,kz"), ("ballots.csv", 4, "area_or_station"), "first on line 2"),
    ("bad TOML", replaced("election.toml", 'code = "test', "code = test"), ("election.toml", 1, "8"), "as TOML"),
    ("no code of election", removed("election.toml", 'code = "test'), ("election.toml", 1, "code"), "code is missing"),
    ("bad date", replaced("election.toml", "2026-03-19\n", '"19.03.2026"\n'), ("election.toml", 2, "date"), "a date"),
    (
        "time zone",
        replaced("election.toml", "Asia/Almaty", "Asia/Alma"),
        ("election.toml", 3, "time_zone"),
        "Asia/Alma",
    ),
    ("path as time zone", replaced("election.toml", "Asia/Almaty", "../x"), ("election.toml", 3, "time_zone"), "../x"),
    ("no Kazakh name", removed("election.toml", "name_kk = .Test"), ("election.toml", 1, "name_kk"), "is missing"),
    (
        "no opening",
        replaced("election.toml", "opens_at = 2026", 'opens_at = "soon" # 2026'),
        ("election.toml", 7, "opens_at"),
        "date and time",
    ),
    ("truth in quotes", replaced("election.toml", "= true", '= "true"'), ("election.toml", 10, "synthetic"), "true or"),
    ("hours", replaced("election.toml", '"10:00", ', '"25:00", '), ("election.toml", 11, "turnout_hours"), "hours"),
    (
        "hours backwards",
        replaced("election.toml", '"10:00"', '"13:00"'),
        ("election.toml", 11, "turnout_hours"),
        "follow",
    ),
    (
        "unknown key",
        replaced("election.toml", "synthetic", "synthetics"),
        ("election.toml", 10, "synthetics"),
        "synthetic?",
    ),
    (
        "line code",
        replaced("election.toml", '"ballots_unused"', '"Unused"'),
        ("election.toml", 61, "code"),
        "of a line",
    ),
    (
        "reserved line",
        replaced("election.toml", '"ballots_unused"', '"votes_total"'),
        ("election.toml", 61, "code"),
        "line",
    ),
    (
        "double line",
        replaced("election.toml", 'code = "ballots_unused"', 'code = "ballots_found"'),
        ("election.toml", 68, "code"),
        "stands in this form twice",
    ),
    (
        "check of an unknown line",
        replaced("election.toml", "ballots_issued + ballots_unused", "ballots_issued + ballots_unusd"),
        ("election.toml", 91, "rule"),
        "The form has no line ballots_unusd. (Character 38 of the rule.)",
    ),
    (
        "check of one contest's choice",
        replaced("election.toml", "votes_total == ballots_valid", "votes:a <= ballots_valid"),
        ("election.toml", 118, "rule"),
        "Not every contest with this form has the choice a",
    ),
    (
        "days beyond a year",
        replaced("election.toml", "days_to_final = 10", "days_to_final = 366"),
        ("election.toml", 13, "days_to_final"),
        "from 0 to 365",
    ),
    (
        "no Kazakh law",
        replaced("election.toml", 'kk = "43-бап", ', ""),
        ("election.toml", 95, "law"),
        "law_kk is missing",
    ),
    (
        "law in one language of three",
        replaced("election.toml", "law = {", "law_ru = 'статья 43' # {"),
        ("election.toml", 88, "law_en"),
        "law_en is missing",
    ),
    (
        "law in four languages",
        replaced("election.toml", 'kk = "43-бап"', 'kk = "43-бап", kz = "43-бап"'),
        ("election.toml", 95, "law"),
        "kz is not one of",
    ),
    (
        "long law",
        replaced("election.toml", "law = {", f"law = {'A' * 301!r} # {{"),
        ("election.toml", 95, "law"),
        "than 300",
    ),
    ("severity", replaced("election.toml", '"error"', '"eror"'), ("election.toml", 90, "severity"), "mean error?"),
]


@pytest.mark.parametrize(("damage", "place", "words"), [pytest.param(*case[1:], id=case[0]) for case in CASES])
def test_a_wrong_package_is_refused_with_the_place(
    tmp_path: Path, damage: Damage, place: tuple[str, int, str], words: str
) -> None:
    package = write_package(tmp_path)
    damage(package)
    with pytest.raises(PackageRefused) as refused:
        read_package(package)
    told = [(problem.file, problem.line, problem.column) for problem in refused.value.problems]
    assert place in told
    sentences = [problem.sentence for problem in refused.value.problems if place == _place(problem)]
    assert any(words in sentence for sentence in sentences), sentences


def _place(problem: object) -> tuple[str, int, str]:
    return (problem.file, problem.line, problem.column)  # type: ignore[attr-defined]


def test_one_run_tells_all_problems_of_all_files(tmp_path: Path) -> None:
    package = write_package(tmp_path)
    wrong = [
        added("stations.csv", "s9,r7,A,B,C,-1"),
        added("choices.csv", "lst,z,list,A,B,C,9,"),
        replaced("areas.csv", "r2,kz", "r2,kx"),
        replaced("election.toml", "ballots_issued + ballots_unused", "ballots_issued + ballots_unusd"),
    ]
    for damage in wrong:
        damage(package)
    with pytest.raises(PackageRefused) as refused:
        read_package(package)
    assert [(problem.file, problem.line, problem.column) for problem in refused.value.problems] == [
        ("areas.csv", 4, "parent"),
        ("choices.csv", 9, "contest"),
        ("election.toml", 91, "rule"),
        ("stations.csv", 14, "registered_voters"),
        ("stations.csv", 14, "area"),
    ]


def test_a_missing_column_is_told_once_and_not_for_every_row(tmp_path: Path) -> None:
    package = write_package(tmp_path)
    without_column("areas.csv", "code")(package)
    with pytest.raises(PackageRefused) as refused:
        read_package(package)
    assert [str(problem) for problem in refused.value.problems] == ["areas.csv:1:code: The column code is missing."]
