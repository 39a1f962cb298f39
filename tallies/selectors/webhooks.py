"""Webhooks of a commission's area, and what was sent to them."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from tallies.models import Webhook, WebhookDelivery
from tallies.selectors.protocols import Scope

DELIVERIES_SHOWN = 100


def webhooks_in(scope: Scope) -> QuerySet[Webhook]:
    """Return the webhooks set within a scope, live ones first, each with `delivered`, `waiting` and `given_up`."""
    webhooks = Webhook.objects.filter(area__election=scope.election_id)
    if not scope.everything:
        webhooks = webhooks.filter(
            Q(area__in=scope.districts | scope.regions)
            | Q(area__parent__in=scope.regions)
            | Q(contest__in=scope.contests)
        )
    return (
        webhooks.select_related("area", "contest")
        .annotate(
            delivered=Count("deliveries", filter=Q(deliveries__delivered_at__isnull=False)),
            waiting=Count("deliveries", filter=Q(deliveries__delivered_at=None, deliveries__given_up_at=None)),
            given_up=Count("deliveries", filter=Q(deliveries__given_up_at__isnull=False)),
        )
        .order_by("disabled_at", "-set_at")
    )


def latest_deliveries(webhook: Webhook) -> list[WebhookDelivery]:
    """Return the messages left for a webhook last, the newest first."""
    return list(
        WebhookDelivery.objects.filter(webhook=webhook)
        .select_related("event")
        .order_by("-created_at", "-event_id")[:DELIVERIES_SHOWN]
    )
