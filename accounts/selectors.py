"""Who may do what, where, at this moment. Nothing here is cached: a revoked appointment ends at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Q, QuerySet

from accounts.domain.roles import PERMISSIONS, Permission, Role
from accounts.models import Appointment, Enrolment, User
from audit.domain.actor import Actor
from stations.models import Election

TOKEN_PERMISSIONS = frozenset({Permission.ENTER_PROTOCOL})

# Written out because it runs in every request: compiling it from expressions costs more than running it.
_LIVE = """
    a.revoked_at IS NULL AND a.appointed_at <= %(now)s AND (a.ends_at IS NULL OR a.ends_at > %(now)s)
"""
_NATION_WIDE = "a.station_id IS NULL AND a.area_id IS NULL AND a.contest_id IS NULL"

_APPOINTMENT_COLUMNS = [column.attname for column in Appointment._meta.concrete_fields]
_APPOINTMENT = ", ".join(f"a.{column}" for column in _APPOINTMENT_COLUMNS)

# The tree of areas is three deep (nation, region, district): parent and grandparent are all there is above.
_COVERS_STATION = f"""
    EXISTS (
        SELECT FROM stations_station s
        JOIN stations_area own ON own.id = s.area_id
        LEFT JOIN stations_area above ON above.id = own.parent_id
        WHERE s.id = %(station)s AND s.election_id = a.election_id AND (
            a.station_id = s.id
            OR a.area_id IN (own.id, own.parent_id, above.parent_id)
            OR (a.contest_id = %(contest)s AND EXISTS (
                SELECT FROM stations_ballot b WHERE b.station_id = s.id AND b.contest_id = a.contest_id))
            OR ({_NATION_WIDE})))
"""  # noqa: S608 (fixed fragments of this module)
_COVERS_AREA = f"""
    EXISTS (
        SELECT FROM stations_area own
        LEFT JOIN stations_area above ON above.id = own.parent_id
        WHERE own.id = %(area)s AND own.election_id = a.election_id AND (
            a.area_id IN (own.id, own.parent_id, above.parent_id)
            OR a.contest_id = %(contest)s
            OR ({_NATION_WIDE})))
"""
_COVERS_CONTEST = f"""
    EXISTS (
        SELECT FROM stations_contest c
        WHERE c.id = %(contest)s AND c.election_id = a.election_id AND (a.contest_id = c.id OR ({_NATION_WIDE})))
