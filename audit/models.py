"""The append-only event log and what the publisher adds to it."""

from __future__ import annotations

from django.db import models


class Event(models.Model):
    """One entry of the log. `entry` holds the canonical bytes that are hashed; the columns beside it only serve search."""

    kind = models.CharField(max_length=64)
    version = models.PositiveSmallIntegerField()
    occurred_at = models.DateTimeField()
    election = models.CharField(max_length=64, blank=True)
    contest = models.CharField(max_length=64, blank=True)
    area = models.CharField(max_length=64, blank=True)
    station = models.CharField(max_length=64, blank=True)
    entry = models.BinaryField()

    class Meta:
        indexes = [
            models.Index(fields=["station", "id"], name="event_by_station"),
            models.Index(fields=["kind", "id"], name="event_by_kind"),
        ]


class UnsealedEvent(models.Model):
    """An event without an index yet. A trigger on `Event` fills it, the publisher empties it."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, primary_key=True, related_name="unsealed")


class LogIndex(models.Model):
    """An event's place in the log: contiguous from 0, given by one publisher at a time, never changed."""

    index = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="log_index")
    leaf_hash = models.BinaryField()


class Checkpoint(models.Model):
    """A signed tree head: `note` is the signed note as served at /log/checkpoint."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    signed_at = models.DateTimeField()
