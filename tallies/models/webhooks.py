"""What a commission wants to be told by its own programs, and what was sent them."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Webhook(models.Model):
    """An address that is called when something happens in an area (and contest, where one is set).

    `secret` signs what is sent, so it cannot be kept as a hash: it is as the receiver writes it down. A webhook that
    was turned off stays, with what it sent.
    """

    area = models.ForeignKey("stations.Area", on_delete=models.PROTECT, related_name="+")
    contest = models.ForeignKey("stations.Contest", on_delete=models.PROTECT, null=True, related_name="+")
    url = models.CharField(max_length=500)
    secret = models.CharField(max_length=128)
    kinds = ArrayField(models.CharField(max_length=64))
    set_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    disabled_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    disabled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["area"], condition=Q(disabled_at=None), name="live_webhook_by_area")]


class WebhookDelivery(models.Model):
    """A message that must reach a webhook: written in the transaction of its event, sent afterwards, at least once.

    `event` is null for a test. `attempts` counts those that began, so that one which kills its worker ends as well.
    `next_try_at` is also the lease of who is sending it now. `problem` is the code of what went wrong last.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="deliveries")
    event = models.ForeignKey("audit.Event", on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=32, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(name="delivered_or_given_up", condition=Q(delivered_at=None) | Q(given_up_at=None)),
            models.UniqueConstraint(fields=["webhook", "event"], name="an_event_once_per_webhook"),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(delivered_at=None, given_up_at=None),
                name="delivery_due",
            ),
        ]
