"""Officers change in the middle of the night: one falls ill, one hands over, one loses the password."""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.domain.roles import STATION_ROLES, Role
from accounts.models import Appointment, Reason, User
from accounts.services.appointing import EnrolmentLink, appoint, appointment_event, invite, revoke_tokens
from audit.domain.actor import Actor
from audit.domain.commitments import commit_text, new_salt
from audit.services import NewEvent, record_events
from stations.models import Station


class NotAnOfficersRole(Exception):
    """Only officers and chairs of stations are appointed here."""


class BadUsername(Exception):
    """The username cannot be one. Carries sentences for a clerk."""


class NoReason(Exception):
    """An appointment ends early for a reason, and none was given."""


class OverAlready(Exception):
    """The appointment has ended."""


@transaction.atomic
def take_on_officer(
    *, station: Station, role: Role, username: str, name: str, by: Actor, now: datetime
) -> tuple[Appointment, EnrolmentLink | None]:
    """Appoint somebody to a station from now on. A person without a password gets a one-time link.

    Raises NotAnOfficersRole, BadUsername or AlreadyAppointed.
    """
    if role not in STATION_ROLES:
        raise NotAnOfficersRole(role)
    user = _person(username, name)
    appointment = appoint(user=user, role=role, election=station.election, place=station, by=by, now=now)
    return appointment, None if user.has_usable_password() else invite([user], now)[0]


@transaction.atomic
def revoke_officer(*, appointment: Appointment, reason: str, by: Actor, now: datetime) -> None:
    """End an officer's appointment at once, with a reason. Who is appointed nowhere any more loses their tokens.

    Raises NoReason or OverAlready.
    """
    words = reason.strip()
    if not words:
        raise NoReason
    if not Appointment.objects.filter(pk=appointment.pk, revoked_at=None).update(revoked_at=now):
        raise OverAlready
    salt = new_salt()
    event = appointment_event(
        "appointment.revoked", appointment, by=by, now=now, texts={"revocation": commit_text(salt, words)}
    )
    (event_id,) = record_events([event])
    Reason.objects.create(event_id=event_id, subject="revocation", text=words, salt=salt)
    if not Appointment.objects.filter(user=appointment.user_id, revoked_at=None).exists():
        revoke_tokens(user=appointment.user, now=now)


@transaction.atomic
def substitute_officer(
    *, appointment: Appointment, username: str, name: str, reason: str, by: Actor, now: datetime
) -> tuple[Appointment, EnrolmentLink | None]:
    """Put another person in an officer's place, in one step: the one goes and the other comes at the same moment.

    Raises NoReason, OverAlready, NotAnOfficersRole, BadUsername or AlreadyAppointed, and then nothing has changed.
    """
    revoke_officer(appointment=appointment, reason=reason, by=by, now=now)
    if appointment.station is None:
        raise NotAnOfficersRole(appointment.role)
    return take_on_officer(
        station=appointment.station, role=Role(appointment.role), username=username, name=name, by=by, now=now
    )


@transaction.atomic
def renew_access(*, appointment: Appointment, by: Actor, now: datetime) -> EnrolmentLink:
    """Give an officer who lost password or telephone a new one-time link. What they signed in with before is void.

    Their open sessions end, their tokens and second factors too. Raises OverAlready.
    """
    live = Appointment.objects.select_for_update(of=("self",)).filter(pk=appointment.pk, revoked_at=None).exists()
    if not live:
        raise OverAlready
    user = appointment.user
    user.password = make_password(None)  # Sessions carry a hash of it, so all of them end.
    user.save(update_fields=["password"])
    Authenticator.objects.filter(user=user).delete()
    revoke_tokens(user=user, now=now)
    record_events([_renewal(appointment, by=by, now=now)])
    return invite([user], now)[0]


def _renewal(appointment: Appointment, *, by: Actor, now: datetime) -> NewEvent:
    return NewEvent(
        kind="access.renewed",
        at=now,
        actor=by,
        election=appointment.election.code,
        station=appointment.station.code if appointment.station else "",
        body={"pseudonym": str(appointment.user.pseudonym)},
    )


def _person(username: str, name: str) -> User:
    username = User.normalize_username(username.strip()).lower()
    try:
        User._meta.get_field("username").clean(username, None)
    except ValidationError as error:
        raise BadUsername(" ".join(error.messages)) from error
    user, _made = User.objects.get_or_create(
        username=username, defaults={"first_name": name.strip(), "password": make_password(None)}
    )
    return user
