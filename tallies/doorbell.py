"""Bells to the workers. A bell says which area to look at and nothing else; any of them may be lost."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import redis
import structlog
from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

from stations.models import AreaLevel

ROLL_UP = "aggregation.roll_up"
QUEUES = {level: f"rollup.{level}" for level in AreaLevel.values}

# A bell still waiting in its queue stands for all later ones of the same area: workers that are behind must not find
# more bells than areas. The mark of a lost bell goes out by itself, or earlier by the sweeper (`ring_lost`).
UNANSWERED_MS = 60_000

log = structlog.get_logger(__name__)


@functools.cache
def _marks() -> redis.Redis:
    return redis.Redis.from_url(settings.BROKER_URL, socket_timeout=1, socket_connect_timeout=1)


def _mark(area_id: int) -> str:
    return f"bell:{area_id}"


def ring(area_ids: Iterable[int], level: str) -> None:
    """Ask the workers of `level` to look at these areas. Call after commit; never raises for a silent broker."""
    for area_id in area_ids:
        try:
            if _marks().set(_mark(area_id), 1, nx=True, px=UNANSWERED_MS):
                current_app.send_task(ROLL_UP, args=[area_id], queue=QUEUES[level], retry=False)
        except (redis.RedisError, OperationalError) as problem:
            log.warning("bell_not_rung", area=area_id, problem=type(problem).__name__)


def ring_lost(area_ids: Iterable[int], level: str) -> None:
    """Ring for areas that nobody looked at for too long, whatever their marks say, unless workers are merely behind."""
    try:
        if _marks().llen(QUEUES[level]):
            return
    except redis.RedisError as problem:
        log.warning("bells_not_counted", level=level, problem=type(problem).__name__)
        return
    for area_id in area_ids:
        answer(area_id)
        ring([area_id], level)


def answer(area_id: int) -> None:
    """Take the area's mark away, before looking at what is pending: a change from now on rings anew."""
    try:
        _marks().delete(_mark(area_id))
    except redis.RedisError as problem:
        log.warning("bell_not_answered", area=area_id, problem=type(problem).__name__)
