"""Results are read as the reader, from what was committed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """A folder for the package and the log."""
    settings.LOG_DIR = tmp_path / "log"
    return tmp_path
