"""What the system says about its own health."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from audit.domain.actor import SYSTEM
from audit.services import clear_alarms, raise_alarm, record_event
from tallies.models import PendingArea

OUTSIDE = "203.0.113.7"
INSIDE = "127.0.0.1"


def test_anyone_may_ask_whether_the_process_lives() -> None:
    assert Client().get("/health/live", REMOTE_ADDR=OUTSIDE).json() == {"status": "alive"}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/health/ready", "/metrics"])
def test_readiness_and_metrics_are_for_the_inside_or_a_token(path: str, settings: Settings) -> None:
    settings.METRICS_TOKEN = "a-token-for-the-inside"
    assert Client().get(path, REMOTE_ADDR=OUTSIDE).status_code == 404
    assert Client().get(path, REMOTE_ADDR=INSIDE).status_code == 200
    assert (
        Client().get(path, headers={"Authorization": "Bearer a-token-for-the-inside"}, REMOTE_ADDR=OUTSIDE).status_code
        == 200
    )


@pytest.mark.django_db
def test_readiness_tells_how_far_roll_up_and_log_are_behind() -> None:
    fresh = Client().get("/health/ready", REMOTE_ADDR=INSIDE).json()
    ages = {"oldest_pending_seconds": 0.0, "oldest_unsealed_seconds": 0.0}
    assert fresh == {"database": "ok", "broker": "ok", "log": "ok", **ages}
    PendingArea.objects.create(contest_id=1, area_id=1)
    at = timezone.now() - timedelta(hours=1)
    record_event(kind="publication.resumed", at=at, actor=SYSTEM, election="test-2026", body={})
    late = Client().get("/health/ready", REMOTE_ADDR=INSIDE).json()
    assert late["oldest_pending_seconds"] > 0
    assert late["oldest_unsealed_seconds"] >= 3600


@pytest.mark.django_db
def test_what_is_wrong_with_the_log_is_told_until_it_is_over_and_takes_nobody_out_of_service() -> None:
    for detail in ("the log has 3 entries, but 5 are signed", "the log has 4 entries, but 5 are signed"):
        raise_alarm(code="smaller_tree", detail=detail, now=timezone.now())
    answer = Client().get("/health/ready", REMOTE_ADDR=INSIDE)
    assert answer.status_code == 200
    (told,) = answer.json()["log"]
    assert (told["code"], told["detail"]) == ("smaller_tree", "the log has 4 entries, but 5 are signed")
    metrics = Client().get("/metrics", REMOTE_ADDR=INSIDE).content.decode()
    assert 'hattama_log_alarm{about="",code="smaller_tree"} 1.0' in metrics
    clear_alarms(codes=frozenset({"smaller_tree"}))
    assert Client().get("/health/ready", REMOTE_ADDR=INSIDE).json()["log"] == "ok"


@pytest.mark.django_db
def test_a_silent_broker_is_named_and_the_answer_is_503(settings: Settings) -> None:
    settings.BROKER_URL = "redis://127.0.0.1:1/0"
    answer = Client().get("/health/ready", REMOTE_ADDR=INSIDE)
    assert answer.status_code == 503
    assert answer.json()["broker"] == "unreachable"
    assert answer.json()["database"] == "ok"


@pytest.mark.django_db
def test_metrics_count_what_waits() -> None:
    PendingArea.objects.create(contest_id=1, area_id=1)
    PendingArea.objects.create(contest_id=1, area_id=1)
    lines = Client().get("/metrics", REMOTE_ADDR=INSIDE).content.decode().splitlines()
    assert "hattama_pending_areas 2.0" in lines
    assert any(line.startswith('hattama_bells{queue="rollup.nation"} ') for line in lines)


@pytest.mark.parametrize("given", ["short", "with space here", "x" * 65, "newline\\r\\nX: y", ""])
def test_a_request_without_a_sane_id_gets_one(given: str) -> None:
    answered = Client().get("/health/live", headers={"X-Request-ID": given}).headers["X-Request-ID"]
    assert answered != given
    assert len(answered) == 32


def test_a_sane_request_id_is_kept() -> None:
    answer = Client().get("/health/live", headers={"X-Request-ID": "night-2023.000001"})
    assert answer.headers["X-Request-ID"] == "night-2023.000001"
