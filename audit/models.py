"""The append-only event log and what the publisher adds to it.

The database refuses to change what is recorded: grants for the application's role, triggers for the owner's accidents
(see migrations 0002 and 0003).
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import models

from audit.domain.cosignatures import Cosignature as SignedByWitness
from audit.domain.notes import COSIGNER, parse_vkey


class Event(models.Model):
    """One entry of the log. `entry` holds the canonical bytes that are hashed; the columns beside it only serve search.

    Ids have holes and become visible out of order; an event's place in the log is its `log_index`.
    """

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

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class UnsealedEvent(models.Model):
    """An event without an index yet. A trigger on `Event` fills it, the publisher empties it.

    Without a foreign key in the database: only the trigger inserts, and events are never deleted.
    """

    event = models.OneToOneField(
        Event, on_delete=models.PROTECT, primary_key=True, related_name="unsealed", db_constraint=False
    )

    def __str__(self) -> str:
        return f"unsealed {self.pk}"


class LogIndex(models.Model):
    """An event's place in the log: contiguous from 0, given by one publisher at a time, never changed."""

    index = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="log_index")
    leaf_hash = models.BinaryField()

    def __str__(self) -> str:
        return str(self.index)


class Checkpoint(models.Model):
    """A signed tree head: `note` is the signed note as served at /log/checkpoint."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    signed_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"checkpoint {self.size}"


class Cosignature(models.Model):
    """What a witness stated about a checkpoint; verified before it is stored. `time` is the witness's POSIX time.

    `vkey` is the key it was verified with: a later key of the same witness makes other rows.
    """

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="cosignatures")
    witness = models.CharField(max_length=200)
    vkey = models.CharField(max_length=300)
    time = models.BigIntegerField()
    signature = models.BinaryField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vkey", "checkpoint"], name="one_cosignature_each")]

    def __str__(self) -> str:
        return f"{self.witness} on {self.checkpoint_id}"

    @property
    def line(self) -> str:
        """The signature line beneath the checkpoint, with its newline."""
        return SignedByWitness(parse_vkey(self.vkey, COSIGNER), self.time, bytes(self.signature)).line

    @property
    def at(self) -> datetime:
        """The moment the witness gave."""
        return datetime.fromtimestamp(self.time, UTC)


class Alarm(models.Model):
    """Something that is wrong with the log now: refused to be signed, or contradicted by a witness. Gone when over."""

    code = models.CharField(max_length=32)
    about = models.CharField(max_length=200, blank=True)
    detail = models.CharField(max_length=500)
    since = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "about"], name="one_alarm_each")]

    def __str__(self) -> str:
        return f"{self.code} {self.about}".strip()


class Disclosure(models.Model):
    """From when on an election's entries may be seen; until then only the checkpoint is public."""

    election = models.CharField(max_length=64, primary_key=True)
    figures_public_from = models.DateTimeField()

    def __str__(self) -> str:
        return self.election
