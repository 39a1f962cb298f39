"""The published log folder (C2SP tlog-tiles) held against the log in the database."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from results.verification.log import Log
from results.verification.merkle import HASH, leaf_of, roots_of_full
from results.verification.notes import LogKey, checkpoint_of, says
from results.verification.verdict import Differences

WIDTH = 256
"""Hashes of a full tile, entries of a full bundle."""

_TILE = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


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
    levels = _levels(bytes(log.tree.leaves))
    for path in published.files:
        _check_file(published.folder / path, path, levels, differences)
    counts["files"] = len(published.files)
    # Files are written before the checkpoint is stored, so these are there although they were not listed above.
    for path in _needed(log.checkpoints[-1].size if log.checkpoints else 0):
        if not (published.folder / path).is_file():
            differences.add("log folder", "file", expected="a file", found=None, path=path)


def _check_checkpoint(published: Published, log: Log, key: LogKey | None, differences: Differences) -> None:
    if published.checkpoint is None:
        return
    try:
        _, size, _ = checkpoint_of(published.checkpoint)
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


def _levels(leaves: bytes) -> list[bytes]:
    """The hashes of each level of tiles: leaves, roots of full tiles of leaves, and so on."""
    levels = [leaves]
    while len(levels[-1]) >= WIDTH * HASH:
        levels.append(roots_of_full(levels[-1], WIDTH))
    return levels


def _check_file(file: Path, path: str, levels: list[bytes], differences: Differences) -> None:
    named = _TILE.fullmatch(path)
    if not named:
        differences.add("log folder", "name", expected="a tile or a bundle", found=path, path=path)
        return
    level = 0 if named[1] == "entries" else int(named[1])
    first = int(named[2].replace("x", "").replace("/", "")) * WIDTH * HASH
    expected = levels[level][first : first + int(named[3] or WIDTH) * HASH] if level < len(levels) else b""
    try:
        content = file.read_bytes()
    except FileNotFoundError:  # A partial tile may go when the full one is there.
        return
    found = _leaves_of_bundle(content) if named[1] == "entries" else content
    if len(expected) != int(named[3] or WIDTH) * HASH:
        differences.add("audit_logindex", "events", expected=f"the events of {path}", found=None, path=path)
    elif found != expected:
        at = next((n for n in range(0, len(expected), HASH) if expected[n : n + HASH] != found[n : n + HASH]), 0)
        differences.add(
            "log folder", f"hash {at // HASH}", expected=expected[at : at + HASH], found=found[at : at + HASH],
            path=path,
        )  # fmt: skip


def _leaves_of_bundle(content: bytes) -> bytes:
    """Return the leaf hashes of a bundle: for each entry its length in two bytes, then the entry."""
    leaves = bytearray()
    at = 0
    while at < len(content):
        end = at + 2 + int.from_bytes(content[at : at + 2], "big")
        leaves += leaf_of(content[at + 2 : end])
        at = end
    return bytes(leaves) if at == len(content) else b""


def _needed(size: int) -> Iterator[str]:
    """The paths that a checkpoint of this size needs."""
    for name in ("entries", *range(8)):
        in_level = size if name == "entries" else size // WIDTH ** int(name)
        full, partial = divmod(in_level, WIDTH)
        yield from (f"tile/{name}/{_number(n)}" for n in range(full))
        if partial:
            yield f"tile/{name}/{_number(full)}.p/{partial}"


def _number(number: int) -> str:
    text = f"{number:03}"
    text = text.zfill(-(-len(text) // 3) * 3)
    groups = [text[at : at + 3] for at in range(0, len(text), 3)]
    return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])


def _text(path: Path) -> str | None:
    try:
        return path.read_text()
    except FileNotFoundError:
        return None
