"""The Celery application. Messages are bells: all of them may be lost, doubled or late, and no number is wrong.

Queues follow the levels of the roll-up, so that `-Q` spreads workers over machines.
"""

from __future__ import annotations

import logging.config
import os
from typing import Any

import structlog
from celery import Celery
from celery.signals import beat_init, setup_logging, task_postrun, task_prerun, worker_init
from django.conf import settings
from django.db import close_old_connections
from kombu.entity import Exchange, Queue

from config import mark

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

ROLL_UP_QUEUES = ("rollup.district", "rollup.region", "rollup.nation")
DEFAULT_QUEUE = "default"
EXPORT_QUEUE = "exports"
QUEUES = (*ROLL_UP_QUEUES, DEFAULT_QUEUE, EXPORT_QUEUE)
SWEEP_SECONDS = 1.0
WEBHOOK_SECONDS = 2.0
WITNESS_SECONDS = 5.0
LOOK_SECONDS = 15.0
BULLETIN_SECONDS = 10.0
EXPORT_SECONDS = 10.0
# A worker's child that grew beyond this while it wrote a country's files is replaced by a fresh one.
MOST_KILOBYTES = 600_000
UPLOADS_SECONDS = 900.0
NICER_THAN_WEB = 10

app = Celery("hattama")
app.conf.update(
    broker_url=settings.BROKER_URL,
    broker_connection_retry_on_startup=True,
    # A worker that dies with a bell gives it back after this many seconds, looked for every second; kombu's own
    # figures would make it an hour. No task takes nearly as long but that of exports, which is acknowledged first.
    broker_transport_options={
        "visibility_timeout": 60,
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
        "socket_keepalive": True,
        "health_check_interval": 30,
    },
    # Each with an exchange and key of its own: by default Celery binds them all to one, and every bell rings in each.
    task_queues=[Queue(name, Exchange(name), routing_key=name) for name in QUEUES],
    task_default_queue=DEFAULT_QUEUE,
    task_create_missing_queues=False,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    # A request does not wait for a silent broker: the sweeper rings again.
    task_publish_retry=False,
    task_serializer="json",
    accept_content=["json"],
    timezone="UTC",
    worker_prefetch_multiplier=1,
    worker_max_memory_per_child=MOST_KILOBYTES,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    beat_max_loop_interval=1,
    beat_schedule={
        "ring again for areas left pending": {
            "task": "aggregation.sweep",
            "schedule": SWEEP_SECONDS,
            # A sweep that waited while no worker ran is worth nothing; the next one sees the same.
            "options": {"queue": DEFAULT_QUEUE, "expires": 5},
        },
        "send what is left for webhooks": {
            "task": "tallies.deliver_webhooks",
            "schedule": WEBHOOK_SECONDS,
            "options": {"queue": DEFAULT_QUEUE, "expires": 5},
        },
        "send checkpoints to witnesses": {
            "task": "audit.push_to_witnesses",
            "schedule": WITNESS_SECONDS,
            "options": {"queue": DEFAULT_QUEUE, "expires": WITNESS_SECONDS},
        },
        "look for patterns across protocols": {
            "task": "tallies.look_for_patterns",
            "schedule": LOOK_SECONDS,
            "options": {"queue": DEFAULT_QUEUE, "expires": LOOK_SECONDS},
        },
        "forget photographs that never arrived": {
            "task": "tallies.sweep_uploads",
            "schedule": UPLOADS_SECONDS,
            "options": {"queue": DEFAULT_QUEUE, "expires": UPLOADS_SECONDS},
        },
        "publish the bulletin that is due": {
            "task": "results.publish_due_bulletin",
            "schedule": BULLETIN_SECONDS,
            "options": {"queue": DEFAULT_QUEUE, "expires": BULLETIN_SECONDS},
        },
        "write what was published as files": {
            "task": "results.export",
            "schedule": EXPORT_SECONDS,
            "options": {"queue": EXPORT_QUEUE, "expires": EXPORT_SECONDS},
        },
    },
)
# Celery otherwise closes the connection around every task; here Django closes the broken ones (see below).
app.conf["CELERY_DB_REUSE_MAX"] = 1_000_000
# In every thread of every process: bells ring from web threads too.
app.set_default()
app.autodiscover_tasks()


@setup_logging.connect
def _log_as_everything_else(**_: Any) -> None:
    logging.config.dictConfig(settings.LOGGING)


@worker_init.connect
@beat_init.connect
def _open_no_others_database(**_: Any) -> None:
    try:
        mark.look_at_once()
    except mark.WrongDatabase as refusal:
        # Celery writes the exceptions of its signals down and goes on.
        raise SystemExit(str(refusal)) from refusal


@worker_init.connect
def _give_way_to_the_front_door(**_: Any) -> None:
    """When everything comes at once, sums may be a moment late; protocols may not be turned away."""
    os.nice(NICER_THAN_WEB)


@task_prerun.connect
def _name_the_task(task_id: str, task: Any, **_: Any) -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task_id=task_id, task=task.name)
    close_old_connections()


@task_postrun.connect
def _forget_the_task(**_: Any) -> None:
    structlog.contextvars.clear_contextvars()
