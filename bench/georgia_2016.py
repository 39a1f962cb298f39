"""Bring your own country: Georgia's parliamentary election of 8 October 2016, from a table of precincts.

    python -m bench.georgia_2016 PRECINCTS_CSV OUT_DIR

writes `OUT_DIR/package/` for `load_election` and `OUT_DIR/protocols.csv` for
`import_protocols OUT_DIR/protocols.csv --contest parliament-list --reason …`. The table is the public data set of
JumpStart Georgia (repository ForSetGeorgia/Georgian-Election-Data, `2016_official_parl_party.csv`, MIT licence); it
is read from the path given and is no part of this repository.

This is a worked example. Whoever brings a table of another country answers the same questions:

Which areas?  The table names districts only by number and leaves the region empty, but a package needs a region
    between nation and district. Two are invented: `ge-home`, and `ge-abroad` for district 00, whose stations lie
    abroad, most with nobody on the register and their voters on added lists.

Which names?  The table is in English. Areas and stations are called by number in all three languages; parties carry
    their English name in all three, for a name guessed by transliteration would be worse than a foreign one.

Which lines has the protocol?  The columns that were used, each under a code of its own, so that nothing is lost:
    `possible voters` is `voters_on_list` (what turnout is measured by), `special voters` `voters_on_added_lists`,
    `ballots signed for` `ballots_issued`, `num ballots` `ballots_received`, `invalid votes` `ballots_invalid`.
    `valid votes` is not called `ballots_valid`: nobody counted it, in every row it is signatures less invalid votes
    and contradicts the parties' votes in 1,033 of them. It is kept as `valid_by_subtraction`; shares and threshold
    are of the parties' votes. Turnout by noon and by five is no figure of the protocol.

Which checks?  What the law of that country makes of a difference. Votes and invalid ballots beyond the signatures
    were counted there all the same, so every check is a warning and no row is refused.

Which seats?  77 by lists above 5 percent of the votes, by Hare quota and largest remainders (`hare`), of the 150; the
    constituencies' 73 are not in the table.

What is odd is refused, not repaired: a figure that is empty, negative, or no whole number, a repeated precinct, or a
missing column stops the conversion with its line and column, and nothing is written.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

CONTEST = "parliament-list"
NATION = "ge"
HOME = "ge-home"
ABROAD = "ge-abroad"
DISTRICT_ABROAD = "00"

LINES = {
    "possible voters": "voters_on_list",
    "special voters": "voters_on_added_lists",
    "num ballots": "ballots_received",
    "ballots signed for": "ballots_issued",
    "invalid votes": "ballots_invalid",
    "valid votes": "valid_by_subtraction",
}
PARTY_COLUMN = re.compile(r"(?P<number>[0-9]+) - (?P<name>.+)")

ELECTION = """\
code = "ge-2016"
date = 2016-10-08
time_zone = "Asia/Tbilisi"
name_en = "Parliament of Georgia, 8 October 2016: proportional contest"
name_kk = "Грузия парламенті, 2016 жылғы 8 қазан: пропорционалды сайлау"
name_ru = "Парламент Грузии, 8 октября 2016 года: пропорциональные выборы"
opens_at = 2016-10-08T08:00:00+04:00
figures_public_from = 2016-10-08T20:00:00+04:00
live_public = true

[[form]]
code = "protocol"

[[form.lines]]
code = "voters_on_list"
name_en = "Voters on the register"
name_kk = "Тізімдегі сайлаушылар саны"
name_ru = "Число избирателей в списке"
may_be_absent = false

[[form.lines]]
code = "voters_on_added_lists"
name_en = "Voters on added lists"
name_kk = "Қосымша тізімдердегі сайлаушылар саны"
name_ru = "Число избирателей в дополнительных списках"
may_be_absent = false

[[form.lines]]
code = "ballots_received"
name_en = "Ballots received"
name_kk = "Алынған бюллетеньдер саны"
name_ru = "Число полученных бюллетеней"
may_be_absent = false

[[form.lines]]
code = "ballots_issued"
name_en = "Ballots signed for by voters"
name_kk = "Сайлаушылар қол қойып алған бюллетеньдер саны"
name_ru = "Число бюллетеней, за которые расписались избиратели"
may_be_absent = false

