"""The published log folder (C2SP tlog-tiles) held against the log in the database."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from results.verification.log import Log
from results.verification.verdict import Differences
from verifier.hattama_verify import (
    HASH,
    LogKey,
    TileName,
    Tree,
    entries_of,
    leaf_of,
    needed_tiles,
    read_checkpoint,
    says,
)


@dataclass(frozen=True)
class Published:
    """What the folder held *before* the database was looked at.

    The publisher writes the database first, so everything in here must be in the database by then.
    """

    folder: Path
    checkpoint: str | None
    vkey: str | None
    files: tuple[str, ...]


def look_at(folder: Path | None) -> Published | None:
    """Return what is published, None when there is no such folder here."""
    if folder is None or not folder.is_dir():
        return None
    # The checkpoint first: what it covers was written before it.
    checkpoint = _text(folder / "checkpoint")
    files = sorted(str(path.relative_to(folder)) for path in (folder / "tile").rglob("*") if path.is_file())
    return Published(folder, checkpoint, _text(folder / "vkey"), tuple(files))


def check_published(
    published: Published, log: Log, key: LogKey | None, differences: Differences, counts: Counter[str]
) -> None:
    """Every file must hold what the log holds there, and nothing the last checkpoint needs may be missing."""
    _check_checkpoint(published, log, key, differences)
    for path in published.files:
        _check_file(published.folder / path, path, log.tree, differences)
    counts["files"] = len(published.files)
    # Files are written before the checkpoint is stored, so these are there although they were not listed above.
    for tile in needed_tiles(log.checkpoints[-1].size if log.checkpoints else 0):
        if not (published.folder / tile.path).is_file():
            differences.add("log folder", "file", expected="a file", found=None, path=tile.path)


def _check_checkpoint(published: Published, log: Log, key: LogKey | None, differences: Differences) -> None:
    if published.checkpoint is None:
        return
    try:
        size = read_checkpoint(published.checkpoint).size
    except ValueError:
        differences.add("log folder", "checkpoint", expected="a signed checkpoint", found=published.checkpoint)
        return
    stored = next((checkpoint for checkpoint in log.checkpoints if checkpoint.size == size), None)
    if stored is None:
        # Published by a publisher whose last transaction was lost, or by another database.
        if size > log.tree.size:
            differences.add("audit_logindex", "number of events", expected=f"at least {size}", found=log.tree.size)
        else:
            differences.add("audit_checkpoint", "row", expected="the published checkpoint", found=None, size=size)
    elif key and not says(published.checkpoint, key, size, stored.root):
        differences.add("log folder", "checkpoint", expected=stored.note, found=published.checkpoint, size=size)


def _check_file(file: Path, path: str, tree: Tree, differences: Differences) -> None:
    tile = TileName.of(path)
    if tile is None:
        differences.add("log folder", "name", expected="a tile or a bundle", found=path, path=path)
        return
    expected = tree.tile(tile.level or 0, tile.number, tile.width)
    try:
        content = file.read_bytes()
    except FileNotFoundError:  # A partial tile may go when the full one is there.
        return
    found = _leaves_of(content) if tile.level is None else content
    if len(expected) != tile.width * HASH:
        differences.add("audit_logindex", "events", expected=f"the events of {path}", found=None, path=path)
    elif found != expected:
        at = next((n for n in range(0, len(expected), HASH) if expected[n : n + HASH] != found[n : n + HASH]), 0)
        differences.add(
            "log folder", f"hash {at // HASH}", expected=expected[at : at + HASH], found=found[at : at + HASH],
            path=path,
        )  # fmt: skip


def _leaves_of(bundle: bytes) -> bytes:
    """Return the leaf hashes of a bundle's entries, nothing where it cannot be read."""
    try:
        return b"".join(map(leaf_of, entries_of(bundle)))
    except ValueError:
        return b""


def _text(path: Path) -> str | None:
    try:
        return path.read_text()
    except FileNotFoundError:
        return None
