"""Sending what the outbox holds: at least once, each attempt a lease that lapses when its worker dies."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
import structlog
from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils import translation

from audit.outbound import NotSent, Reach, post
from tallies.domain.webhooks import body_of, pause_after, signature_of
from tallies.models import WebhookDelivery

# Longer than a call can take: only a worker that died leaves a lease to lapse.
LEASE = timedelta(seconds=60)
# One pass; the next begins a moment later.
PASS_SECONDS = 20.0
# One pass at a time keeps slow receivers from holding all workers, which sum protocols beside this.
_ONE_PASS = (1003, 1)

log = structlog.get_logger(__name__)

_CLAIM = """
    UPDATE tallies_webhookdelivery SET attempts = attempts + 1, tried_at = %(now)s, next_try_at = %(lease)s
    WHERE id = (
        SELECT delivery.id FROM tallies_webhookdelivery delivery
        JOIN tallies_webhook webhook ON webhook.id = delivery.webhook_id AND webhook.disabled_at IS NULL
        WHERE delivery.delivered_at IS NULL AND delivery.given_up_at IS NULL AND delivery.next_try_at <= %(now)s
          AND NOT webhook.id = ANY(%(unwell)s)
        ORDER BY delivery.next_try_at, delivery.event_id LIMIT 1
        FOR UPDATE OF delivery SKIP LOCKED
    )
    RETURNING id
"""


@dataclass(frozen=True)
class Passed:
    """What a pass came to."""

    delivered: int
    failed: int


def deliver_due(*, clock: Callable[[], datetime], reach: Reach) -> Passed:
    """Send what is due, the oldest first, for at most `PASS_SECONDS`. Does nothing while another pass runs.

    A webhook that fails is left alone for the rest of the pass: the others do not wait for it again and again.
    """
    if not _begin():
        return Passed(0, 0)
    try:
        return _pass(clock, reach)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", _ONE_PASS)


def _begin() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", _ONE_PASS)
        return bool(cursor.fetchone()[0])


def _pass(clock: Callable[[], datetime], reach: Reach) -> Passed:
    delivered, unwell, ends = 0, set[int](), time.monotonic() + PASS_SECONDS
    failed = 0
    while time.monotonic() < ends and (delivery := _claim(clock(), unwell)):
        if _send(delivery, clock, reach):
            delivered += 1
        else:
            failed += 1
            unwell.add(delivery.webhook_id)
    return Passed(delivered, failed)


def _claim(now: datetime, unwell: set[int]) -> WebhookDelivery | None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "lease": now + LEASE, "unwell": sorted(unwell)})
        row = cursor.fetchone()
    claimed: UUID | None = row[0] if row else None
    return WebhookDelivery.objects.select_related("webhook", "event").get(pk=claimed) if claimed else None


def _send(delivery: WebhookDelivery, clock: Callable[[], datetime], reach: Reach) -> bool:
    """Send one message and write down what came of it, in that order: a death between them sends it once more."""
    body = message_of(delivery)
    timestamp = int(clock().timestamp())
    message_id = f"msg_{delivery.pk.hex}"
    headers = {
        "content-type": "application/json",
        "user-agent": "Hattama webhooks",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature_of(
            delivery.webhook.secret, message_id=message_id, timestamp=timestamp, body=body
        ),
    }
    if settings.TRAINING:
        headers["hattama-training"] = "1"
    mine = WebhookDelivery.objects.filter(pk=delivery.pk, delivered_at=None)
    try:
        status = post(delivery.webhook.url, body=body, headers=headers, reach=reach)
    except NotSent as failure:
        now = clock()
        pause = pause_after(delivery.attempts)
        mine.update(
            status=failure.status,
            problem=failure.problem,
            next_try_at=now + (pause or timedelta()),
            given_up_at=None if pause else now,
        )
        log.warning("webhook_not_sent", webhook=delivery.webhook_id, problem=failure.problem, status=failure.status)
        return False
    mine.update(status=status, problem="", delivered_at=clock(), given_up_at=None)
    return True


def message_of(delivery: WebhookDelivery) -> bytes:
    """Return what is sent: codes of what happened where, its version, and the address of the commission's page."""
    event = delivery.event
    if event is None:
        return body_of(delivery.kind, delivery.created_at, {"webhook": delivery.webhook_id})
    entry = orjson.loads(bytes(event.entry))
    data = {
        "election": event.election,
        "contest": event.contest,
        "area": event.area,
        "station": event.station,
        "role": entry["actor"]["role"],
        "version": entry["body"].get("version"),
        "link": _link(event.station, event.contest),
    }
    return body_of(event.kind, event.occurred_at, {name: value for name, value in data.items() if value})


def _link(station: str, contest: str) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return settings.SITE_URL + reverse("tallies:desk_protocol", kwargs={"station": station, "contest": contest})
