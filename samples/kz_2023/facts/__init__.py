"""What is known of the election, read from the tables beside this file (README.md says what is an estimate)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Names:
    """A name in the three languages of the sample."""

    en: str
    kk: str
    ru: str


@dataclass(frozen=True)
class RegionFacts:
    code: str
    kind: str
    names: Names
    stations: int
    registered_voters: int
    turnout_percent: float | None
    """At 22:10 on the day; none was reported for the stations abroad."""
    mazhilis_okrugs: tuple[int, ...]


@dataclass(frozen=True)
class DistrictFacts:
    kato: str
    """Empty where the classifier's code is not known."""
    region: str
    kind: str
    names: Names


@dataclass(frozen=True)
class ListResult:
    choice: str
    names: Names
    votes: int


@cache
def regions() -> tuple[RegionFacts, ...]:
    """The 17 regions, the 3 cities of republican significance and, last, the stations abroad."""
    return tuple(
        RegionFacts(
            code=row["code"],
            kind=row["kind"],
            names=_names(row),
            stations=int(row["stations"]),
            registered_voters=int(row["registered_voters"]),
            turnout_percent=float(row["turnout_percent_22h10"]) if row["turnout_percent_22h10"] else None,
            mazhilis_okrugs=tuple(int(number) for number in row["mazhilis_okrugs"].split(";")),
        )
        for row in _rows("regions.csv")
    )


@cache
def districts() -> tuple[DistrictFacts, ...]:
    """The 37 cities, 166 districts and 18 city districts, in the order of their regions."""
    return tuple(
        DistrictFacts(kato=row["kato"], region=row["region"], kind=row["kind"], names=_names(row))
        for row in _rows("districts.csv")
    )


@cache
def list_result() -> tuple[ListResult, ...]:
    """The official result of the Mazhilis party lists, in votes; "against all" last."""
    return tuple(
        ListResult(choice=row["choice"], names=_names(row), votes=int(row["votes"]))
        for row in _rows("mazhilis_list_result.csv")
    )


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _names(row: dict[str, str]) -> Names:
    return Names(en=row["name_en"], kk=row["name_kk"], ru=row["name_ru"])
