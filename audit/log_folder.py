"""The log as plain files: tiles, bundles, `vkey` and `checkpoint`, as web servers and CDNs hand them out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from audit.domain.tiles import Tile
from audit.durable import replace_file, sync_folders_up_to


class PublishedDiffers(Exception):
    """A file of the log would get other bytes than it has. Nothing published ever changes; nothing was overwritten."""


class LogFolder:
    """One log's folder. Only the publisher writes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, tile: Tile) -> bytes:
        """Return the tile's bytes. Raises FileNotFoundError."""
        return (self.folder / tile.path).read_bytes()

    def checkpoint(self) -> str | None:
        """Return the published checkpoint, None when there is none yet."""
        path = self.folder / "checkpoint"
        return path.read_text() if path.exists() else None

    def vkey(self) -> str | None:
        """Return the published public key, None when there is none yet."""
        path = self.folder / "vkey"
        return path.read_text().strip() if path.exists() else None

    def write(self, tiles: Mapping[Tile, bytes]) -> None:
        """Store tiles durably. A path that exists must have the same bytes, or `PublishedDiffers` is raised.

        All files are written first and synced together: the disk then works once instead of once a file.
        """
        missing = {self.folder / tile.path: content for tile, content in tiles.items() if not self._has(tile, content)}
        if not missing:
            return
        drafts = self._empty_drafts()
        written = {drafts / str(number): path for number, path in enumerate(missing)}
        for draft, content in zip(written, missing.values(), strict=True):
            draft.write_bytes(content)
        _sync_files(written)
        for folder in {path.parent for path in missing}:
            folder.mkdir(parents=True, exist_ok=True)
        for draft, path in written.items():
            draft.replace(path)
        sync_folders_up_to(self.folder, missing)

    def publish_vkey(self, vkey: str) -> None:
        """Publish the log's public key. Raises `PublishedDiffers` when the log has another one."""
        if self.vkey() not in (None, vkey):
            raise PublishedDiffers(f"the log in {self.folder} is signed with another key")
        if self.vkey() is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            replace_file(self.folder / "vkey", f"{vkey}\n".encode())

    def publish_checkpoint(self, note: str) -> None:
        """Let the world see this checkpoint. Everything beneath it must have been written before."""
        if self.checkpoint() != note:
            replace_file(self.folder / "checkpoint", note.encode())

    def _has(self, tile: Tile, content: bytes) -> bool:
        path = self.folder / tile.path
        if not path.exists():
            return False
        if path.read_bytes() != content:
            raise PublishedDiffers(f"{tile.path} is published with other bytes")
        return True

    def _empty_drafts(self) -> Path:
        """A place on the same disk for files that are not yet whole; what a crash left there goes."""
        drafts = self.folder / ".drafts"
        shutil.rmtree(drafts, ignore_errors=True)
        drafts.mkdir(parents=True)
        return drafts


def _sync_files(paths: Iterable[Path]) -> None:
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
