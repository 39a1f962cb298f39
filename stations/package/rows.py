"""The tables of a package and what each of their rows holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from stations.package.cells import NAMES, Columns, Row, Table, read_table
from stations.package.content import (
    AreaRow,
    BallotRow,
    CandidateRow,
    ChoiceRow,
    ContestRow,
    FormRow,
    Names,
    StationRow,
)
from stations.package.problems import Problems

AREAS: Final = "areas.csv"
STATIONS: Final = "stations.csv"
CONTESTS: Final = "contests.csv"
CHOICES: Final = "choices.csv"
CANDIDATES: Final = "candidates.csv"
BALLOTS: Final = "ballots.csv"

LEVELS: Final = ("nation", "region", "district")
CONTEST_KINDS: Final = ("party_list", "plurality")
CHOICE_KINDS: Final = ("list", "candidate", "against_all")
ENTRY_MODES: Final = ("double", "single")
ON_TIE: Final = ("lots", "repeat_voting")
ON_AGAINST_ALL: Final = ("elected", "repeat_election")
METHODS: Final[Mapping[str, tuple[str, ...]]] = {
    "party_list": ("hare-kz", "hare", "dhondt", "sainte-lague"),
    "plurality": ("plurality",),
}

COLUMNS: Final[Mapping[str, Columns]] = {
    AREAS: Columns(("code", "parent", "level", "kind", *NAMES), ("tile_x", "tile_y")),
    STATIONS: Columns(
        ("code", "area", *NAMES, "registered_voters"),
        ("address_en", "address_kk", "address_ru", "phone", "time_zone", "opens", "closes", "abroad"),
    ),
    CONTESTS: Columns(
        ("code", "kind", "seats", "threshold_percent", "method", "form", *NAMES),
        ("entry", "colour", "minimum_runner_up", "on_tie", "on_against_all"),
    ),
    CHOICES: Columns(("contest", "code", "kind", *NAMES, "registration_order", "party"), ("colour", "withdrawn")),
    CANDIDATES: Columns(("contest", "choice", "position", *NAMES), ("groups",)),
    BALLOTS: Columns(("contest", "area_or_station")),
}

_LONGEST_WORD = 32
_LONGEST_PHONE = 64


@dataclass(frozen=True)
class Rows:
    """Everything a package says, before its parts are held against each other.

    `usable` names the files that could be read whole: what another file lacks is not blamed on those that refer to it.
    """

    forms: tuple[FormRow, ...]
    areas: tuple[AreaRow, ...]
    stations: tuple[StationRow, ...]
    contests: tuple[ContestRow, ...]
    choices: tuple[ChoiceRow, ...]
    candidates: tuple[CandidateRow, ...]
    ballots: tuple[BallotRow, ...]
    usable: frozenset[str]


def read_rows(files: Mapping[str, bytes], forms: tuple[FormRow, ...], time_zone: str, problems: Problems) -> Rows:
    """Read all tables; stations without a time zone of their own are on the election's."""
    tables = {
        name: read_table(name, files[name], columns, problems) if name in files else Table((), usable=True)
        for name, columns in COLUMNS.items()
    }
    return Rows(
        forms=forms,
        areas=tuple(map(_area, tables[AREAS].rows)),
        stations=tuple(_station(row, time_zone) for row in tables[STATIONS].rows),
        contests=tuple(map(_contest, tables[CONTESTS].rows)),
        choices=tuple(map(_choice, tables[CHOICES].rows)),
        candidates=tuple(map(_candidate, tables[CANDIDATES].rows)),
        ballots=tuple(map(_ballot, tables[BALLOTS].rows)),
        usable=frozenset(name for name, table in tables.items() if table.usable),
    )


def _area(row: Row) -> AreaRow:
    level = row.one_of("level", LEVELS)
    return AreaRow(
        line=row.line,
        code=row.code("code"),
        parent=row.raw("parent"),
        level=level,
        kind=row.text("kind", limit=_LONGEST_WORD) or level,
        names=row.names(),
        tile_x=row.tile("tile_x"),
        tile_y=row.tile("tile_y"),
    )


def _station(row: Row, time_zone: str) -> StationRow:
    return StationRow(
        line=row.line,
        code=row.code("code"),
        area=row.reference("area"),
        names=row.names(),
        registered_voters=row.whole("registered_voters"),
        address=Names(*(row.text(f"address_{language}") for language in ("en", "kk", "ru"))),
        phone=row.text("phone", limit=_LONGEST_PHONE),
        time_zone=row.time_zone("time_zone", default=time_zone),
        opens=row.clock("opens"),
        closes=row.clock("closes"),
        abroad=row.truth("abroad"),
    )


def _contest(row: Row) -> ContestRow:
    kind = row.one_of("kind", CONTEST_KINDS)
    methods = METHODS.get(kind)
    return ContestRow(
        line=row.line,
        code=row.code("code"),
        kind=kind,
        entry=row.one_of("entry", ENTRY_MODES, default="double"),
        seats=row.whole("seats", least=1),
        threshold_percent=row.percent("threshold_percent"),
        method=row.one_of("method", methods, default=methods[0]) if methods else "",
        minimum_runner_up=row.optional_whole("minimum_runner_up"),
        on_tie=row.one_of("on_tie", ON_TIE, default=ON_TIE[0]),
        on_against_all=row.one_of("on_against_all", ON_AGAINST_ALL, default=ON_AGAINST_ALL[0]),
        form=row.reference("form"),
        names=row.names(),
        colour=row.colour("colour"),
    )


def _choice(row: Row) -> ChoiceRow:
    return ChoiceRow(
        line=row.line,
        contest=row.reference("contest"),
        code=row.code("code"),
        kind=row.one_of("kind", CHOICE_KINDS),
        names=row.names(),
        registration_order=row.optional_whole("registration_order"),
        party=row.text("party"),
        colour=row.colour("colour"),
        withdrawn=row.truth("withdrawn"),
    )


def _candidate(row: Row) -> CandidateRow:
    return CandidateRow(
        line=row.line,
        contest=row.reference("contest"),
        choice=row.reference("choice"),
        position=row.whole("position", least=1),
        names=row.names(),
        groups=row.words("groups"),
    )


def _ballot(row: Row) -> BallotRow:
    return BallotRow(row.line, row.reference("contest"), row.reference("area_or_station"))
