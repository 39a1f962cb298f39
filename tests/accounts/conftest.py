"""A small country: two regions, three districts, five stations, a contest for all and one for some."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from accounts import services
from accounts.domain.roles import Role
from accounts.models import Appointment, User
from audit.domain.actor import SYSTEM
from stations.models import Area, Ballot, Contest, Election, Form, Station

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)


@dataclass(frozen=True)
class Country:
    election: Election
    areas: dict[str, Area]
    stations: dict[str, Station]
    contests: dict[str, Contest]

    def appoint(self, username: str, role: Role, place: Station | Area | Contest | None) -> User:
        user, _created = User.objects.get_or_create(username=username)
        services.appoint(user=user, role=role, election=self.election, place=place, by=SYSTEM, now=LONG_AGO)
        return user


def build_country(code: str = "test-2026") -> Country:
    election = Election.objects.create(
        code=code,
        date=date(2026, 11, 23),
        time_zone="Asia/Almaty",
        opens_at=NOW,
        figures_public_from=NOW,
        package_sha256="0" * 64,
        loaded_at=LONG_AGO,
        name_en="Test election",
        name_kk="Сынақ сайлауы",
        name_ru="Пробные выборы",
    )
    areas: dict[str, Area] = {}
    tree = [
        ("nation", None, "nation"),
        ("north", "nation", "region"),
        ("south", "nation", "region"),
        ("north-1", "north", "district"),
        ("north-2", "north", "district"),
        ("south-1", "south", "district"),
    ]
    for position, (area, parent, level) in enumerate(tree):
        areas[area] = Area.objects.create(
            election=election,
            code=area,
            parent=areas[parent] if parent else None,
            level=level,
            kind=level,
            position=position,
            name_en=area,
            name_kk=area,
            name_ru=area,
        )
    stations = {
        station: Station.objects.create(
            election=election,
            area=areas[area],
            code=station,
            registered_voters=1000,
            time_zone="Asia/Almaty",
            name_en=station,
            name_kk=station,
            name_ru=station,
        )
        for station, area in [("1", "north-1"), ("2", "north-1"), ("3", "north-2"), ("4", "south-1"), ("5", "south-1")]
    }
    form = Form.objects.create(election=election, code="form")
    contests = {
        contest: Contest.objects.create(
            election=election,
            form=form,
            code=contest,
            kind=Contest.Kind.PARTY_LIST,
            seats=10,
            threshold_percent=5,
            position=position,
            name_en=contest,
            name_kk=contest,
            name_ru=contest,
        )
        for position, contest in enumerate(["list", "okrug"])
    }
    Ballot.objects.bulk_create(Ballot(contest=contests["list"], station=station) for station in stations.values())
    Ballot.objects.bulk_create(Ballot(contest=contests["okrug"], station=stations[code]) for code in ("2", "3"))
    return Country(election, areas, stations, contests)


@pytest.fixture
def country(db: None) -> Country:
    return build_country()


def live(user: User) -> Appointment:
    return Appointment.objects.get(user=user, revoked_at=None)
