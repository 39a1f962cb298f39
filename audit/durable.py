"""Files that survive the loss of power: content first, then the name, then the folder that holds the name."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def replace_file(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Give `path` this content; whatever happens, it holds either the old or the new one, whole."""
    fresh = path.with_name(f".{path.name}.new")
    write_and_sync(fresh, content, mode=mode)
    fresh.replace(path)
    sync_folder(path.parent)


def write_and_sync(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file, and return when the disk has it. A file of an earlier attempt is written over."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Return when the disk has the folder's names."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folders_up_to(top: Path, paths: Iterable[Path]) -> None:
    """Sync every folder between `top` and these files, `top` included."""
    folders = {folder for path in paths for folder in path.parents if folder.is_relative_to(top)}
    for folder in sorted(folders, reverse=True):
        sync_folder(folder)
