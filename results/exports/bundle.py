"""The public bundle: results, packages and the log as static files that any web server or mirror can hand out.

A file is written whole, and only when its bytes are not there yet; what is published is never taken away. The log's
checkpoint is written after everything it covers, `latest.json` after what it points to, the manifest last.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from audit.log_folder import LogFolder
from results.exports.files import write_if_different
from results.exports.log_files import PublishedLog, published_log
from results.exports.packages import packages_in_the_log
from results.exports.snapshot_file import snapshot_file
from results.models import Snapshot
from results.publication.selectors import newest, published
from stations.models import Election
from stations.services.packages import package_path

LOG = "log"
SNAPSHOTS = "snapshots"
LATEST = "latest.json"
MANIFEST = "manifest.json"


class PackageMissing(Exception):
    """A package that the log names is not kept where it should be."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


@dataclass
class Written:
    """How many files of each part the bundle has, and how many of them are new or different."""

    files: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)

    def put(self, part: str, path: Path, content: bytes) -> None:
        self.files[part] += 1
        self.changed[part] += write_if_different(path, content)


def write_public_log_head(out: Path, *, log_folder: LogFolder) -> Written:
    """Write what is public of the log at any time: its checkpoint and its key. Raises NoLog."""
    written = Written()
    _write_head(out, published_log(log_folder), written)
    return written


def write_bundle(out: Path, *, log_folder: LogFolder) -> Written:
    """Write the whole bundle to `out`, or bring it up to date. Raises NoLog, PackageMissing."""
    written = Written()
    snapshots = list(_published_snapshots())
    # After the snapshots, so that the log holds every checkpoint they stand on.
    log = published_log(log_folder)
    for path, content in log.tiles():
        written.put(LOG, out / LOG / path, content)
    for sha256 in sorted(packages_in_the_log()):
        written.put("packages", out / LOG / "election" / f"{sha256}.zip", _package(sha256))
    names = {
        snapshot.pk: _write_snapshot(out, snapshot, written)
        for snapshot in snapshots
        if snapshot.checkpoint_id <= log.size
    }
    _write_head(out, log, written)
    written.put(LATEST, out / LATEST, _latest(names))
    written.put(MANIFEST, out / MANIFEST, _manifest(out))
    return written


def _published_snapshots() -> Iterator[Snapshot]:
    for election in Election.objects.order_by("date", "id"):
        yield from published(election).select_related("election", "checkpoint").order_by("created_at")


def _package(sha256: str) -> bytes:
    path = package_path(sha256)
    try:
        return path.read_bytes()
    except FileNotFoundError as reason:
        raise PackageMissing(path) from reason


def _write_snapshot(out: Path, snapshot: Snapshot, written: Written) -> str:
    content = snapshot_file(snapshot)
    sha256 = hashlib.sha256(content).hexdigest()
    name = f"{SNAPSHOTS}/{snapshot.election.code}/{snapshot.kind}-{snapshot.number}.{sha256}.json"
    written.put(SNAPSHOTS, out / name, content)
    return name


def _write_head(out: Path, log: PublishedLog, written: Written) -> None:
    written.put(LOG, out / LOG / "vkey", f"{log.vkey}\n".encode())
    written.put(LOG, out / LOG / "checkpoint", log.checkpoint.encode())


def _latest(names: dict[int, str]) -> bytes:
    """Return, for each election, the file of the result that holds now; null where nothing was published."""
    latest = {}
    for election in Election.objects.order_by("-date", "-id"):
        snapshot = newest(election)
        latest[election.code] = names.get(snapshot.pk) if snapshot else None
    return orjson.dumps({"elections": latest, "checkpoint": f"{LOG}/checkpoint"}, option=orjson.OPT_INDENT_2)


def _manifest(out: Path) -> bytes:
    """Return the SHA-256 of every file of the bundle but the manifest itself, those of earlier runs included."""
    parts = [out / LATEST, *(out / LOG).rglob("*"), *(out / SNAPSHOTS).rglob("*")]
    files = sorted(path for path in parts if path.is_file() and not path.name.endswith(".unfinished"))
    hashes = {path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    return orjson.dumps({"files": hashes}, option=orjson.OPT_INDENT_2)
