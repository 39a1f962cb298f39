"""What a database is for. Written once, when it is prepared; everything else of the roof keeps nothing."""

from __future__ import annotations

from django.db import models


class DatabaseMark(models.Model):
    """The one row that says whether this database holds practice. No role of ours may change it; see config/mark.py."""

    only = models.BooleanField(primary_key=True, default=True)
    training = models.BooleanField()
    marked_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="one_mark_per_database", condition=models.Q(only=True))]

    def __str__(self) -> str:
        return "training" if self.training else "real"
