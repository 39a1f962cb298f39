"""Who acts where."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models

from accounts.domain.roles import Role


class User(AbstractUser):
    """A person who signs in. The log names them by `pseudonym` alone."""

    pseudonym = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)


class Appointment(models.Model):
    """A role of a person in one place: a station, an area with all beneath it, a contest, or the nation.

    Exactly one of `station`, `area`, `contest` is set, or none for the whole nation.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="appointments")
    role = models.CharField(max_length=32, choices=[(role.value, role.value) for role in Role])
    election = models.ForeignKey("stations.Election", on_delete=models.PROTECT, related_name="+")
    station = models.ForeignKey("stations.Station", on_delete=models.PROTECT, null=True, related_name="+")
    area = models.ForeignKey("stations.Area", on_delete=models.PROTECT, null=True, related_name="+")
    contest = models.ForeignKey("stations.Contest", on_delete=models.PROTECT, null=True, related_name="+")
    appointed_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class ApiToken(models.Model):
    """A token that carries its user's entry rights only. The secret itself is never stored."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_tokens")
    secret_sha256 = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)


class Enrolment(models.Model):
    """A one-time link by which an officer sets their password. The secret itself is never stored."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="enrolments")
    secret_sha256 = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    consumed_at = models.DateTimeField(null=True)
