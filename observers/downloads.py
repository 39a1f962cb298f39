"""What a page shows, as CSV and JSON, with the checkpoint in the file.

A page names its tables and asks `download` before it renders; `links` is what it shows of each.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlencode

import orjson
from django.http import HttpRequest, StreamingHttpResponse

from results.exports.tidy_csv import neutralise

Cell = str | int | float | None
FORMATS = ("csv", "json")
_ROWS_AT_ONCE = 2_000


@dataclass(frozen=True)
class Table:
    """Rows under column names. `title` says what they are (`moments.title_of`). Rows are asked for when the file is."""

    name: str
    title: Mapping[str, Any]
    columns: Sequence[str]
    rows: Callable[[], Iterable[Sequence[Cell]]]


def download(request: HttpRequest, *tables: Table) -> StreamingHttpResponse | None:
    """Answer with the table that is asked for, in the format that is asked for; None where a page is.

    Both are named by `?format=` and `?table=`, or by the fields of those names where figures were sent.
    """
    asked = request.POST if request.method == "POST" else request.GET
    wanted = asked.get("format")
    if wanted not in FORMATS or not tables:
        return None
    table = next((table for table in tables if table.name == asked.get("table")), tables[0])
    rows = iter(table.rows())
    content = _json(table, rows) if wanted == "json" else _csv(table, rows)
    media_type = "application/json" if wanted == "json" else "text/csv; charset=utf-8"
    headers = {"Content-Disposition": f'attachment; filename="{_file_name(table, wanted)}"'}
    return StreamingHttpResponse(content, content_type=media_type, headers=headers)


def links(address: str, name: str, **asked: str) -> list[tuple[str, str]]:
    """Return the word and the address of each format of a table of the page at this address with this query."""
    return [
        (wanted.upper(), f"{address}?{urlencode({**asked, 'format': wanted, 'table': name})}") for wanted in FORMATS
    ]


def as_csv(table: Table) -> str:
    """Return a whole table as the text of its CSV file."""
    return b"".join(_csv(table, iter(table.rows()))).decode()


def _file_name(table: Table, wanted: str) -> str:
    title = table.title
    size = (title["as_of"] or {}).get("size", 0)
    parts = (title["election"], title.get("contest") or "all", title.get("place"), table.name, size, wanted)
    return ".".join(str(part) for part in parts if part is not None)


def _json(table: Table, rows: Iterator[Sequence[Cell]]) -> Iterator[bytes]:
    yield orjson.dumps({"table": table.name, **table.title}, option=orjson.OPT_INDENT_2)[:-2] + b',\n  "rows": ['
    before = b"\n"
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        yield before + b",\n".join(orjson.dumps(dict(zip(table.columns, row, strict=True))) for row in some)
        before = b",\n"
    yield b"\n]}\n"


def _csv(table: Table, rows: Iterator[Sequence[Cell]]) -> Iterator[bytes]:
    """Each row names the checkpoint: a file that is cut up or joined with others still says what it is of."""
    as_of = table.title["as_of"] or {}
    ending: dict[str, Cell] = {"as_of_log_size": as_of.get("size", ""), "as_of_root": as_of.get("root", "")}
    if "live_at" in table.title:
        ending["live_at"] = table.title["live_at"]
    ending |= {mark: "yes" if table.title[mark] else "no" for mark in ("synthetic", "training")}
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([*table.columns, *ending])
    while some := list(islice(rows, _ROWS_AT_ONCE)):
        for row in some:
            writer.writerow([*(neutralise(cell) if isinstance(cell, str) else cell for cell in row), *ending.values()])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()
