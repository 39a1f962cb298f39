"""Published results. A snapshot is made once, as of a checkpoint, and never changes."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Snapshot(models.Model):
    """A bulletin (preliminary, numbered) or a final result, computed as of a checkpoint of the log.

    A final result counts as published when its approval is there.
    """

    class Kind(models.TextChoices):
        BULLETIN = "bulletin"
        FINAL = "final"

    election = models.ForeignKey("stations.Election", on_delete=models.PROTECT, related_name="snapshots")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    number = models.PositiveIntegerField()
    checkpoint = models.ForeignKey(
        "audit.Checkpoint", on_delete=models.PROTECT, db_column="checkpoint_size", related_name="+"
    )
    content_sha256 = models.CharField(max_length=64)
    made_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["election", "kind", "number"], name="snapshots_are_numbered"),
        ]


class SnapshotTally(models.Model):
    """The sum of a contest in an area, as of the snapshot's checkpoint. `figures` follows the contest's layout."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="tallies")
    contest = models.ForeignKey("stations.Contest", on_delete=models.PROTECT, related_name="+")
    area = models.ForeignKey("stations.Area", on_delete=models.PROTECT, related_name="+")
    figures = ArrayField(models.BigIntegerField())
    stations_expected = models.IntegerField()
    stations_reported = models.IntegerField()
    stations_held = models.IntegerField()
    stations_annulled = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "contest", "area"], name="one_snapshot_tally"),
        ]


class SnapshotAllocation(models.Model):
    """How the seats of a contest were allocated, step by step (aggregation.domain.seats.Allocation.as_data)."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="allocations")
    contest = models.ForeignKey("stations.Contest", on_delete=models.PROTECT, related_name="+")
    steps = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "contest"], name="one_snapshot_allocation"),
        ]


class SnapshotSeats(models.Model):
    """The seats of a choice in a snapshot."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="seats")
    contest = models.ForeignKey("stations.Contest", on_delete=models.PROTECT, related_name="+")
    choice = models.ForeignKey("stations.Choice", on_delete=models.PROTECT, related_name="+")
    seats = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "choice"], name="one_snapshot_seat_count"),
        ]


class Approval(models.Model):
    """A second person's approval of a final result. From then on it is published."""

    snapshot = models.OneToOneField(Snapshot, on_delete=models.PROTECT, primary_key=True, related_name="approval")
    approved_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()
