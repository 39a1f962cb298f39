"""A night with every kind of change, part of it sealed, and people who may look at all or at some of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.domain.roles import Role
from accounts.models import Appointment
from aggregation.services import rebuild_tallies, settle
from results.public.ground import forget_recent
from stations.models import Area, Contest, Election, Station
from tests import scene
from tests.packages import valid_figures
from tests.results.verification.conftest import publish_log


class Appoint(Protocol):
    """Give a person a role in a place; return a browser in which they are signed in."""

    def __call__(self, role: Role = ..., **place: Any) -> Client: ...


@pytest.fixture
def election(transactional_db: None, tmp_path: Path, settings: Settings) -> Iterator[Election]:
    """One station in force, one held, one returned, one corrected, all sealed; one annulled and not sealed yet."""
    forget_recent()
    settings.DATA_DIR = tmp_path
    settings.LOG_DIR = tmp_path / "log"
    election = scene.load(tmp_path / "package", regions=2, districts=2, stations=2)
    rebuild_tallies()
    scene.submit("r1-d1-s1")
    scene.hold("r1-d1-s2")
    scene.hold("r1-d2-s1")
    scene.decide("return", "r1-d2-s1")
    scene.submit("r2-d1-s1")
    scene.decide("correct", "r2-d1-s1", figures=valid_figures({"a": 200, "b": 150, "c": 60, "against_all": 20}))
    settle()
    publish_log(tmp_path)
    scene.submit("r2-d2-s1")
    scene.decide("annul", "r2-d2-s1")
    settle()
    yield election
    forget_recent()


@pytest.fixture
def appoint(election: Election) -> Appoint:
    def appoint(role: Role = Role.OBSERVER, **place: str) -> Client:
        kinds: dict[str, Any] = {"area": Area, "station": Station, "contest": Contest}
        where = {kind: kinds[kind].objects.get(code=code) for kind, code in place.items()}
        user = scene.person(f"{role}-{'-'.join(place.values())}")
        Appointment.objects.create(user=user, role=role, election=election, appointed_at=scene.NOW, **where)
        client = Client()
        client.force_login(user)
        return client

    return appoint


@pytest.fixture
def observer(appoint: Appoint) -> Client:
    """Somebody who observes the whole country."""
    return appoint()
