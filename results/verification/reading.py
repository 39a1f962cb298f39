"""The one place that reads the database: plain SQL, in one snapshot that cannot write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import psycopg
from django.db import connections, transaction

_ROWS_AT_ONCE = 5_000


class Progress(Protocol):
    """Is told how many rows there will be, and how many were read."""

    def expect(self, rows: int) -> None: ...

    def read(self, rows: int) -> None: ...


class Silent:
    """Progress that nobody watches."""

    def expect(self, rows: int) -> None: ...

    def read(self, rows: int) -> None: ...


class Reader:
    """Reads rows of one moment. Several streams may be open side by side."""

    def __init__(self, connection: psycopg.Connection[Any], progress: Progress) -> None:
        self._connection = connection
        self._progress = progress
        self._streams = 0

    def stream(self, statement: str, row: Callable[[Sequence[Any]], Any] = tuple) -> Iterator[Any]:
        """Yield the rows of a statement, each made by `row` of its values, with few of them in memory at a time."""
        self._streams += 1
        with psycopg.ServerCursor(self._connection, f"verify_{self._streams}") as cursor:
            cursor.execute(statement, binary=True)
            while rows := cursor.fetchmany(_ROWS_AT_ONCE):
                self._progress.read(len(rows))
                yield from map(row, rows)

    def rows(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a statement: for small tables."""
        with psycopg.Cursor(self._connection) as cursor:
            return cursor.execute(statement, parameters, binary=True).fetchall()

    def count(self, table: str) -> int:
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608  a name from our own code

    def has(self, table: str) -> bool:
        return self.rows("SELECT to_regclass(%s) IS NOT NULL", [table])[0][0] is True

    def expect(self, tables: Sequence[str]) -> None:
        """Tell the progress how many rows will be streamed."""
        self._progress.expect(sum(self.count(table) for table in tables))


@contextmanager
def one_moment(using: str, progress: Progress) -> Iterator[Reader]:
    """Open a REPEATABLE READ, READ ONLY transaction of its own and read in it.

    Raises RuntimeError inside another transaction, whose moment it would share.
    """
    with transaction.atomic(using=using, durable=True):
        connection = connections[using].connection
        with psycopg.Cursor(connection) as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # Whole tables are read through cursors: plan for all rows, sort in memory.
            cursor.execute("SET LOCAL cursor_tuple_fraction = 1")
            cursor.execute("SET LOCAL work_mem = '64MB'")
            cursor.execute("SET LOCAL jit = off")
        yield Reader(connection, progress)
