"""Complaints on protocols, and how each of them ended. Neither is ever changed."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tallies.domain.complaints import Ending, Remedy
from tallies.domain.photographs import MediaType
from tallies.models.protocols import ProtocolVersion


class Complaint(models.Model):
    """What an observer or a candidate's representative holds against a station's protocol of a contest.

    `version` is the one they saw, null while the protocol was awaited. `figures` are those of their own copy in the
    layout's order, null for a line they give no figure of, and empty where they have no copy; `salt` hides them in
    the log. Their words are an Explanation of the event. `answer_by` is null where the law names no time.
    """

    contest = models.ForeignKey("stations.Contest", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    number = models.PositiveIntegerField()
    version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, null=True, related_name="+")
    figures = ArrayField(models.IntegerField(null=True))
    salt = models.BinaryField()
    answer_by = models.DateTimeField(null=True)
    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=32)
    # Null where none was given: any number of complaints may have none.
    idempotency_key = models.CharField(max_length=128, null=True)  # noqa: DJ001
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contest", "station", "number"], name="complaint_numbers_are_unique"),
            models.UniqueConstraint(fields=["by", "idempotency_key"], name="complaint_once_per_key"),
        ]


class ComplaintPhotograph(models.Model):
    """A photograph or scan that came with a complaint, mostly of the complainant's copy. Its files lie under hashes."""

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="photographs")
    number = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=32, choices=[(each.value, each.value) for each in MediaType])
    bytes = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["complaint", "number"], name="complaint_photographs_are_numbered"),
            models.UniqueConstraint(fields=["complaint", "sha256"], name="complaint_photographs_differ"),
        ]


class ComplaintPhotographPage(models.Model):
    """The copy of one page that is shown: a JPEG with nothing of the original but its pixels."""

    photograph = models.ForeignKey(ComplaintPhotograph, on_delete=models.PROTECT, related_name="pages")
    number = models.PositiveSmallIntegerField()
    sha256 = models.CharField(max_length=64)
    bytes = models.PositiveIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["photograph", "number"], name="complaint_pages_are_numbered"),
        ]


class ComplaintEnd(models.Model):
    """How a complaint ended. One row at most: a complaint is answered or taken back, and once."""

    complaint = models.OneToOneField(Complaint, on_delete=models.PROTECT, primary_key=True, related_name="end")
    ending = models.CharField(max_length=16, choices=[(ending.value, ending.value) for ending in Ending])
    remedy = models.CharField(max_length=16, choices=[(remedy.value, remedy.value) for remedy in Remedy])
    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=32)
    at = models.DateTimeField()
