"""Packages as they were loaded, kept to be published beside the log."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

from stations.package.content import Package


def package_path(sha256: str) -> Path:
    """Where the canonical zip of a loaded package lies."""
    return Path(settings.DATA_DIR) / "packages" / f"{sha256}.zip"


def keep_package(package: Package) -> Path:
    """Write the canonical zip unless it is there already; whole or not at all."""
    path = package_path(package.sha256)
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    with unfinished.open("wb") as file:
        file.write(package.canonical)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return path
