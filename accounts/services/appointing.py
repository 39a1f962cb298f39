"""Appointing people, and giving them the means to sign in. Each service is one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.domain.roles import PLACES, PlaceKind, Role
from accounts.models import ApiToken, Appointment, DraftKey, Enrolment, User
from accounts.roster import Place, PlacedRow, RosterRow, placed
from accounts.selectors import open_enrolments, secret_sha256
from audit.domain.actor import Actor
from audit.services import NewEvent, record_events
from stations.models import Area, Contest, Election, Station

TOKEN_LIFETIME = timedelta(days=7)
ENROLMENT_LIFETIME = timedelta(days=14)
BATCH = 5000
# AES-256.
DRAFT_KEY_BYTES = 32


class AlreadyAppointed(Exception):
    """This person has this role in this place already."""


class NotAPlaceForThisRole(Exception):
    """The role is not one that is held in such a place."""


class UsernameTaken(Exception):
    """Somebody else signs in with this name."""


class EnrolmentRefused(Exception):
    """The link is unknown, used or has expired."""


class NotInProduction(Exception):
    """Demonstration accounts have a published password: they must not exist where a real election runs."""


@dataclass(frozen=True)
class EnrolmentLink:
    """What a new officer needs to set their password. The secret is known here and in the letter only."""

    username: str
    name: str
    secret: str
    expires_at: datetime


@dataclass(frozen=True)
class EnrolmentReport:
    """What enrolling a roster did."""

    created: int
    appointed: int
    unchanged: int
    links: list[EnrolmentLink]


@transaction.atomic
def appoint(
    *,
    user: User,
    role: Role,
    election: Election,
    place: Place,
    by: Actor,
    now: datetime,
    ends_at: datetime | None = None,
) -> Appointment:
    """Give a person a role in a place (None: the nation) from `now` on, and log it.

    Raises AlreadyAppointed, NotAPlaceForThisRole.
    """
    kind = _kind(place)
    if kind not in PLACES[role]:
        raise NotAPlaceForThisRole(role)
    _close_ended([user.pk], now)
    appointment = Appointment(
        user=user, role=role, election=election, appointed_at=now, ends_at=ends_at, **_scope(place)
    )
    try:
        with transaction.atomic():
            appointment.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyAppointed(role) from error
    record_events([appointment_event("appointment.made", appointment, by=by, now=now)])
    return appointment


@transaction.atomic
def revoke_appointment(*, appointment: Appointment, by: Actor, now: datetime) -> None:
    """End an appointment at once: rights are read anew in every request. Revoking it again changes nothing."""
    if Appointment.objects.filter(pk=appointment.pk, revoked_at=None).update(revoked_at=now):
        record_events([appointment_event("appointment.revoked", appointment, by=by, now=now)])


@transaction.atomic
def issue_tokens(*, users: Sequence[User], now: datetime, lifetime: timedelta = TOKEN_LIFETIME) -> list[str]:
    """A new API token for each person, in the order given. Only hashes are stored: this is the only copy."""
    tokens = ["hat_" + secrets.token_urlsafe(32) for _user in users]
    ApiToken.objects.bulk_create(
        (
            ApiToken(user=user, secret_sha256=secret_sha256(token), issued_at=now, expires_at=now + lifetime)
            for user, token in zip(users, tokens, strict=True)
        ),
        batch_size=BATCH,
    )
    return tokens


def issue_token(*, user: User, now: datetime, lifetime: timedelta = TOKEN_LIFETIME) -> str:
    """A new API token with this person's entry rights. Only its hash is stored: what is returned is the only copy."""
    return issue_tokens(users=[user], now=now, lifetime=lifetime)[0]


def revoke_tokens(*, user: User, now: datetime) -> int:
    """End every token of this person at once. Returns how many were alive."""
    return ApiToken.objects.filter(user=user, revoked_at=None, expires_at__gt=now).update(revoked_at=now)


def revoke_token(*, token: str, now: datetime) -> bool:
    """End one token at once. False if it is unknown or was revoked before."""
    return bool(ApiToken.objects.filter(secret_sha256=secret_sha256(token), revoked_at=None).update(revoked_at=now))


