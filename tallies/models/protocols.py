"""What stations said: entries, immutable protocol versions, and which of them stands.

Each row of a protocol refers to its contest and station by one key to the ballot that pairs them (migration
0003_ballot_keys): the database refuses a protocol that no station owes, and writers of different stations do not meet
at the row of the contest they share.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tallies.domain.lifecycle import State


class Entry(models.Model):
    """One person's keying of a protocol. Never changed.

    `figures` holds one number per code of the contest's layout (stations.domain.layout), null for an absent line.
    The idempotency key belongs to the person: the same key twice is the same entry.
    """

    contest = models.ForeignKey("stations.Contest", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=32)
    figures = ArrayField(models.IntegerField(null=True))
    salt = models.BinaryField()
    # Null where none was given: any number of entries may have none.
    idempotency_key = models.CharField(max_length=128, null=True)  # noqa: DJ001
    body_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["by", "idempotency_key"], name="entry_once_per_key"),
        ]


class OpenEntry(models.Model):
    """A protocol under double entry between its first keying and the moment two people's keyings agree.

    `first_entry` and `second_entry` are the latest keying of each of the two people. Nobody but the system reads the
    other's figures from here, and readers of the database not at all.
    """

    contest = models.ForeignKey("stations.Contest", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    first_entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="+")
    second_entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contest", "station"], name="one_open_entry_per_protocol"),
        ]


class ProtocolVersion(models.Model):
    """A protocol as a station or a commission stated it. The database refuses UPDATE and DELETE.

    `salt` hides the figures in the log until the version is accepted (audit.domain.commitments). `check_set` is the
    number of the check set that `findings` come from.
    """

    class Origin(models.TextChoices):
        ENTRY = "entry"
        ON_BEHALF = "on_behalf"
        CHOSEN = "chosen"
        CORRECTION = "correction"
        RECOUNT = "recount"
        IMPORT = "import"

    contest = models.ForeignKey("stations.Contest", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    number = models.PositiveIntegerField()
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    origin = models.CharField(max_length=16, choices=Origin.choices)
    first_entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="+")
    second_entry = models.ForeignKey(Entry, on_delete=models.PROTECT, null=True, related_name="+")
    figures = ArrayField(models.IntegerField(null=True))
    findings = models.JSONField(default=list)
    check_set = models.PositiveSmallIntegerField(default=1, db_default=1)
    salt = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contest", "station", "number"], name="version_numbers_are_unique"),
        ]


class Standing(models.Model):
    """Where a station's protocol of a contest stands now, and the version it points to."""

    contest = models.ForeignKey("stations.Contest", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    area = models.ForeignKey("stations.Area", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    state = models.CharField(max_length=16, choices=[(state.value, state.value) for state in State])
    version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contest", "station"], name="one_standing_per_protocol"),
        ]
        indexes = [models.Index(fields=["area", "contest"], name="standing_by_area")]


class StandingChange(models.Model):
    """Each change of a standing with the event that logs it: the history that "as of" is answered from."""

    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, primary_key=True, related_name="+")
    contest = models.ForeignKey("stations.Contest", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    area = models.ForeignKey("stations.Area", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    state = models.CharField(max_length=16, choices=[(state.value, state.value) for state in State])
    version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["contest", "station", "event"], name="change_by_protocol")]


class RepeatVoting(models.Model):
    """That the vote is held once more where a result was annulled: on which day, and the event that logs the order."""

    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, primary_key=True, related_name="+")
    contest = models.ForeignKey("stations.Contest", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    date = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["contest", "station"], name="repeat_by_protocol")]


class Claim(models.Model):
    """That a person is keying a protocol now. It lapses by itself, and a commission above can take it over.

    `slot` says which entry is meant: under double entry the role of the person, because two people's entries are
    independent; `only` where one entry is enough.
    """

    contest = models.ForeignKey("stations.Contest", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    slot = models.CharField(max_length=32)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    lapses_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contest", "station", "slot"], name="one_claim_per_entry"),
        ]


class EndedClaim(models.Model):
    """That a commission ended somebody's claim, as long as that person has not heard of it on their form."""

    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, primary_key=True, related_name="+")
    contest = models.ForeignKey("stations.Contest", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    slot = models.CharField(max_length=32)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=32)
    at = models.DateTimeField()


class Explanation(models.Model):
    """Free text given with a change: a reason, an explained warning. The log holds only its salted hash.

    `subject` is the finding's code, or what the text is the reason of. Text and salt can be erased if the law
    orders it without touching the log.
    """

    event = models.ForeignKey("audit.Event", on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, null=True, related_name="explanations")
    subject = models.CharField(max_length=32)
    text = models.TextField()
    salt = models.BinaryField()


class PendingArea(models.Model):
    """That an area's tally of a contest must be brought up to date.

    Plain inserts only: no unique key, no conflict clause and no foreign key that a worker's lock would meet.
    """

    contest_id = models.BigIntegerField()
    area_id = models.BigIntegerField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["area_id"], name="pending_by_area")]
