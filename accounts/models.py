"""Who acts where."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.domain.roles import Role
from stations.models import Area, Contest, Station

ROLE_LABELS = {
    Role.OFFICER: _("Station officer"),
    Role.CHAIR: _("Chair of the station's commission"),
    Role.DISTRICT: _("District commission"),
    Role.CONSTITUENCY: _("Constituency commission"),
    Role.REGION: _("Regional commission"),
    Role.CEC: _("Central commission"),
    Role.OBSERVER: _("Observer"),
}


class User(AbstractUser):
    """A person who signs in. The log names them by `pseudonym` alone."""

    pseudonym = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    by_token: bool = False
    """That this request was made with an API token, which carries entry rights only. Never stored."""


class Appointment(models.Model):
    """A role of a person in one place: a station, an area with all beneath it, a contest, or the nation.

    Exactly one of `station`, `area`, `contest` is set, or none for the whole nation. `organisation` is who sent an
    observer; empty for members of commissions.
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
    organisation = models.CharField(max_length=200, default="", db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="appointed_to_one_place_or_the_nation",
                condition=Q(station=None, area=None) | Q(station=None, contest=None) | Q(area=None, contest=None),
            ),
            models.CheckConstraint(
                name="appointment_ends_after_it_begins", condition=Q(ends_at=None) | Q(ends_at__gt=F("appointed_at"))
            ),
            models.UniqueConstraint(
                name="one_live_appointment_per_role_and_place",
                fields=["user", "role", "election", "station", "area", "contest"],
                nulls_distinct=False,
                condition=Q(revoked_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.pk}"

    @property
    def place(self) -> Station | Area | Contest | None:
        """Where the role is held; None for the whole nation."""
        return self.station or self.area or self.contest

    @property
    def role_label(self) -> str:
        """The role in the words of the page's language."""
        return str(ROLE_LABELS[Role(self.role)])


class ApiToken(models.Model):
    """A token that carries its user's entry rights only. The secret itself is never stored."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_tokens")
    secret_sha256 = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"token {self.pk}"


class Reason(models.Model):
    """Why an appointment ended, in a person's words. The log holds only its salted hash; the text can be erased."""

    event = models.ForeignKey("audit.Event", on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=32)
    text = models.TextField()
    salt = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.subject} of event {self.event_id}"


class DraftKey(models.Model):
    """The key under which a person's unsent drafts lie on a device. It leaves the server only for their own session."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, primary_key=True, related_name="+")
    key = models.BinaryField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"draft key of {self.user_id}"


class Enrolment(models.Model):
    """A one-time link by which an officer sets their password. The secret itself is never stored."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="enrolments")
    secret_sha256 = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    consumed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"enrolment {self.pk}"
