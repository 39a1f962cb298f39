"""The tidy CSV as a Frictionless data package: what each column is, and the tables that its codes lead to.

`datapackage.json` describes all the tables beside it (Data Package v1, which every tool of that family reads).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

from results.exports import tidy_csv
from results.exports.files import write_whole
from results.exports.licence import licence
from results.exports.model import ExportedResult, Names
from results.exports.tidy_csv import Row, neutralise

NAME = "datapackage.json"

Json = dict[str, Any]

_NAMES = ("name_en", "name_kk", "name_ru")
_PLACES = ("code", "level", "kind", "parent", *_NAMES, "registered_voters")
_CONTESTS = ("code", "kind", "seats", *_NAMES)
_CODES = ("contest", "code", "kind", "number", *_NAMES, "party")

_WHAT = {
    "contest": "What is elected.",
    "area": "Where: an area, a station, or the contest's own constituency.",
    "level": "Of what kind the place is.",
    "stations_expected": "Stations in the place that owe a protocol.",
    "stations_reported": "Stations whose protocol is in force: the figures are the sum of these.",
    "stations_held": "Stations whose protocol waits for a commission and counts nowhere.",
    "stations_annulled": "Stations whose result was annulled.",
    "code": "Which figure: a line of the protocol, votes:<choice> or seats:<choice>. Empty: no protocol in force.",
    "value": "The figure.",
    "snapshot": "The published result that the figures are of.",
    "as_of_size": "The size of the signed log that the figures are as of.",
    "as_of_time": "When that checkpoint of the log was signed.",
    "synthetic": "yes: the figures are made up and no election's result.",
    "training": "yes: this is practice on a training system and nobody's result.",
}
_WHOLE = {
    "stations_expected",
    "stations_reported",
    "stations_held",
    "stations_annulled",
    "value",
    "as_of_size",
    "registered_voters",
    "seats",
    "number",
}
# Nothing is missing here: every row has them.
_ALWAYS = {"contest", "area", "level", "snapshot", "synthetic", "training", *_NAMES}


def write_package(result: ExportedResult, folder: Path, results_file: str) -> dict[str, int]:
    """Write the tables beside the CSV of this name, and `datapackage.json`; return the names and sizes of all.

    A package that describes an earlier export of the same folder is replaced.
    """
    stem = results_file.removesuffix(".csv")
    # Two statements: the CSV is large and written already.
    tables = {
        f"{stem}.contests.csv": (_CONTESTS, _contests(result)),
        f"{stem}.codes.csv": (_CODES, _codes(result)),
        f"{stem}.places.csv": (_PLACES, _places(result)),
    }
    sizes = {
        name: write_whole(folder / name, (text.encode() for text in tidy_csv.written(chain([head], rows))))
        for name, (head, rows) in tables.items()
    }
    described = orjson.dumps(descriptor(result, folder, results_file), option=orjson.OPT_INDENT_2)
    return sizes | {NAME: write_whole(folder / NAME, [described])}


def descriptor(result: ExportedResult, folder: Path, results_file: str) -> Json:
    """Return what `datapackage.json` says of the tables in this folder. Same tables, same description."""
    stem = results_file.removesuffix(".csv")
    snapshot, as_of = result.snapshot, result.snapshot.as_of
    return {
        "profile": "tabular-data-package",
        "name": stem.lower().replace(" ", "-"),
        "title": f"{result.election.names.en}: {snapshot.label}",
        "created": snapshot.made_at.astimezone(UTC).isoformat(),
        "homepage": result.site,
        "licenses": [licence().described()],
        "contributors": [{"title": result.issuer, "role": "publisher"}],
        "snapshot": snapshot.label,
        "status": "final" if snapshot.kind == "final" else "preliminary",
        "synthetic": snapshot.synthetic,
        "training": snapshot.training,
        "as_of": {"size": as_of.size, "root": as_of.root, "time": as_of.time.astimezone(UTC).isoformat()}
        if as_of
        else None,
        "resources": [
            _resource("results", folder / results_file, tidy_csv.HEADER, keys=_RESULT_KEYS, missing=True),
            _resource("contests", folder / f"{stem}.contests.csv", _CONTESTS, primary="code"),
            _resource("codes", folder / f"{stem}.codes.csv", _CODES, keys=_CODE_KEYS, primary=["contest", "code"]),
            _resource("places", folder / f"{stem}.places.csv", _PLACES, primary="code"),
        ],
    }


def _key(field: str, resource: str) -> Json:
    return {"fields": field, "reference": {"resource": resource, "fields": "code"}}


_CODE_KEYS = [_key("contest", "contests")]
_RESULT_KEYS = [_key("contest", "contests"), _key("area", "places")]


def _resource(
    name: str,
    path: Path,
    columns: Sequence[str],
    *,
    keys: Sequence[Json] = (),
    primary: str | list[str] = "",
    missing: bool = False,
) -> Json:
    content = _hashed(path)
    schema: Json = {"fields": [_field(column, optional=missing) for column in columns], "missingValues": [""]}
    if primary:
        schema["primaryKey"] = primary
    if keys:
        schema["foreignKeys"] = list(keys)
    return {
        "profile": "tabular-data-resource",
        "name": name,
        "path": path.name,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{content}",
        "schema": schema,
    }


def _field(column: str, *, optional: bool) -> Json:
    kind = "integer" if column in _WHOLE else "datetime" if column == "as_of_time" else "string"
    field: Json = {"name": column, "type": kind}
    if kind == "datetime":
        field["format"] = "any"
    if optional and column in _WHAT:
        field["description"] = _WHAT[column]
    if column in _ALWAYS:
        field["constraints"] = {"required": True}
    return field


def _hashed(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _contests(result: ExportedResult) -> Iterator[Row]:
    for contest in result.contests:
        yield neutralise(contest.code), contest.kind, contest.seats, *_written(contest.names)


def _codes(result: ExportedResult) -> Iterator[Row]:
    """What each code of the results says, contest by contest: lines, votes and seats."""
    for contest in result.contests:
        code = neutralise(contest.code)
        for line in contest.lines:
            yield code, neutralise(line.code), "line", "", *_written(line.names), ""
        prefixes = ("votes", "seats") if contest.seats_by_choice is not None else ("votes",)
        for prefix in prefixes:
            for number, choice in enumerate(contest.choices, start=1):
                said = neutralise(f"{prefix}:{choice.code}")
                yield code, said, choice.kind, number, *_written(choice.names), neutralise(choice.party)


def _places(result: ExportedResult) -> Iterator[Row]:
    for area in result.areas:
        yield neutralise(area.code), area.level, area.kind, neutralise(area.parent or ""), *_written(area.names), ""
    for contest in result.contests:
        if contest.electorate is None:
            level = tidy_csv.CONSTITUENCY
            yield neutralise(contest.code), level, level, "", *_written(contest.names), ""
    for station in result.stations:
        code, parent = neutralise(station.code), neutralise(station.area)
        yield code, tidy_csv.STATION, "", parent, *_written(station.names), station.registered_voters


def _written(names: Names) -> tuple[str, str, str]:
    return neutralise(names.en), neutralise(names.kk), neutralise(names.ru)
