"""A night's public bundle, as somebody outside has it at home."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from audit.log_folder import LogFolder
from results.exports.bundle import write_bundle
from results.exports.manifest import bundle_key
from results.exports.selectors import Issuer
from tests.results.verification.conftest import Night, whole_night

__all__ = ["whole_night"]


@pytest.fixture(scope="session")
def whole_bundle(
    whole_night: Night, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("bundle")
    connection = connections["default"]
    original = connection.settings_dict["NAME"]
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict["NAME"] = whole_night.database
        try:
            write_bundle(
                folder,
                log_folder=LogFolder(whole_night.log_dir),
                issuer=Issuer("Commission", "CEC"),
                key=bundle_key(tmp_path_factory.mktemp("bundle-key") / "key", settings.LOG_ORIGIN),
                with_downloads=False,
            )
        finally:
            connection.close()
            connection.settings_dict["NAME"] = original
    yield folder


@pytest.fixture
def bundle(whole_bundle: Path, tmp_path: Path) -> Path:
    """The bundle, to be tampered with."""
    return Path(shutil.copytree(whole_bundle, tmp_path / "bundle"))