"""


def roles_with(permission: Permission) -> list[str]:
    """The roles that carry this permission."""
    return [role.value for role in Role if permission in PERMISSIONS[role]]


_ROLES_WITH = {permission: roles_with(permission) for permission in Permission}


def appointment_for(
    user: User | AnonymousUser,
    permission: Permission,
    *,
    station_id: int | None = None,
    contest_id: int | None = None,
    area_id: int | None = None,
    now: datetime,
) -> Appointment | None:
    """The appointment that gives this person the right in that place at `now`, the narrowest one first.

    An appointment to an area covers all areas and stations beneath it; one to a contest covers the contest and its
    stations for that contest; a nation-wide one covers the whole of its election. With no place given, any
    appointment that carries the permission answers. None for a person who has none, is inactive or anonymous, and
    for anything but entry when the request was made with a token.
    """
    if user.pk is None or not isinstance(user, User) or (user.by_token and permission not in TOKEN_PERMISSIONS):
        return None
    if station_id is not None:
        covers = _COVERS_STATION
    elif area_id is not None:
        covers = _COVERS_AREA
    elif contest_id is not None:
        covers = _COVERS_CONTEST
    else:
        covers = "TRUE"
    statement = f"""
        SELECT {_APPOINTMENT} FROM accounts_appointment a JOIN accounts_user u ON u.id = a.user_id AND u.is_active
        WHERE a.user_id = %(user)s AND a.role = ANY(%(roles)s) AND {_LIVE} AND {covers}
        ORDER BY a.station_id IS NULL, a.contest_id IS NULL, a.area_id IS NULL, a.id LIMIT 1
    """  # noqa: S608 (fixed fragments of this module)
    parameters: dict[str, Any] = {
        "user": user.pk,
        "roles": _ROLES_WITH[permission],
        "now": now,
        "station": station_id,
        "contest": contest_id,
        "area": area_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone()
    return None if row is None else Appointment.from_db("default", _APPOINTMENT_COLUMNS, row)


def places_of(
    user: User, permission: Permission, election: Election, now: datetime
) -> list[tuple[int | None, int | None, int | None, str | None]]:
    """The places in an election of the person's appointments that carry the permission at `now`.

    Each as the ids of station, contest and area, and the area's level; a nation-wide one has none of them.
    """
    statement = f"""
        SELECT a.station_id, a.contest_id, a.area_id, area.level
        FROM accounts_appointment a LEFT JOIN stations_area area ON area.id = a.area_id
        WHERE a.user_id = %(user)s AND a.role = ANY(%(roles)s) AND a.election_id = %(election)s AND {_LIVE}
        ORDER BY a.id
    """  # noqa: S608 (fixed fragments of this module)
    parameters: dict[str, Any] = {
        "user": user.pk,
        "roles": _ROLES_WITH[permission],
        "election": election.pk,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def roles_held(user: User, permission: Permission, election: Election, now: datetime) -> set[str]:
    """The roles by which a person has a right somewhere in an election, at `now`."""
    live = Q(revoked_at=None, appointed_at__lte=now) & (Q(ends_at=None) | Q(ends_at__gt=now))
    held = Appointment.objects.filter(live, user=user, role__in=_ROLES_WITH[permission], election=election)
    return set(held.values_list("role", flat=True).distinct())


def seat_in(
    user: User | AnonymousUser,
    role: Role,
    *,
    election_id: int,
    area_id: int | None = None,
    contest_id: int | None = None,
    now: datetime,
) -> Appointment | None:
    """The appointment by which a person is a member of this very commission; no wider one stands for it.

    The commission of an area, of a contest, or, with neither, of the nation. None where the person has no seat in it.
    """
    if user.pk is None or not isinstance(user, User) or user.by_token or not user.is_active:
        return None
    live = Q(revoked_at=None, appointed_at__lte=now) & (Q(ends_at=None) | Q(ends_at__gt=now))
    place = {"area": area_id, "contest": contest_id, "station": None}
    return Appointment.objects.filter(live, user=user, role=role, election=election_id, **place).order_by("pk").first()


def appointments_of(user: User | AnonymousUser, now: datetime) -> list[Appointment]:
    """The live appointments of a person with their places, the latest election first."""
    if user.pk is None:
        return []
    live = Q(revoked_at=None, appointed_at__lte=now) & (Q(ends_at=None) | Q(ends_at__gt=now))
    return list(
        Appointment.objects.filter(live, user_id=user.pk, user__is_active=True)
        .select_related("election", "station", "area", "contest")
        .order_by("-election__date", "role", "id")
    )


def accreditations_of(user: User | AnonymousUser, election: Election, now: datetime) -> list[Appointment]:
    """The live appointments of a person in this election for which an organisation sent them."""
    return [each for each in appointments_of(user, now) if each.organisation and each.election_id == election.pk]


_OWES_SECOND_FACTOR = f"""
    SELECT EXISTS (
        SELECT FROM accounts_appointment a WHERE a.user_id = %(user)s AND a.role = ANY(%(roles)s) AND {_LIVE})
    AND NOT EXISTS (
        SELECT FROM mfa_authenticator factor
        WHERE factor.user_id = %(user)s AND factor.type IN ('totp', 'webauthn'))