[[form.lines]]
code = "ballots_invalid"
name_en = "Invalid ballots"
name_kk = "Жарамсыз бюллетеньдер саны"
name_ru = "Число недействительных бюллетеней"
may_be_absent = false

[[form.lines]]
code = "valid_by_subtraction"
name_en = "Valid votes as published: signatures less invalid ballots"
name_kk = "Жарияланған жарамды дауыстар: қол қойылғаны минус жарамсызы"
name_ru = "Действительные голоса по публикации: подписи минус недействительные"
may_be_absent = false

[[form.check]]
code = "W301"
severity = "warning"
rule = "votes_total + ballots_invalid <= ballots_issued"
message_en = "There are more votes and invalid ballots than signatures."
message_kk = "Дауыстар мен жарамсыз бюллетеньдер қойылған қолдардан көп."
message_ru = "Голосов и недействительных бюллетеней больше, чем подписей."
law = "Election Code of Georgia"

[[form.check]]
code = "W302"
severity = "warning"
rule = "votes_total + ballots_invalid >= ballots_issued"
message_en = "There are fewer votes and invalid ballots than signatures."
message_kk = "Дауыстар мен жарамсыз бюллетеньдер қойылған қолдардан аз."
message_ru = "Голосов и недействительных бюллетеней меньше, чем подписей."
law = "Election Code of Georgia"

[[form.check]]
code = "W303"
severity = "warning"
rule = "ballots_issued <= voters_on_list + voters_on_added_lists"
message_en = "More voters signed than stand on the register and the added lists."
message_kk = "Қол қойған сайлаушылар тізім мен қосымша тізімдердегіден көп."
message_ru = "Расписалось больше избирателей, чем числится в основном и дополнительных списках."
law = "Election Code of Georgia"

[[form.check]]
code = "W304"
severity = "warning"
rule = "ballots_issued <= ballots_received"
message_en = "More ballots were signed for than the precinct received."
message_kk = "Қол қойып алынған бюллетеньдер учаске алған бюллетеньдерден көп."
message_ru = "Выдано под подпись больше бюллетеней, чем получил участок."
law = "Election Code of Georgia"

[[form.check]]
code = "W305"
severity = "warning"
rule = "valid_by_subtraction + ballots_invalid == ballots_issued"
message_en = "The published valid votes are not signatures less invalid ballots."
message_kk = "Жарияланған жарамды дауыстар қойылған қолдар мен жарамсыз бюллетеньдердің айырмасына тең емес."
message_ru = "Опубликованные действительные голоса не равны подписям за вычетом недействительных бюллетеней."
law = "Election Code of Georgia"
"""

Row = Sequence[str | int]


class OddInput(ValueError):
    """Something in the table that is not guessed at: the place and a sentence."""

    def __init__(self, path: Path, line: int, column: str, sentence: str) -> None:
        super().__init__(f"{path}: line {line}, column “{column}”: {sentence}")


@dataclass(frozen=True)
class Party:
    column: str
    number: int
    name: str

    @property
    def code(self) -> str:
        """The name in small letters with hyphens, without apostrophes."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower().replace("'", "")).strip("-")


@dataclass(frozen=True)
class Precinct:
    district: str
    code: str
    figures: dict[str, int]

    @property
    def abroad(self) -> bool:
        return self.district == DISTRICT_ABROAD


def convert(table: Path, folder: Path) -> tuple[Path, Path]:
    """Write the package and the protocol file into `folder`; returns their paths.

    Raises OddInput, before anything is written, at the first thing in the table that has no plain meaning.
    """
    parties, precincts = read(table)
    package = folder / "package"
    package.mkdir(parents=True, exist_ok=True)
    (package / "election.toml").write_text(ELECTION, encoding="utf-8")
    _write(package / "areas.csv", _areas(precincts))
    _write(package / "stations.csv", _stations(precincts))
    _write(package / "contests.csv", _contests())
    _write(package / "choices.csv", _choices(parties))
    _write(package / "ballots.csv", [("contest", "area_or_station"), (CONTEST, NATION)])
    protocols = folder / "protocols.csv"
    _write(protocols, _protocols(parties, precincts))
    return package, protocols


def read(table: Path) -> tuple[list[Party], list[Precinct]]:
    """The parties, from the columns' titles, and the precincts, in the order of the table."""
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        parties = _parties(table, rows.fieldnames or [])
        precincts = list(_precincts(table, rows, parties))
    return parties, precincts


