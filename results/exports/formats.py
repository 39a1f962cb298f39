"""The formats a result is exported in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from results.exports import data_package, nist, printed, tidy_csv, workbook
from results.exports.files import whole_file
from results.exports.model import ExportedResult

Writer = Callable[[ExportedResult, IO[bytes], str], None]


@dataclass(frozen=True)
class Format:
    """How a file of this format is named and served, and what writes it.

    `in_languages`: the file speaks one language, which stands in its name; the others hold names in all three.
    `with_stations`: it goes down to single stations.
    """

    suffix: str
    content_type: str
    write: Writer
    in_languages: bool = False
    with_stations: bool = True


def _csv(result: ExportedResult, file: IO[bytes], language: str) -> None:  # noqa: ARG001  (all three)
    for lines in tidy_csv.chunks(result):
        file.write(lines.encode())


def _nist_json(result: ExportedResult, file: IO[bytes], language: str) -> None:  # noqa: ARG001  (all three)
    for piece in nist.pieces(result):
        file.write(piece)


def _xlsx(result: ExportedResult, file: IO[bytes], language: str) -> None:
    workbook.write(result, file, language=language)


def _pdf(result: ExportedResult, file: IO[bytes], language: str) -> None:
    file.write(printed.pdf(result, language=language))


_XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

FORMATS = {
    "csv": Format(".csv", "text/csv; charset=utf-8", _csv),
    "nist-json": Format(".nist.json", "application/json", _nist_json),
    "xlsx": Format(".xlsx", _XLSX_TYPE, _xlsx, in_languages=True),
    "pdf": Format(".pdf", "application/pdf", _pdf, in_languages=True, with_stations=False),
}


def file_name(result: ExportedResult, contest: str, chosen: Format, language: str) -> str:
    """Return a name such as kz-2023.mazhilis-list.bulletin-3.kk.pdf; `contest` is a contest's code, or "all"."""
    label = result.snapshot.label.replace(" ", "-")
    spoken = f".{language}" if chosen.in_languages else ""
    return f"{result.election.code}.{contest}.{label}{spoken}{chosen.suffix}"


def write_files(result: ExportedResult, contest: str, out: Path, name: str, language: str) -> dict[str, int]:
    """Write a result in a format to a folder, a CSV with its data package; return the names and sizes.

    A file is there whole or not at all. Raises OSError.
    """
    chosen = FORMATS[name]
    path = out / file_name(result, contest, chosen, language)
    with whole_file(path) as file:
        chosen.write(result, file, language)
    sizes = {path.name: path.stat().st_size}
    return sizes | data_package.write_package(result, out, path.name) if name == "csv" else sizes