def draft_key(*, user: User, now: datetime) -> bytes:
    """Return the 32-byte key of this person's drafts, made the first time it is asked for."""
    kept, _made = DraftKey.objects.get_or_create(
        user=user, defaults={"key": secrets.token_bytes(DRAFT_KEY_BYTES), "made_at": now}
    )
    return bytes(kept.key)


@transaction.atomic
def create_administrator(*, username: str, password: str | None, now: datetime) -> EnrolmentLink | None:
    """The first person: may see the accounts and enrol others. Without a password, a link to set one is returned.

    Raises UsernameTaken.
    """
    username = User.normalize_username(username).lower()
    if User.objects.filter(username=username).exists():
        raise UsernameTaken(username)
    user = User(username=username, is_staff=True, is_superuser=True)
    if password is not None:
        validate_password(password, user)
    user.set_password(password)
    user.save()
    return invite([user], now)[0] if password is None else None


@transaction.atomic
def enrol_officers(*, rows: Sequence[RosterRow], by: Actor, now: datetime, dry_run: bool = False) -> EnrolmentReport:
    """Appoint everyone on a roster: all of it or, raising RosterRefused with every problem, nothing.

    A dry run counts what would be done, undoes it and gives no links.

    People who have no account get one. Everyone named who never set a password gets a new one-time link; links
    given to them before stop working. Appointments that exist already stay as they are.
    """
    people = placed(rows)
    users = {user.username: user for user in User.objects.filter(username__in={row.username for row in people})}
    new = {row.username: row for row in reversed(people) if row.username not in users}
    # Nobody can sign in before the link is consumed: no password is hashed here, which for all would take hours.
    unusable = make_password(None)
    created = User.objects.bulk_create(
        (User(username=username, first_name=row.name, password=unusable) for username, row in new.items()),
        batch_size=BATCH,
    )
    users |= {user.username: user for user in created}
    _close_ended([user.pk for user in users.values()], now)
    appointments = [_appointment(users[row.username], row, now) for row in people]
    wanted = {_identity(appointment): appointment for appointment in appointments}
    live = Appointment.objects.filter(user__in=[user.pk for user in users.values()], revoked_at=None)
    have = {_identity(appointment) for appointment in live}
    missing = [appointment for identity, appointment in wanted.items() if identity not in have]
    Appointment.objects.bulk_create(missing, batch_size=BATCH)
    record_events([appointment_event("appointment.made", appointment, by=by, now=now) for appointment in missing])
    without_password = [user for user in users.values() if not user.has_usable_password()]
    transaction.set_rollback(dry_run)
    return EnrolmentReport(
        created=len(created),
        appointed=len(missing),
        unchanged=len(wanted) - len(missing),
        links=[] if dry_run else invite(without_password, now),
    )


@transaction.atomic
def consume_enrolment(*, secret: str, password: str, now: datetime) -> User:
    """Set the first password of the person whose link this is, and use the link up.

    Raises EnrolmentRefused, and Django's ValidationError for a password that is too weak.
    """
    enrolment = (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(open_enrolments(now), secret_sha256=secret_sha256(secret))
        .first()
    )
    if enrolment is None:
        raise EnrolmentRefused
    user = enrolment.user
    validate_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    Enrolment.objects.filter(user=user, consumed_at=None).update(consumed_at=now)
    return user


