"""Whether this process lives, whether it can serve, and how far the roll-up and the log are behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import redis
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from accounts.access import internal, public
from audit.selectors import alarms, last_cosigned, latest_checkpoint, oldest_unsealed_at
from config.celery import QUEUES
from tallies.models import PendingArea

BROKER_PATIENCE = 2  # Seconds.


@public
@require_safe
@never_cache
def live(_request: HttpRequest) -> JsonResponse:
    """The process answers. Says nothing about database or broker, so that their outage does not restart it."""
    return JsonResponse({"status": "alive"})


@internal
@require_safe
@never_cache
def ready(_request: HttpRequest) -> JsonResponse:
    """200 when database and broker answer, else 503 naming which does not; with backlog and the log's alarms."""
    checks = {"database": _database_answers(), "broker": _broker_answers()}
    answer: dict[str, object] = {name: "ok" if answers else "unreachable" for name, answers in checks.items()}
    if checks["database"]:
        now = timezone.now()
        answer["oldest_pending_seconds"] = _age(_pending()[1], now)
        answer["oldest_unsealed_seconds"] = _age(oldest_unsealed_at(), now)
        # A log that is not signed any further takes no web process out of service: protocols are still recorded.
        answer["log"] = [
            {"code": alarm.code, "about": alarm.about, "detail": alarm.detail, "since": alarm.since.isoformat()}
            for alarm in alarms()
        ] or "ok"
    return JsonResponse(answer, status=200 if all(checks.values()) else 503)


@internal
@require_safe
@never_cache
def metrics(_request: HttpRequest) -> HttpResponse:
    """The backlog for Prometheus, read from database and broker, so that any web process gives the same figures."""
    registry = CollectorRegistry()
    registry.register(_Backlog())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Backlog:
    """What waits: areas to bring up to date, events to seal, bells to hear."""

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        now = timezone.now()
        pending, oldest = _pending()
        checkpoint = latest_checkpoint()
        yield _gauge("hattama_pending_areas", "Rows of areas whose tallies must be brought up to date.", pending)
        yield _gauge("hattama_oldest_pending_seconds", "Age of the oldest of them.", _age(oldest, now))
        yield _gauge(
            "hattama_oldest_unsealed_seconds",
            "Age of the oldest unsealed event.",
            _age(oldest_unsealed_at(), now),
        )
        yield _gauge("hattama_log_size", "Entries under the last checkpoint.", checkpoint.size if checkpoint else 0)
        signed = _age(checkpoint.signed_at, now) if checkpoint else 0.0
        yield _gauge("hattama_checkpoint_age_seconds", "Age of the last checkpoint, 0 without one.", signed)
        raised = GaugeMetricFamily("hattama_log_alarm", "What is wrong with the log now.", labels=["code", "about"])
        for alarm in alarms():
            raised.add_metric([alarm.code, alarm.about], 1.0)
        yield raised
        cosigned = GaugeMetricFamily("hattama_cosigned_size", "Entries a witness has cosigned.", labels=["witness"])
        for each in last_cosigned().values():
            cosigned.add_metric([each.witness], float(each.checkpoint_id))
        yield cosigned
        if _broker_answers():
            bells = GaugeMetricFamily("hattama_bells", "Bells nobody has heard yet.", labels=["queue"])
            with _broker() as broker:
                for queue in QUEUES:
                    bells.add_metric([queue], float(broker.llen(queue)))
            yield bells


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(name, documentation, value=value)


def _pending() -> tuple[int, datetime | None]:
    found = PendingArea.objects.aggregate(rows=Count("id"), oldest=Min("at"))
    return found["rows"], found["oldest"]


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker_answers() -> bool:
    try:
        with _broker() as broker:
            return bool(broker.ping())
    except redis.RedisError:
        return False


def _broker() -> redis.Redis:
    return redis.Redis.from_url(
        settings.BROKER_URL, socket_timeout=BROKER_PATIENCE, socket_connect_timeout=BROKER_PATIENCE
    )
