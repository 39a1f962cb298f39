"""The formats a result is exported in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import orjson

from results.exports import nist, tidy_csv
from results.exports.model import ExportedResult


@dataclass(frozen=True)
class Format:
    """How a file of this format is named, and the pieces it is written in."""

    suffix: str
    pieces: Callable[[ExportedResult], Iterator[bytes]]


def _csv(result: ExportedResult) -> Iterator[bytes]:
    for line in tidy_csv.lines(result):
        yield line.encode()


def _nist_json(result: ExportedResult) -> Iterator[bytes]:
    yield orjson.dumps(nist.report(result))


FORMATS = {"csv": Format(".csv", _csv), "nist-json": Format(".nist.json", _nist_json)}


def file_name(result: ExportedResult, contest: str, chosen: Format) -> str:
    """Return a name such as kz-2023.mazhilis-list.bulletin-3.csv; `contest` is a contest's code, or "all"."""
    label = result.snapshot.label.replace(" ", "-")
    return f"{result.election.code}.{contest}.{label}{chosen.suffix}"
