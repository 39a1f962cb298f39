"""The files of a package, from a folder or a zip, within limits; and the one form in which a package is hashed."""

from __future__ import annotations

import difflib
import hashlib
import io
import stat
import zipfile
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from django.utils.translation import gettext as _

from stations.package.problems import PackageRefused, Problem, Problems

REQUIRED_FILES: Final = ("election.toml", "areas.csv", "stations.csv", "contests.csv", "choices.csv", "ballots.csv")
KNOWN_FILES: Final = (*REQUIRED_FILES, "candidates.csv")

MEGABYTE: Final = 1024 * 1024
LARGEST_PACKAGE: Final = 200 * MEGABYTE
LARGEST_FILE: Final = 100 * MEGABYTE
MOST_FILES: Final = 100

_FIRST_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE = 0o100644 << 16
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError)


def read_files(package: Path) -> dict[str, bytes]:
    """Contents of the package's known files by name; other files are left alone.

    Raises PackageRefused if it cannot be read, is too large, points outside, or lacks a file.
    """
    if package.is_dir():
        files = _read_folder(package)
    elif package.is_file():
        files = _read_zip(package)
    else:
        raise _refused(package.name, _("There is no such folder or file."))
    return files


def canonical_zip(files: Mapping[str, bytes]) -> bytes:
    """The package as one deterministic zip: known files sorted by name, not compressed, dated 1980-01-01.

    The same files give the same bytes on every machine, whether they came from a folder or from any zip of it.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _FIRST_DAY_OF_ZIP)
            entry.create_system = 3
            entry.external_attr = _PLAIN_FILE
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def package_sha256(canonical: bytes) -> str:
    """What the log names a package by: the SHA-256 of its canonical zip, in hex.

    Whoever downloads the published zip can check it with `sha256sum` alone.
    """
    return hashlib.sha256(canonical).hexdigest()


def _refused(file: str, sentence: str) -> PackageRefused:
    return PackageRefused([Problem(file, 0, "", sentence)])


def _too_large(name: str, limit: int) -> PackageRefused:
    return _refused(name, _("This is larger than the %(limit)s MB allowed.") % {"limit": limit // MEGABYTE})


def _read_folder(folder: Path) -> dict[str, bytes]:
    problems = Problems()
    present = {path.name: path for path in folder.iterdir()}
    files: dict[str, bytes] = {}
    room = LARGEST_PACKAGE
    for name in KNOWN_FILES:
        path = present.get(name)
        if path is None:
            continue
        if path.is_symlink() or not path.is_file():
            problems.add(name, 0, "", _("This must be a plain file, not a link or a folder."))
            continue
        if path.stat().st_size > min(room, LARGEST_FILE):
            raise _too_large(name, LARGEST_FILE)
        files[name] = path.read_bytes()
        room -= len(files[name])
    _name_missing(present.keys(), problems)
    return files


def _read_zip(path: Path) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            return _read_members(archive)
    except _BROKEN_ZIP as error:
        raise _refused(path.name, _("This is not a readable zip: %(error)s.") % {"error": error}) from error


def _read_members(archive: zipfile.ZipFile) -> dict[str, bytes]:
    problems = Problems()
    members = _members(archive, problems)
    problems.refuse_if_any()
    _name_missing(members.keys(), problems)
    room = LARGEST_PACKAGE
    files: dict[str, bytes] = {}
    for name in KNOWN_FILES:
        if name in members:
            files[name] = _read_member(archive, members[name], min(room, LARGEST_FILE))
            room -= len(files[name])
    return files


def _members(archive: zipfile.ZipFile, problems: Problems) -> dict[str, zipfile.ZipInfo]:
    """Members by file name, every path checked; one folder around all of them is taken off."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_FILES:
        problems.add("", 0, "", _("The zip holds more than %(limit)s files.") % {"limit": MOST_FILES})
        return {}
    safe = [entry for entry in entries if _is_safe(entry, problems)]
    tops = {PurePosixPath(entry.filename).parts[:-1] for entry in safe if not _is_litter(entry)}
    top = next(iter(tops)) if len(tops) == 1 else ()
    members: dict[str, zipfile.ZipInfo] = {}
    for entry in safe:
        if _is_litter(entry):
            continue
        *folders, name = PurePosixPath(entry.filename).parts
        if tuple(folders) != top or len(folders) > 1:
            problems.add(entry.filename, 0, "", _("Files must lie side by side, in one folder at most."))
        elif name in members:
            problems.add(entry.filename, 0, "", _("The zip holds this file twice."))
        members[name] = entry
    return members


def _is_litter(entry: zipfile.ZipInfo) -> bool:
    """What macOS adds to every zip."""
    path = PurePosixPath(entry.filename)
    return path.parts[0] == "__MACOSX" or path.name == ".DS_Store"


def _is_safe(entry: zipfile.ZipInfo, problems: Problems) -> bool:
    name = entry.filename
    if name.startswith("/") or "\\" in name or ":" in name or ".." in PurePosixPath(name).parts:
        problems.add(name, 0, "", _("This path points outside the package."))
    elif stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
        problems.add(name, 0, "", _("This must be a plain file, not a link or a folder."))
    elif entry.flag_bits & 1:
        problems.add(name, 0, "", _("This file is encrypted."))
    else:
        return True
    return False


def _read_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    """Unpack up to the limit: what a zip says about its own sizes is not to be trusted."""
    with archive.open(entry) as member:
        content = member.read(limit + 1)
    if len(content) > limit:
        raise _too_large(entry.filename, limit)
    return content


def _name_missing(present: Collection[str], problems: Problems) -> None:
    """Report missing files, and files that look like a misspelt known name. Raises PackageRefused if there are any."""
    absent = set(KNOWN_FILES) - set(present)
    for stranger in sorted(set(present) - set(KNOWN_FILES)):
        close = difflib.get_close_matches(stranger.lower(), absent, n=1, cutoff=0.8)
        if close:
            absent.discard(close[0])
            problems.add(stranger, 0, "", _("This file is not known. Did you mean %(word)s?") % {"word": close[0]})
    for name in REQUIRED_FILES:
        if name in absent:
            problems.add(name, 0, "", _("This file is missing from the package."))
    problems.refuse_if_any()
