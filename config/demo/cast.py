"""Who acts in the night: an officer at every station, a commission in every district, and the ready sign-ins."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.db import SessionStore

from accounts.domain.roles import Role
from accounts.models import Appointment, User
from accounts.roster import RosterRow
from accounts.services import create_demo_accounts, enrol_officers, issue_tokens
from audit.domain.actor import SYSTEM
from config import environment
from stations.models import Election, Station

USUAL_PASSWORD = "hattama-demo"  # noqa: S105  (published on purpose; production refuses the accounts)
# Published as well, for whoever is asked for a second factor in the demonstration: RFC 4226's own example.
TOTP_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # noqa: S105
WITH_SECOND_FACTOR = ("cec", "cec2")
TOKENS_LAST = timedelta(days=1)


@dataclass(frozen=True)
class SignIn:
    """A ready sign-in: the name, the role, and the code of the place (empty: the nation)."""

    username: str
    role: str
    place: str


@dataclass(frozen=True)
class Cast:
    """The people of the night. `tokens` are by station, `sessions` (of district commissions) by station too.

    `second_tokens` are those of the chairs, of stations that send protocols which two people key: `keyed_twice` are
    the contests.
    `totp_secret` is that of the central commission where it is asked for a second factor, else empty.
    """

    password: str
    sign_ins: tuple[SignIn, ...]
    cec: User
    tokens: Mapping[str, str]
    sessions: Mapping[str, str]
    totp_secret: str = ""
    second_tokens: Mapping[str, str] = field(default_factory=dict)
    keyed_twice: frozenset[str] = frozenset()


def assemble(
    election: Election,
    *,
    senders: Collection[str],
    decided_on: Collection[str],
    keyed_twice: Mapping[str, Collection[str]],
    now: datetime,
) -> Cast:
    """Make the accounts that are missing, and give out what the night needs.

    `senders` are the codes of the stations that send protocols, `decided_on` of those whose commission must decide;
    `keyed_twice` are the contests whose protocols two people key, with the stations that send them.
    """
    password = environment.text("HATTAMA_DEMO_PASSWORD") or USUAL_PASSWORD
    people = create_demo_accounts(election=election, password=password, now=now, by=SYSTEM)
    _keep_password(people, password)
    totp_secret = _second_factors(people)
    places = {
        appointment.user.username: appointment
        for appointment in Appointment.objects.filter(
            user__in=people.values(), election=election, revoked_at=None
        ).select_related("user", "station", "area")
    }
    officers = _officers(election, places["officer"].station, Role.OFFICER, senders, now)
    by_two = {station for stations in keyed_twice.values() for station in stations}
    chairs = _officers(election, places["chair"].station, Role.CHAIR, by_two, now)
    commissions = _commissions(election, places["district"].area_id, decided_on, now)
    sessions = {user.pk: _session(user) for user in set(commissions.values())}
    return Cast(
        password=password,
        sign_ins=tuple(_sign_in(username, places[username]) for username in people),
        cec=people["cec"],
        tokens=_tokens(officers, now),
        sessions={code: sessions[user.pk] for code, user in commissions.items()},
        totp_secret=totp_secret,
        second_tokens=_tokens(chairs, now),
        keyed_twice=frozenset(keyed_twice),
    )


def _keep_password(people: Mapping[str, User], password: str) -> None:
    """Have the ready sign-ins follow the password that is asked for now, also in a night begun with another."""
    if not people["officer"].check_password(password):
        User.objects.filter(pk__in=[user.pk for user in people.values()]).update(password=make_password(password))


def _second_factors(people: Mapping[str, User]) -> str:
    """Give the central commission the published second factor where one is asked of it, and return its secret."""
    if Role.CEC not in settings.SECOND_FACTOR_ROLES:
        return ""
    for username in WITH_SECOND_FACTOR:
        if not Authenticator.objects.filter(user=people[username], type=Authenticator.Type.TOTP).exists():
            TOTP.activate(people[username], TOTP_SECRET)
    return TOTP_SECRET


def _tokens(people: Mapping[str, User], now: datetime) -> dict[str, str]:
    """A token for the person of each station, by the station."""
    stations = sorted(people)
    given = issue_tokens(users=[people[code] for code in stations], now=now, lifetime=TOKENS_LAST)
    return dict(zip(stations, given, strict=True))


def _officers(
    election: Election, ready: Station | None, role: Role, stations: Collection[str], now: datetime
) -> dict[str, User]:
    """The officer or the chair of each of these stations; the ready sign-in is the one of its own station."""
    names = {code: f"{role.value}-{code}" for code in stations}
    if ready is not None and ready.code in names:
        names[ready.code] = role.value
    rows = {
        name: RosterRow(line, name, role, station=code, election=election.code)
        for line, (code, name) in enumerate(names.items(), start=1)
    }
    users = enrolled(rows, now)
    return {code: users[name] for code, name in names.items()}


def _commissions(
    election: Election, ready_district: int | None, decided_on: Collection[str], now: datetime
) -> dict[str, User]:
    stations = list(Station.objects.filter(election=election, code__in=decided_on).select_related("area"))
    names = {
        station.code: "district" if station.area_id == ready_district else f"district-{station.area.code}"
        for station in stations
    }
    rows = {
        names[station.code]: RosterRow(
            line, names[station.code], Role.DISTRICT, area=station.area.code, election=election.code
        )
        for line, station in enumerate(stations, start=1)
    }
    users = enrolled(rows, now)
    return {code: users[name] for code, name in names.items()}


def enrolled(rows: Mapping[str, RosterRow], now: datetime) -> dict[str, User]:
    """The people of these rows by username; who has no account yet is enrolled."""
    have = set(User.objects.filter(username__in=list(rows)).values_list("username", flat=True))
    missing = [row for name, row in rows.items() if name not in have]
    if missing:
        enrol_officers(rows=missing, by=SYSTEM, now=now)
    return {user.username: user for user in User.objects.filter(username__in=list(rows))}


def _session(user: User) -> str:
    """The key of a session of this person: commissions of the night have no password to sign in with."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def _sign_in(username: str, appointment: Appointment) -> SignIn:
    place = appointment.station or appointment.area
    return SignIn(username, appointment.role_label, f"{place.name} ({place.code})" if place else "")
