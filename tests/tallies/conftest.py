"""What tests of protocols share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def uploads(tmp_path: Path, settings: Any) -> Path:
    """A folder of its own for photographs and uploads: what is in it, the test put there."""
    folder = tmp_path / "uploads"
    settings.UPLOADS_DIR = folder
    evidence = {**settings.STORAGES["evidence"], "OPTIONS": {"location": folder}}
    settings.STORAGES = {**settings.STORAGES, "evidence": evidence}
    return folder
