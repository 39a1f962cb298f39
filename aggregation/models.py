"""Sums of protocols in force."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Turnout(models.Model):
    """Voters who had received ballots by an hour, summed over the stations of an area that reported it.

    `registered_voters` is the register of those stations: the share that counts is theirs.
    """

    area = models.ForeignKey("stations.Area", on_delete=models.PROTECT, related_name="+")
    hour = models.CharField(max_length=5)
    voters = models.BigIntegerField()
    stations = models.IntegerField()
    registered_voters = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["area", "hour"], name="one_turnout_per_area_and_hour"),
        ]


class Tally(models.Model):
    """The sum for a contest and an area. `figures` follows the contest's layout."""

    contest = models.ForeignKey("stations.Contest", on_delete=models.PROTECT, related_name="+")
    area = models.ForeignKey("stations.Area", on_delete=models.PROTECT, related_name="+")
    figures = ArrayField(models.BigIntegerField())
    stations_expected = models.IntegerField()
    stations_reported = models.IntegerField()
    stations_held = models.IntegerField()
    stations_annulled = models.IntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contest", "area"], name="one_tally_per_contest_and_area"),
        ]