"""  # noqa: S608 (fixed fragments of this module)


def owes_second_factor(user: User, now: datetime) -> bool:
    """Whether this person holds an office that asks for a second factor (settings.SECOND_FACTOR_ROLES) and has none."""
    if not settings.SECOND_FACTOR_ROLES:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            _OWES_SECOND_FACTOR, {"user": user.pk, "roles": sorted(settings.SECOND_FACTOR_ROLES), "now": now}
        )
        return bool(cursor.fetchone()[0])


def people_at(station_id: int, now: datetime) -> list[Appointment]:
    """Return the live appointments at one station with their people, chair last."""
    live = Q(revoked_at=None, appointed_at__lte=now) & (Q(ends_at=None) | Q(ends_at__gt=now))
    found = Appointment.objects.filter(live, station=station_id).select_related("user")
    return list(found.order_by("-role", "appointed_at", "pk"))


def officers(user: User, election: Election, words: str, *, now: datetime) -> QuerySet[Appointment]:
    """Return the live appointments at stations where this person appoints officers, by station; `words` narrow them.

    Words are looked for in usernames, names and codes of stations.
    """
    live = Q(revoked_at=None, appointed_at__lte=now) & (Q(ends_at=None) | Q(ends_at__gt=now))
    mine = Appointment.objects.filter(
        live, user=user, election=election, role__in=_ROLES_WITH[Permission.APPOINT_OFFICERS]
    ).values_list("area_id", flat=True)
    areas = list(mine)
    found = Appointment.objects.filter(live, election=election, station__isnull=False)
    if None not in areas:
        found = found.filter(
            Q(station__area__in=areas) | Q(station__area__parent__in=areas) | Q(station__area__parent__parent__in=areas)
        )
    if words:
        found = found.filter(
            Q(user__username__icontains=words)
            | Q(user__first_name__icontains=words)
            | Q(station__code__istartswith=words)
        )
    return found.select_related("user", "station__area").order_by("station__code", "-role", "pk")


def open_enrolments(now: datetime) -> Q:
    """The enrolment links that may still be consumed."""
    return Q(consumed_at=None, expires_at__gt=now, user__is_active=True)


def username_of_enrolment(secret: str, now: datetime) -> str | None:
    """Whose enrolment link this is; None if it is unknown, used or has expired."""
    enrolment = (
        Enrolment.objects.select_related("user")
        .filter(open_enrolments(now), secret_sha256=secret_sha256(secret))
        .first()
    )
    return None if enrolment is None else enrolment.user.username


def permissions_of(user: User | AnonymousUser, now: datetime) -> frozenset[Permission]:
    """Everything this person may do in some place at `now`; entry alone when the request was made with a token."""
    if user.pk is None or not isinstance(user, User):
        return frozenset()
    statement = f"""
        SELECT DISTINCT a.role FROM accounts_appointment a JOIN accounts_user u ON u.id = a.user_id AND u.is_active
        WHERE a.user_id = %(user)s AND {_LIVE}
    """  # noqa: S608 (fixed fragments of this module)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"user": user.pk, "now": now})
        permissions = permissions_of_roles(row[0] for row in cursor.fetchall())
    return permissions & TOKEN_PERMISSIONS if user.by_token else permissions


def permissions_of_roles(roles: Iterable[str]) -> frozenset[Permission]:
    """All permissions that any of these roles carries."""
    return frozenset[Permission]().union(*(PERMISSIONS[Role(role)] for role in roles))


def actor(user: User, role: Role | str) -> Actor:
    """The person as the log names them: the role they act in, and their pseudonym."""
    return Actor(role=str(role), pseudonym=str(user.pseudonym))


def secret_sha256(secret: str) -> str:
    """The only form in which tokens and enrolment links are stored. Their secrets are random, so no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


# Without the password and what else the API has no use for: Django reads those if anyone asks.
_USER_COLUMNS = ["id", "is_superuser", "username", "first_name", "last_name", "is_staff", "is_active", "pseudonym"]
_USER_OF_TOKEN = f"""
    SELECT {", ".join(f"u.{column}" for column in _USER_COLUMNS)},
        ARRAY(SELECT DISTINCT a.role FROM accounts_appointment a WHERE a.user_id = u.id AND {_LIVE}) AS live_roles
    FROM accounts_apitoken t JOIN accounts_user u ON u.id = t.user_id AND u.is_active
    WHERE t.secret_sha256 = %(secret)s AND t.expires_at > %(now)s AND t.revoked_at IS NULL
"""  # noqa: S608 (fixed fragments of this module)


def user_of_token(token: str, now: datetime) -> tuple[User, frozenset[Permission]] | None:
    """Whose token this is, and what it lets them do somewhere. None if unknown, expired, revoked or its user inactive.

    One statement, because every call of the API begins with it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_USER_OF_TOKEN, {"secret": secret_sha256(token), "now": now})
        row = cursor.fetchone()
    if row is None:
        return None
    *columns, roles = row
    user = User.from_db("default", _USER_COLUMNS, columns)
    user.by_token = True
    return user, permissions_of_roles(roles) & TOKEN_PERMISSIONS
