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


class Certificate(models.Model):
    """What a commission establishes of a contest in its area, as one member proposed it. Never changed.

    It stands when a second member has signed it (`CertificateSignature`) and until something beneath it changes
    (`tallies.CertifiedEnd`). `figures` follows the contest's layout. It rests on protocols (`versions` in force and
    `annulled` ones, in the order of their stations' codes) or on the certificates of the level below (`rests_on`, in
    the order of their areas). `explained` counts the warnings that stations explained.
    """

    class Level(models.TextChoices):
        DISTRICT = "district"
        CONSTITUENCY = "constituency"
        REGION = "region"
        NATION = "nation"

    contest = models.ForeignKey("stations.Contest", on_delete=models.PROTECT, related_name="+")
    area = models.ForeignKey("stations.Area", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    level = models.CharField(max_length=16, choices=Level.choices)
    checkpoint = models.ForeignKey(
        "audit.Checkpoint", on_delete=models.PROTECT, db_column="checkpoint_size", related_name="+"
    )
    figures = ArrayField(models.BigIntegerField())
    stations_expected = models.IntegerField()
    stations_reported = models.IntegerField()
    stations_annulled = models.IntegerField()
    versions = ArrayField(models.BigIntegerField())
    annulled = ArrayField(models.BigIntegerField())
    rests_on = ArrayField(models.BigIntegerField())
    explained = models.IntegerField()
    content_sha256 = models.CharField(max_length=64)
    proposed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=32)
    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contest", "area", "number"], name="certificates_are_numbered"),
            models.CheckConstraint(
                name="a_certificate_rests_on_one_level",
                condition=models.Q(versions=[], annulled=[]) | models.Q(rests_on=[]),
            ),
        ]


class CertificateSignature(models.Model):
    """The second member's signature: from then on the certificate stands, and `certified` keeps what it covers."""

    certificate = models.OneToOneField(
        Certificate, on_delete=models.PROTECT, primary_key=True, related_name="signature"
    )
    certified = models.OneToOneField("tallies.Certified", on_delete=models.PROTECT, related_name="signature")
    signed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=32)
    signed_at = models.DateTimeField()


class Opinion(models.Model):
    """A member's dissenting opinion on a certificate that waits for its second signature. The words are the event's."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="opinions")
    number = models.PositiveIntegerField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=32)
    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["certificate", "number"], name="opinions_are_numbered"),
        ]


class PublicationPause(models.Model):
    """That nothing more is published for now, and why: the words are the event's. Over when it is resumed."""

    election = models.ForeignKey("stations.Election", on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class PublicationResumption(models.Model):
    """That a pause of publication is over."""

    pause = models.OneToOneField(
        PublicationPause, on_delete=models.PROTECT, primary_key=True, related_name="resumption"
    )
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class BulletinSchedule(models.Model):
    """How often a bulletin is published by itself, in the name of who said so. The last row counts; 0 ends it."""

    election = models.ForeignKey("stations.Election", on_delete=models.PROTECT, related_name="+")
    every_minutes = models.PositiveSmallIntegerField()
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class MandateAct(models.Model):
    """What the central commission proposes to record about a contest's mandates. Never changed.

    `data` says it by codes and places on lists, never by names, as the event does. It counts once it is confirmed.
    """

    class Kind(models.TextChoices):
        LOTS = "lots"
        REGISTRATION = "registration"
        GIVEN_UP = "given_up"
        REPEAT = "repeat"

    contest = models.ForeignKey("stations.Contest", on_delete=models.PROTECT, related_name="+")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    data = models.JSONField()
    proposed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contest", "number"], name="mandate_acts_are_numbered"),
        ]


class MandateDecision(models.Model):
    """That a second person confirmed an act, or that it was withdrawn. Never changed."""

    class Outcome(models.TextChoices):
        CONFIRMED = "confirmed"
        WITHDRAWN = "withdrawn"

    act = models.OneToOneField(MandateAct, on_delete=models.PROTECT, primary_key=True, related_name="decision")
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Export(models.Model):
    """A run that writes what is published as files, by itself. One runs at a time; the next takes up one that stopped.

    `mark` says what was published when it began: equal marks, nothing to write. `alive_at` is its last sign of life.
    """

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="+")
    mark = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    alive_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    pages_done = models.PositiveIntegerField(default=0)
    pages_of = models.PositiveIntegerField(default=0)
    files_written = models.PositiveIntegerField(default=0)
    failure = models.CharField(max_length=32, blank=True)
    path = models.TextField(blank=True)
