"""Questions that protocols in force raise together, and how each was answered."""

from __future__ import annotations

from django.db import models

from tallies.domain.patterns import Pattern
from tallies.models.protocols import ProtocolVersion


class Query(models.Model):
    """That a pattern was seen in a version in force, or in two. Never changed; asked once for the same versions.

    `figures` say how far the pattern goes (tallies.domain.patterns.Match); they are of protocols in force only.
    """

    kind = models.CharField(max_length=32, choices=[(kind.value, kind.value) for kind in Pattern])
    contest = models.ForeignKey("stations.Contest", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    area = models.ForeignKey("stations.Area", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, related_name="+")
    other_station = models.ForeignKey(
        "stations.Station", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    other_version = models.ForeignKey(ProtocolVersion, on_delete=models.PROTECT, null=True, related_name="+")
    figures = models.JSONField()
    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "version", "other_version"],
                name="one_query_for_the_same_versions",
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(fields=["contest", "area"], name="query_by_place")]


class QueryClosing(models.Model):
    """That a query needs no answer any more. Never changed.

    Answered by a person, whose words stand beside the event, or superseded because a version it was about is not in
    force any more; then `by` and `answer` are empty.
    """

    class Outcome(models.TextChoices):
        ANSWERED = "answered"
        SUPERSEDED = "superseded"

    class Answer(models.TextChoices):
        COMPARED = "compared"
        CORRECTION = "correction"
        EXPLAINED = "explained"

    query = models.OneToOneField(Query, on_delete=models.PROTECT, primary_key=True, related_name="closing")
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    answer = models.CharField(max_length=16, choices=Answer.choices, blank=True)
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=32, blank=True)
    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class PendingLook(models.Model):
    """That a district's protocols of a contest are other than when patterns were last looked for.

    Left by the roll-up with the tally it has written; plain inserts only, as for pending areas.
    """

    contest_id = models.BigIntegerField()
    area_id = models.BigIntegerField()
    at = models.DateTimeField(auto_now_add=True)
