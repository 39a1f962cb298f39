"""What commissions have established, as far as protocols are concerned: what stands must not change beneath it."""

from __future__ import annotations

from django.db import models


class Certified(models.Model):
    """That a commission has established the result of a contest in an area. Never changed.

    It covers every protocol of the contest at or beneath the area, as they stood at its event, and stands until a
    `CertifiedEnd` withdraws it. What was established is told one room above.
    """

    contest = models.ForeignKey("stations.Contest", on_delete=models.PROTECT, related_name="+")
    area = models.ForeignKey("stations.Area", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contest", "area", "number"], name="certified_once_per_number"),
        ]


class CertifiedEnd(models.Model):
    """That something changed beneath a certified result, which withdrew it. Never changed.

    `cause` is the event of the change, `event` that of the withdrawal.
    """

    certified = models.OneToOneField(Certified, on_delete=models.PROTECT, primary_key=True, related_name="end")
    cause = models.ForeignKey("audit.Event", on_delete=models.PROTECT, related_name="+")
    event = models.OneToOneField("audit.Event", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
