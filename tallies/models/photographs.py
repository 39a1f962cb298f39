"""Photographs and scans of signed protocols. Evidence is only ever added to: a wrong one is marked, never deleted."""

from __future__ import annotations

import uuid

from django.db import models

from tallies.domain.photographs import MediaType


class Photograph(models.Model):
    """A file that shows a station's signed protocol. Never changed; the files lie under their hashes."""

    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, primary_key=True, related_name="+")
    contest = models.ForeignKey("stations.Contest", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    role = models.CharField(max_length=32)
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=32, choices=[(each.value, each.value) for each in MediaType])
    bytes = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["contest", "station"], name="photograph_by_protocol"),
            models.Index(fields=["sha256"], name="photograph_by_hash"),
        ]


class PhotographPage(models.Model):
    """The copy of one page that is shown: a JPEG with nothing of the original but its pixels."""

    photograph = models.ForeignKey(Photograph, on_delete=models.PROTECT, related_name="pages")
    number = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64)
    bytes = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["photograph", "number"], name="page_numbers_are_unique"),
        ]


class WithdrawnPhotograph(models.Model):
    """That a photograph does not show what it should. It stays to be seen, marked, with the reason beside the event."""

    photograph = models.OneToOneField(Photograph, on_delete=models.PROTECT, primary_key=True, related_name="withdrawn")
    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=32)
    at = models.DateTimeField()


class Upload(models.Model):
    """A file on its way from a person's device, part by part. It goes when it is attached, refused, or too old."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    contest = models.ForeignKey("stations.Contest", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    length = models.PositiveIntegerField()
    offset = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField()
