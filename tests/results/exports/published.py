"""A small country whose bulletin is published, and what came in after it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django import Settings

from aggregation.services import rebuild_tallies, settle
from results.models import Snapshot
from results.publication.services import publish_bulletin
from stations.models import Election
from tests import scene
from tests.packages import plurality_figures, valid_figures
from tests.results.verification.conftest import publish_log


@dataclass(frozen=True)
class PublishedNight:
    """Bulletin 1 counts three stations; a fourth came in and the first was corrected after it."""

    election: Election
    bulletin: Snapshot
    log_dir: Path


def publish(folder: Path, settings: Settings) -> PublishedNight:
    """Play the night with its data, packages and log in this folder."""
    settings.DATA_DIR = folder
    settings.LOG_DIR = folder / "log"
    settings.DOWNLOADS_DIR = folder / "downloads"
    settings.BUNDLE_KEY_FILE = folder / "bundle-key" / "key"
    settings.LOG_ORIGIN = "hattama.test/log"
    election = scene.load(folder / "package", regions=2, districts=2, stations=2)
    rebuild_tallies()
    for station in ("r1-d1-s1", "r1-d2-s1", "r2-d1-s1"):
        scene.submit(station)
    scene.submit("r1-d1-s1", "okrug", plurality_figures())
    scene.hold("r2-d1-s2")
    scene.submit("r2-d2-s2")
    scene.decide("annul", "r2-d2-s2")
    settle()
    publish_log(folder)
    bulletin = publish_bulletin(election=election, by=scene.person("cec"), now=scene.NOW)
    scene.submit("r1-d1-s2")
    corrected = valid_figures({"a": 200, "b": 150, "c": 60, "against_all": 20})
    scene.decide("correct", "r1-d1-s1", figures=corrected)
    settle()
    publish_log(folder)
    return PublishedNight(election, bulletin, folder / "log")


@pytest.fixture
def night(tmp_path: Path, settings: Settings, transactional_db: None) -> PublishedNight:
    return publish(tmp_path, settings)
