"""Results are read as the reader, from what was committed, and kept pages are of one test only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from results.public import ground, kept_pages


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin without kept pages, and see every change at once."""
    kept_pages.pages.clear()
    ground.forget_recent()
    monkeypatch.setattr(ground, "RECENT_SECONDS", -1.0)


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """A folder for the package and the log."""
    settings.LOG_DIR = tmp_path / "log"
    return tmp_path
