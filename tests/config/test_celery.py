"""The bells' way: through the real broker, each in its own queue, and heard again when a worker dies."""

from __future__ import annotations

import pytest
import redis
from django.conf import settings

from config.celery import QUEUES, app

# A database of the broker's own: tests that run beside this one ring bells too.
BROKER_URL = settings.BROKER_URL.rsplit("/", 1)[0] + "/15"


def test_a_bell_rings_in_its_own_queue_and_no_other() -> None:
    broker = redis.Redis.from_url(BROKER_URL)
    for queue in QUEUES:
        broker.flushdb()
        with app.connection_for_write(BROKER_URL) as connection:
            app.send_task("aggregation.sweep", queue=queue, connection=connection)
        assert {name: broker.llen(name) for name in QUEUES} == {name: int(name == queue) for name in QUEUES}
    broker.flushdb()


def test_an_unknown_queue_is_refused() -> None:
    with pytest.raises(KeyError):
        app.send_task("aggregation.sweep", queue="rollup.planet")


def test_every_task_the_beat_names_exists() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


def test_a_bell_is_kept_until_its_work_is_done() -> None:
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