def _parties(table: Path, columns: Sequence[str]) -> list[Party]:
    for needed in ("district_id", "precinct_id", *LINES):
        if needed not in columns:
            raise OddInput(table, 1, needed, "the column is missing")
    titles = [match for column in columns if (match := PARTY_COLUMN.fullmatch(column))]
    parties = [Party(title[0], int(title["number"]), title["name"].strip()) for title in titles]
    if not parties:
        raise OddInput(table, 1, "1 - …", "no column of a party was found")
    return parties


def _precincts(table: Path, rows: csv.DictReader[str], parties: Sequence[Party]) -> Iterator[Precinct]:
    codes = LINES | {party.column: f"votes:{party.code}" for party in parties}
    seen: set[str] = set()
    for row in rows:
        code = row["precinct_id"]
        if code in seen:
            raise OddInput(table, rows.line_num, "precinct_id", f"precinct {code} stands in an earlier line too")
        seen.add(code)
        figures = {name: _figure(table, rows.line_num, column, row[column]) for column, name in codes.items()}
        yield Precinct(row["district_id"], code, figures)


def _figure(table: Path, line: int, column: str, text: str | None) -> int:
    if text is None or not re.fullmatch(r"[0-9]+", text):
        raise OddInput(table, line, column, f"“{text or ''}” is not a whole number of zero or more")
    return int(text)


def _areas(precincts: Iterable[Precinct]) -> Iterable[Row]:
    yield ("code", "parent", "level", "kind", "name_en", "name_kk", "name_ru")
    yield (NATION, "", "nation", "nation", "Georgia", "Грузия", "Грузия")
    yield (HOME, NATION, "region", "region", "In Georgia", "Грузияда", "В Грузии")
    yield (ABROAD, NATION, "region", "abroad", "Abroad", "Шетелде", "За рубежом")
    for code in sorted({precinct.district for precinct in precincts}):
        if code == DISTRICT_ABROAD:
            yield (code, ABROAD, "district", "abroad", "Precincts abroad", "Шетелдегі учаскелер", "Участки за рубежом")
        else:
            yield (code, HOME, "district", "district", f"District {code}", f"№ {code} округ", f"Округ № {code}")


def _stations(precincts: Iterable[Precinct]) -> Iterable[Row]:
    yield ("code", "area", "name_en", "name_kk", "name_ru", "registered_voters", "opens", "closes", "abroad")
    for precinct in precincts:
        code = precinct.code
        names = (f"Precinct {code}", f"№ {code} учаске", f"Участок № {code}")
        registered = precinct.figures["voters_on_list"]
        yield (code, precinct.district, *names, registered, "08:00", "20:00", "true" if precinct.abroad else "false")


def _contests() -> Iterable[Row]:
    names = ("name_en", "name_kk", "name_ru")
    yield ("code", "kind", "seats", "threshold_percent", "method", "form", *names, "entry")
    translated = ("Parliament: party lists", "Парламент: партиялық тізімдер", "Парламент: партийные списки")
    yield (CONTEST, "party_list", 77, 5, "hare", "protocol", *translated, "single")


def _choices(parties: Iterable[Party]) -> Iterable[Row]:
    yield ("contest", "code", "kind", "name_en", "name_kk", "name_ru", "registration_order", "party")
    for party in parties:
        yield (CONTEST, party.code, "list", party.name, party.name, party.name, party.number, party.name)


def _protocols(parties: Sequence[Party], precincts: Iterable[Precinct]) -> Iterable[Row]:
    codes = [*LINES.values(), *(f"votes:{party.code}" for party in parties)]
    yield ("station", *codes)
    for precinct in precincts:
        yield (precinct.code, *(precinct.figures[code] for code in codes))


def _write(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def main(arguments: Sequence[str]) -> int:
    """The command line: the table and the folder to write into. 1 when the table is odd, 2 when asked wrongly."""
    if len(arguments) != 2:  # noqa: PLR2004  # A table and a folder.
        print("usage: python -m bench.georgia_2016 PRECINCTS_CSV OUT_DIR", file=sys.stderr)
        return 2
    try:
        package, protocols = convert(Path(arguments[0]), Path(arguments[1]))
    except OddInput as odd:
        print(odd, file=sys.stderr)
        return 1
    print(f"{package}\n{protocols}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
