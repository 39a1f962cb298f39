"""Writes the election package of the sample: `python -m samples.kz_2023.generate FOLDER`.

The same code writes the same bytes everywhere and every time.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from samples.kz_2023.contests import THRESHOLD_PERCENT, Contest, contests
from samples.kz_2023.country import TILES, Area, country
from samples.kz_2023.facts import Names
from samples.kz_2023.people import people_on_lists

ELECTION = Path(__file__).resolve().parent / "election.toml"
NAME_COLUMNS = ("name_en", "name_kk", "name_ru")

Row = Sequence[str | int]


def write_package(folder: Path) -> Path:
    """Write `election.toml` and the tables of the package into `folder`, made if absent; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ELECTION.name).write_bytes(ELECTION.read_bytes())
    all_contests = contests()
    _write(folder / "areas.csv", _areas())
    _write(folder / "stations.csv", _stations())
    _write(folder / "contests.csv", _contests(all_contests))
    _write(folder / "choices.csv", _choices(all_contests))
    _write(folder / "candidates.csv", _candidates(all_contests))
    _write(folder / "ballots.csv", _ballots(all_contests))
    return folder


def _areas() -> Iterable[Row]:
    yield ("code", "parent", "level", "kind", *NAME_COLUMNS, "tile_x", "tile_y")
    for area in country().areas:
        yield (area.code, area.parent, area.level, area.kind, *_in_order(area.names), *_tile(area))


def _tile(area: Area) -> Row:
    return TILES[area.code] if area.level == "region" else ("", "")


def _stations() -> Iterable[Row]:
    yield ("code", "area", *NAME_COLUMNS, "registered_voters", "time_zone", "opens", "closes", "abroad")
    for station in country().stations:
        yield (
            station.code,
            station.district,
            *_in_order(station.names),
            station.registered_voters,
            station.time_zone,
            "07:00",
            "20:00",
            "true" if station.abroad else "false",
        )


def _contests(all_contests: Iterable[Contest]) -> Iterable[Row]:
    yield ("code", "kind", "seats", "threshold_percent", "method", "form", *NAME_COLUMNS, "entry", "colour")
    for contest in all_contests:
        by_lists = contest.kind == "party_list"
        yield (
            contest.code,
            contest.kind,
            contest.seats,
            THRESHOLD_PERCENT if by_lists else 0,
            "hare-kz" if by_lists else "",
            "protocol",
            *_in_order(contest.names),
            contest.entry,
            contest.colour,
        )


def _choices(all_contests: Iterable[Contest]) -> Iterable[Row]:
    yield ("contest", "code", "kind", *NAME_COLUMNS, "registration_order", "party", "colour")
    for contest in all_contests:
        for choice in contest.choices:
            yield (
                contest.code,
                choice.code,
                choice.kind,
                *_in_order(choice.names),
                "" if choice.registration_order is None else choice.registration_order,
                choice.party,
                choice.colour,
            )


def _candidates(all_contests: Iterable[Contest]) -> Iterable[Row]:
    yield ("contest", "choice", "position", *NAME_COLUMNS, "groups")
    for contest in all_contests:
        for person in people_on_lists(contest):
            yield (contest.code, person.choice, person.position, *_in_order(person.names), " ".join(person.groups))


def _ballots(all_contests: Iterable[Contest]) -> Iterable[Row]:
    yield ("contest", "area_or_station")
    for contest in all_contests:
        for place in contest.places:
            yield (contest.code, place)


def _in_order(names: Names) -> tuple[str, str, str]:
    return (names.en, names.kk, names.ru)


def _write(path: Path, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def main(arguments: Sequence[str]) -> int:
    """The command line: one folder to write into."""
    if len(arguments) != 1:
        print("usage: python -m samples.kz_2023.generate FOLDER", file=sys.stderr)
        return 2
    print(write_package(Path(arguments[0])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
