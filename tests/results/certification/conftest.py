"""A small country whose protocols are all in force and in the signed log."""

from __future__ import annotations

from pathlib import Path

import pytest

from stations.models import Election
from tests import scene
from tests.results import evening


@pytest.fixture
def election(folder: Path) -> Election:
    return scene.load(folder / "package", regions=2, districts=2, stations=2, contests=("list",))


@pytest.fixture
def complete(election: Election, folder: Path) -> Election:
    evening.everybody_sends(("list",))
    evening.seal_log(folder)
    return election
