"""Small valid election packages, and figures that pass every check of their form."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

NAMES = ("name_en", "name_kk", "name_ru")

LINES = (
    ("voters_on_list", False),
    ("ballots_received", False),
    ("ballots_issued", False),
    ("ballots_issued_at_station", False),
    ("ballots_issued_outside", False),
    ("ballots_issued_absentee", True),
    ("ballots_unused", False),
    ("ballots_found", False),
    ("ballots_invalid", False),
    ("ballots_valid", False),
)
CHECKS = (
    ("E201", "error", "ballots_received == ballots_issued + ballots_unused"),
    ("E202", "error", "ballots_issued == ballots_issued_at_station + ballots_issued_outside"),
    ("E203", "error", "ballots_found == ballots_valid + ballots_invalid"),
    ("E204", "error", "votes_total == ballots_valid"),
    ("E205", "error", "ballots_found <= ballots_issued"),
    ("E206", "error", "ballots_issued <= voters_on_list"),
    ("E207", "error", "ballots_issued_absentee <= ballots_issued_at_station"),
    ("W301", "warning", "ballots_found >= ballots_issued"),
    ("W302", "warning", "100 * ballots_received <= 101 * voters_on_list + 99"),
    ("W303", "warning", "100 * ballots_issued <= 95 * voters_on_list"),
    ("W304", "warning", "100 * ballots_invalid <= 5 * ballots_found"),
    ("W305", "warning", "100 * any_choice <= 99 * votes_total + 50"),
)
LISTS = ("a", "b", "c", "against_all")
LIST_CONTEST = "list"
PLURALITY_CONTEST = "okrug"


def write_package(
    folder: Path,
    *,
    regions: int = 2,
    districts: int = 2,
    stations: int = 3,
    contests: Sequence[str] = (LIST_CONTEST, PLURALITY_CONTEST),
    entry: str = "single",
    code: str = "test-2026",
    date: str = "2026-03-19",
    opens_at: str = "2026-03-19T07:00:00+05:00",
    figures_public_from: str = "2026-03-19T20:00:00+05:00",
    seats: int = 10,
    registered_voters: int = 1000,
    live_public: bool = False,
    turnout_hours: Sequence[str] = ("10:00", "12:00"),
    complaint_hours: int = 0,
    candidates: int = 0,
    quota: int = 0,
    rules: Mapping[str, str] | None = None,
) -> Path:
    """Write a valid package: `districts` in each of `regions`, `stations` in each district; returns the folder.

    Areas are `kz`, `r1`, `r1-d1`, stations `r1-d1-s1`. Everyone votes in every contest: `list` has the lists a, b, c
    and against_all, every other contest has two candidates x and y and against_all. Each list has so many
    `candidates`, every third of them a woman, and `quota` percent of them must be in the group of women or of youth.
    `rules` are what contests.csv says of other contests in `on_tie` and `on_against_all`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    heading = _heading(code, date, opens_at, figures_public_from, live_public=live_public, turnout_hours=turnout_hours)
    if complaint_hours:
        heading = f"complaint_hours = {complaint_hours}\n{heading}"
    if quota:
        heading += (
            f'\n[[quota]]\ncode = "three-groups"\n{_named("name", "Women and youth")}percent = {quota}\n'
            f'groups = ["women", "youth"]\n{_law(89)}'
        )
    (folder / "election.toml").write_text(heading, encoding="utf-8")
    if candidates:
        write_table(
            folder / "candidates.csv",
            ("contest", "choice", "position", *NAMES, "groups"),
            (
                (LIST_CONTEST, choice, place, *_names(f"{choice.upper()} {place}"), "" if place % 3 else "women")
                for choice in LISTS[:3]
                for place in range(1, candidates + 1)
            ),
        )
    places = [f"r{region}-d{district}" for region in range(1, regions + 1) for district in range(1, districts + 1)]
    area_columns = ("code", "parent", "level", "kind", *NAMES)
    write_table(folder / "areas.csv", area_columns, _areas(regions, places))
    write_table(
        folder / "stations.csv",
        ("code", "area", *NAMES, "registered_voters"),
        (
            (f"{place}-s{number}", place, *_names(f"Station {place}-s{number}"), registered_voters)
            for place in places
            for number in range(1, stations + 1)
        ),
    )
    write_table(
        folder / "contests.csv",
        ("code", "kind", "seats", "threshold_percent", "method", "form", *NAMES, "entry", *(rules or {})),
        ((*_contest(contest, entry, seats), *_said(contest, rules or {})) for contest in contests),
    )
    write_table(
        folder / "choices.csv",
        ("contest", "code", "kind", *NAMES, "registration_order", "party"),
        (row for contest in contests for row in _choices(contest)),
    )
    write_table(folder / "ballots.csv", ("contest", "area_or_station"), ((contest, "kz") for contest in contests))
    return folder


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table of a package."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def zip_package(folder: Path, path: Path, *, inside: str = "") -> Path:
    """Zip a package folder, in a folder of its own if `inside` names one."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{inside}/{file.name}" if inside else file.name)
    return path


def valid_figures(
    votes: Mapping[str, int] | None = None, *, voters_on_list: int = 1000, invalid: int = 2, unused: int = 500
) -> dict[str, int]:
    """Figures of a protocol that pass every check, warnings included; `votes` by choice, those of `list` by default."""
    votes = {"a": 240, "b": 120, "c": 60, "against_all": 20} if votes is None else votes
    valid = sum(votes.values())
    issued = valid + invalid
    outside = issued // 20
    return {
        "voters_on_list": voters_on_list,
        "ballots_received": issued + unused,
        "ballots_issued": issued,
        "ballots_issued_at_station": issued - outside,
        "ballots_issued_outside": outside,
        "ballots_issued_absentee": 0,
        "ballots_unused": unused,
        "ballots_found": issued,
        "ballots_invalid": invalid,
        "ballots_valid": valid,
        **{f"votes:{choice}": number for choice, number in votes.items()},
    }


def plurality_figures(**figures: int) -> dict[str, int]:
    """Figures of a protocol of a plurality contest that pass every check."""
    return valid_figures({"x": 230, "y": 190, "against_all": 20}, **figures)


def _names(name: str) -> tuple[str, str, str]:
    return (name, f"{name} (қазақша)", f"{name} (по-русски)")


def _named(key: str, name: str) -> str:
    return "".join(
        f'{key}_{language} = "{text}"\n' for language, text in zip(("en", "kk", "ru"), _names(name), strict=True)
    )


def _law(article: int) -> str:
    return f'law = {{en = "Article {article}", kk = "{article}-бап", ru = "статья {article}"}}\n'


def _heading(
    code: str, date: str, opens_at: str, figures_public_from: str, *, live_public: bool, turnout_hours: Sequence[str]
) -> str:
    lines = "".join(
        f'\n[[form.lines]]\ncode = "{line}"\n{_named("name", line)}may_be_absent = {str(absent).lower()}\n'
        for line, absent in LINES
    )
    checks = "".join(
        f'\n[[form.check]]\ncode = "{check}"\nseverity = "{severity}"\nrule = "{rule}"\n'
        f"{_named('message', f'{check} does not hold')}{_law(43)}"
        for check, severity, rule in CHECKS
    )
    return (
        f'code = "{code}"\ndate = {date}\ntime_zone = "Asia/Almaty"\n{_named("name", "Test election")}'
        f"opens_at = {opens_at}\nfigures_public_from = {figures_public_from}\n"
        f"live_public = {str(live_public).lower()}\nsynthetic = true\n"
        f"turnout_hours = {json.dumps(list(turnout_hours))}\ndays_to_certify = 2\ndays_to_final = 10\n"
        f'\n[[form]]\ncode = "protocol"\n{lines}{checks}'
    )


def _areas(regions: int, places: Iterable[str]) -> Iterable[Sequence[object]]:
    yield ("kz", "", "nation", "nation", *_names("Country"))
    for region in range(1, regions + 1):
        yield (f"r{region}", "kz", "region", "region", *_names(f"Region {region}"))
    for place in places:
        yield (place, place.split("-")[0], "district", "district", *_names(f"District {place}"))


def _contest(contest: str, entry: str, seats: int) -> Sequence[object]:
    names = _names(f"Contest {contest}")
    if contest == LIST_CONTEST:
        return (contest, "party_list", seats, 5, "hare-kz", "protocol", *names, entry)
    return (contest, "plurality", 1, 0, "", "protocol", *names, entry)


def _said(contest: str, rules: Mapping[str, str]) -> list[str]:
    return ["" if contest == LIST_CONTEST else rule for rule in rules.values()]


def _choices(contest: str) -> Iterable[Sequence[object]]:
    kind, codes = ("list", LISTS) if contest == LIST_CONTEST else ("candidate", ("x", "y", "against_all"))
    for order, code in enumerate(codes, start=1):
        if code == "against_all":
            yield (contest, code, "against_all", *_names("Against all"), "", "")
        else:
            yield (contest, code, kind, *_names(f"Choice {code}"), order, f"Party {code}")