@transaction.atomic
def create_demo_accounts(
    *, election: Election, password: str, now: datetime, by: Actor, station: Station | None = None
) -> dict[str, User]:
    """The ready sign-ins of the demonstration, appointed around one station (by default the first).

    Running it again changes nothing. Raises NotInProduction.
    """
    if settings.PRODUCTION:
        raise NotInProduction
    station = station or Station.objects.filter(election=election).order_by("area__position", "code")[0]
    district = station.area
    region = district.parent or district
    appointments: dict[str, tuple[Role, Place]] = {
        "officer": (Role.OFFICER, station),
        "chair": (Role.CHAIR, station),
        "district": (Role.DISTRICT, district),
        "district2": (Role.DISTRICT, district),
        "region": (Role.REGION, region),
        "region2": (Role.REGION, region),
        "cec": (Role.CEC, None),
        "cec2": (Role.CEC, None),
        "observer": (Role.OBSERVER, None),
    }
    have = {user.username: user for user in User.objects.filter(username__in=appointments)}
    # One hash for all: they share their published password, and a hash for each would take seconds.
    password_hash = make_password(password)
    User.objects.bulk_create(
        User(username=username, password=password_hash, is_staff=role is Role.CEC, is_superuser=role is Role.CEC)
        for username, (role, _place) in appointments.items()
        if username not in have
    )
    users = {user.username: user for user in User.objects.filter(username__in=appointments)}
    for username, (role, place) in appointments.items():
        scope = Appointment(user=users[username], role=role, election=election, **_scope(place))
        if not Appointment.objects.filter(revoked_at=None, **_identity_fields(scope)).exists():
            appoint(user=users[username], role=role, election=election, place=place, by=by, now=now)
    return {username: users[username] for username in appointments}


def invite(users: Iterable[User], now: datetime) -> list[EnrolmentLink]:
    """Give each person a new one-time link; links given to them before stop working. Inside a transaction."""
    users = list(users)
    Enrolment.objects.filter(user__in=[user.pk for user in users], consumed_at=None).update(consumed_at=now)
    links = [
        EnrolmentLink(user.username, user.first_name, secrets.token_urlsafe(24), now + ENROLMENT_LIFETIME)
        for user in users
    ]
    Enrolment.objects.bulk_create(
        (
            Enrolment(user=user, secret_sha256=secret_sha256(link.secret), issued_at=now, expires_at=link.expires_at)
            for user, link in zip(users, links, strict=True)
        ),
        batch_size=BATCH,
    )
    return links


def _close_ended(user_ids: Sequence[int], now: datetime) -> None:
    """Mark appointments whose term is over as such, so that the same role may be given again."""
    Appointment.objects.filter(user__in=user_ids, revoked_at=None, ends_at__lte=now).update(revoked_at=F("ends_at"))


def _appointment(user: User, row: PlacedRow, now: datetime) -> Appointment:
    return Appointment(
        user=user, role=row.role, election=row.election, appointed_at=now, ends_at=row.ends_at,
        organisation=row.organisation, **_scope(row.place),
    )  # fmt: skip


def appointment_event(
    kind: str, appointment: Appointment, *, by: Actor, now: datetime, texts: Mapping[str, str] | None = None
) -> NewEvent:
    """Return the event of a change of an appointment; `texts` maps what a text was given for to its salted hash."""
    sent_by = {"organisation": appointment.organisation} if kind == "appointment.made" else {}
    return NewEvent(
        kind=kind,
        at=now,
        actor=by,
        election=appointment.election.code,
        contest=appointment.contest.code if appointment.contest else "",
        area=appointment.area.code if appointment.area else "",
        station=appointment.station.code if appointment.station else "",
        body={
            "role": str(appointment.role),
            "pseudonym": str(appointment.user.pseudonym),
            **(sent_by if appointment.organisation else {}),
            **({"texts": dict(texts)} if texts else {}),
        },
    )


def _kind(place: Place) -> PlaceKind:
    match place:
        case Station():
            return PlaceKind.STATION
        case Area():
            return PlaceKind.AREA
        case Contest():
            return PlaceKind.CONTEST
        case None:
            return PlaceKind.NATION


def _scope(place: Place) -> dict[str, Place]:
    return {} if place is None else {_kind(place).value: place}


def _identity_fields(appointment: Appointment) -> dict[str, object]:
    return {
        "user_id": appointment.user_id,
        "role": str(appointment.role),
        "election_id": appointment.election_id,
        "station_id": appointment.station_id,
        "area_id": appointment.area_id,
        "contest_id": appointment.contest_id,
    }


def _identity(appointment: Appointment) -> tuple[object, ...]:
    return tuple(_identity_fields(appointment).values())
