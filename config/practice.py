"""Practice on a training system: an election to try things on, and beginning again from nothing but the people."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, connections, transaction

from accounts.models import Appointment, User
from accounts.roster import RosterRow
from accounts.services import EnrolmentReport, enrol_officers
from accounts.services.practice import share_password
from aggregation.services import settle
from audit.domain.actor import SYSTEM
from audit.services import one_publisher
from config.data_folder import TRAINING
from config.mark import OWNER_ALIAS, WrongDatabase, require_own_database
from stations.models import Election
from stations.package.archive import read_files
from stations.package.practice import moved_for_practice
from stations.package.reading import read_package
from stations.services import LoadReport
from stations.services.packages import package_path
from tallies.services.registry import load_election

# What people sign in with stays; so does what migrations wrote. Everything else is practice.
KEPT = frozenset(
    {
        *("config_databasemark", "django_migrations", "django_content_type", "auth_permission"),
        *("auth_group", "auth_group_permissions", "accounts_user", "accounts_user_groups"),
        *("accounts_user_user_permissions", "mfa_authenticator"),
    }
)


class NotATrainingSystem(Exception):
    """This is a real system, or its database is a real election's. Nothing was done."""


class PractisedAlready(Exception):
    """The election of this package is loaded for practice already. Carries its code."""


class NothingToPractise(Exception):
    """No election is loaded for practice."""


class NoOwner(Exception):
    """Emptying tables takes the database's owner, whose address is not given."""


@dataclass(frozen=True)
class Begun:
    """What practice begins with: the elections loaded, and the people appointed."""

    elections: tuple[LoadReport, ...]
    people: EnrolmentReport


def load_practice(
    *, package: Path, roster: Sequence[RosterRow], password: str, day: dt.date, now: dt.datetime
) -> Begun:
    """Load an election package for practice, moved to this day and open from now on, and appoint everyone on a roster.

    Whoever has no password gets this one, or with an empty one a link. All of it is done or nothing. Raises
    NotATrainingSystem, PractisedAlready, PackageRefused, RosterRefused, and ValidationError for a weak password.
    """
    _require_training()
    code = read_package(package).election.code
    if Election.objects.filter(code=code).exists():
        raise PractisedAlready(code)
    return _begin([read_files(package)], roster, password, day, now)


def begin_again(*, password: str, day: dt.date, now: dt.datetime) -> Begun:
    """Wipe all practice and load the same elections again; people sign in as before and are appointed as they were.

    The log begins anew, under a new key. Whoever has no password yet gets this one, or with an empty one a new link.
    Raises NotATrainingSystem, NothingToPractise, NoOwner, ValidationError, and AnotherPublisher while one runs.
    """
    _require_training()
    if not settings.DATABASES[OWNER_ALIAS]["NAME"]:
        raise NoOwner
    if password:
        validate_password(password)
    packages = [read_files(package_path(election.package_sha256)) for election in Election.objects.order_by("date")]
    if not packages:
        raise NothingToPractise
    people = _appointed()
    with one_publisher():
        # First, so that what is interrupted can be done again: without its files a log is written anew.
        _remove_files()
        _empty_tables()
        cache.clear()
        return _begin(packages, people, password, day, now)


def people_without_password() -> int:
    """How many of those appointed have never set a password."""
    users = User.objects.filter(appointments__revoked_at=None, appointments__isnull=False).distinct()
    return sum(not user.has_usable_password() for user in users)


def _require_training() -> None:
    if not settings.TRAINING:
        raise NotATrainingSystem
    # The setting alone is one mistake away from a real night.
    connections[DEFAULT_DB_ALIAS].ensure_connection()
    try:
        require_own_database(connections[DEFAULT_DB_ALIAS])
    except WrongDatabase as refusal:
        raise NotATrainingSystem from refusal


def _begin(
    packages: Sequence[dict[str, bytes]], roster: Sequence[RosterRow], password: str, day: dt.date, now: dt.datetime
) -> Begun:
    with transaction.atomic():
        elections = tuple(_load(files, day, now) for files in packages)
        people = enrol_officers(rows=roster, by=SYSTEM, now=now)
        if password:
            share_password(usernames=[link.username for link in people.links], password=password, now=now)
            people = replace(people, links=[])
    settle()
    return Begun(elections, people)


def _load(files: dict[str, bytes], day: dt.date, now: dt.datetime) -> LoadReport:
    with tempfile.TemporaryDirectory(prefix="hattama-") as folder:
        for name, content in moved_for_practice(files, day=day, now=now).items():
            (Path(folder) / name).write_bytes(content)
        return load_election(package=Path(folder), by=SYSTEM, now=now)


def _appointed() -> list[RosterRow]:
    """Everyone appointed now, as the roster that would appoint them."""
    live = Appointment.objects.filter(revoked_at=None).order_by("id")
    return [
        RosterRow(
            line,
            username=appointment.user.username,
            role=appointment.role,
            name=appointment.user.first_name,
            station=appointment.station.code if appointment.station else "",
            area=appointment.area.code if appointment.area else "",
            contest=appointment.contest.code if appointment.contest else "",
            election=appointment.election.code,
        )
        for line, appointment in enumerate(
            live.select_related("user", "station", "area", "contest", "election"), start=1
        )
    ]


def _empty_tables() -> None:
    """Empty every table but those kept, as their owner. Without CASCADE: a kept table that points here is an error."""
    owner = connections[OWNER_ALIAS]
    with transaction.atomic(using=OWNER_ALIAS), owner.cursor() as cursor:
        require_own_database(owner)
        tables = sorted(set(owner.introspection.table_names(cursor)) - KEPT)
        cursor.execute("TRUNCATE " + ", ".join(owner.ops.quote_name(table) for table in tables))


def _remove_files() -> None:
    for folder in _folders_of_practice():
        if folder.is_dir():
            shutil.rmtree(folder)


def _folders_of_practice() -> Iterator[Path]:
    for folder in (settings.LOG_DIR, settings.LOG_KEY_FILE.parent, settings.LOG_JOURNAL_DIR, settings.UPLOADS_DIR):
        if TRAINING not in folder.parts:
            raise NotATrainingSystem
        yield folder
