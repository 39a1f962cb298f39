"""Reads a published log as an outsider would: from its files alone, checking everything they claim."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import metamorphic_log

from tests.audit.rfc6962 import tree_hash


@dataclass(frozen=True)
class PublishedLog:
    size: int
    root: bytes
    entries: list[bytes]
    note: str


def read_published(folder: Path) -> PublishedLog:
    """Return the log in this folder, having checked signature, root, bundles and every hash tile's bytes."""
    note = (folder / "checkpoint").read_text()
    metamorphic_log.verify_signed_note(note, [(folder / "vkey").read_text().strip()])
    _origin, size_line, root_line = note.split("\n")[:3]
    size, root = int(size_line), base64.b64decode(root_line)
    entries = _entries(folder, size)
    assert tree_hash(entries) == root
    _check_hash_tiles(folder, entries)
    return PublishedLog(size, root, entries, note)


def _entries(folder: Path, size: int) -> list[bytes]:
    entries: list[bytes] = []
    for number in range(-(-size // 256)):
        width = min(256, size - 256 * number)
        content = _tile(folder, "entries", number, width).read_bytes()
        while content:
            length = int.from_bytes(content[:2], "big")
            entries.append(content[2 : 2 + length])
            content = content[2 + length :]
    assert len(entries) == size
    return entries


def _check_hash_tiles(folder: Path, entries: list[bytes]) -> None:
    hashes = [sha256(b"\x00" + entry).digest() for entry in entries]
    level = 0
    while hashes:
        full = []
        for number in range(-(-len(hashes) // 256)):
            piece = hashes[256 * number : 256 * number + 256]
            assert _tile(folder, str(level), number, len(piece)).read_bytes() == b"".join(piece)
            if len(piece) == 256:
                full.append(_perfect_root(piece))
        hashes = full
        level += 1


def _perfect_root(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        hashes = [sha256(b"\x01" + hashes[i] + hashes[i + 1]).digest() for i in range(0, len(hashes), 2)]
    return hashes[0]


def _tile(folder: Path, level: str, number: int, width: int) -> Path:
    assert number < 1000
    return folder / "tile" / level / (f"{number:03}" if width == 256 else f"{number:03}.p/{width}")
