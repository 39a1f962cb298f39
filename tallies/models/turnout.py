"""How many voters have received ballots, as stations report it through the day."""

from __future__ import annotations

from django.db import models

# In a pending row, instead of a contest: the day's turnout of the area must be summed again.
TURNOUT = 0


class TurnoutReport(models.Model):
    """Voters who have received ballots since the opening, at one of the fixed hours. Never changed.

    A correction is a report of the same hour with the next number; the last number counts. `hour` is on the station's
    own clock, such as `10:00`.
    """

    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, related_name="+", db_constraint=False)
    hour = models.CharField(max_length=5)
    number = models.PositiveIntegerField()
    voters = models.PositiveIntegerField()
    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=32)
    # Null where none was given: any number of reports may have none.
    idempotency_key = models.CharField(max_length=128, null=True)  # noqa: DJ001
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["station", "hour", "number"], name="turnout_numbers_are_unique"),
            models.UniqueConstraint(fields=["by", "idempotency_key"], name="turnout_once_per_key"),
        ]
