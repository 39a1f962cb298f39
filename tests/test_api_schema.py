"""The API does what its description says, whatever is sent to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.utils import timezone
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS

from accounts.domain.roles import Role
from accounts.models import Appointment
from accounts.services import issue_token
from results.public.ground import forget_recent
from stations.models import Station
from tallies.api import LONGEST_CODE
from tests import scene
from tests.packages import valid_figures

schema = schemathesis.openapi.from_wsgi("/api/v1/schema/", get_wsgi_application())


@pytest.fixture
def token(transactional_db: None, tmp_path: Path, settings: Any) -> Iterator[str]:
    """An officer's token, in an election whose figures are public."""
    forget_recent()
    settings.DATA_DIR = tmp_path
    election = scene.load(tmp_path / "package", regions=1, districts=1, stations=2, live_public=True)
    officer = scene.person()
    Appointment.objects.create(
        user=officer, role=Role.OFFICER, election=election, station=Station.objects.get(code="r1-d1-s1"),
        appointed_at=scene.NOW,
    )  # fmt: skip
    scene.submit("r1-d1-s2")
    yield issue_token(user=officer, now=timezone.now(), lifetime=timedelta(hours=1))
    forget_recent()


@schema.hook("map_path_parameters")
def real_place(_context: schemathesis.HookContext, parameters: dict[str, Any] | None) -> Any:
    """Every other address names what exists, so that more is seen than "not found"."""
    contest = (parameters or {}).get("contest")
    if parameters is None or not isinstance(contest, str) or len(contest) % 2 == 0:
        return parameters
    there = {"contest": "list", "area": "kz", "station": "r1-d1-s2"}
    return {name: there.get(name, value) for name, value in parameters.items()}


@schema.hook("map_body")
def real_protocol(_context: schemathesis.HookContext, body: Any) -> Any:
    """A body that is right in form is of a station that exists, and every other one has figures that add up."""
    if not isinstance(body, dict) or not (_is_code(body.get("station")) and _is_code(body.get("contest"))):
        return body
    figures = body.get("figures")
    if isinstance(figures, dict) and len(figures) % 2 == 0 and all(_is_figure(value) for value in figures.values()):
        figures = valid_figures()
    return {**body, "station": "r1-d1-s1", "contest": "list", "figures": figures}


@pytest.mark.django_db(transaction=True, databases=["default", "reader"])
@schema.parametrize()
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_api_answers_as_its_description_says(case: schemathesis.Case[Any], token: str) -> None:
    # A protocol that is right in form can still be wrong in what it says.
    excluded: list[Any] = [CHECKS.get_one("positive_data_acceptance")] if case.method == "POST" else []
    # The client in this process says that it reads gzip, and does not; what is compressed has tests of its own.
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
    case.call_and_validate(headers=headers, excluded_checks=excluded)


def _is_code(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_CODE


def _is_figure(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31
