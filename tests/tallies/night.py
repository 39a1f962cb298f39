"""A small election for the pages' tests: two regions, three districts, four stations, two contests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.test import Client

from accounts.domain.roles import Role
from accounts.models import Appointment, User
from stations.models import Area, Ballot, Choice, Contest, Election, Form, FormCheck, FormLine, Station
from tallies.models import ProtocolVersion, Standing

OPENED = datetime(2023, 3, 19, 1, tzinfo=UTC)
LINES = ("voters", "received", "issued", "unused", "found", "invalid", "valid")
CHECKS = (
    ("E201", "error", "received == issued + unused", "Received must equal issued plus unused."),
    ("E204", "error", "votes_total == valid", "The votes must add up to the valid ballots."),
    ("W301", "warning", "found >= issued", "Fewer ballots were found than issued."),
)
GOOD = {
    "voters": 1000,
    "received": 900,
    "issued": 700,
    "unused": 200,
    "found": 700,
    "invalid": 20,
    "valid": 680,
    "votes:sun": 400,
    "votes:steppe": 200,
    "votes:against-all": 80,
}
WITH_AN_ERROR = {**GOOD, "unused": 190}
WITH_A_WARNING = {**GOOD, "found": 699, "invalid": 19}


@dataclass
class Night:
    """The election with its places by code, and people appointed in them."""

    election: Election
    areas: dict[str, Area]
    stations: dict[str, Station]
    contests: dict[str, Contest]

    def person(self, username: str, role: Role, **place: Any) -> Client:
        """Appoint somebody and return a browser in which they are signed in. It checks CSRF as a real one does."""
        user = User.objects.create_user(username)
        Appointment.objects.create(user=user, role=role, election=self.election, appointed_at=OPENED, **place)
        client = Client()
        client.force_login(user)
        return client

    def standing(self, station: str = "s1", contest: str = "list") -> Standing:
        return Standing.objects.select_related("version").get(
            station=self.stations[station], contest=self.contests[contest]
        )

    def versions(self, station: str = "s1", contest: str = "list") -> list[ProtocolVersion]:
        return list(
            ProtocolVersion.objects.filter(station=self.stations[station], contest=self.contests[contest]).order_by(
                "number"
            )
        )


def names(text: str) -> dict[str, str]:
    return {"name_en": text, "name_kk": f"{text} (kk)", "name_ru": f"{text} (ru)"}


def small_night(*, entry: str = "single") -> Night:
    election = Election.objects.create(
        code="small",
        date=date(2023, 3, 19),
        time_zone="Asia/Almaty",
        opens_at=OPENED,
        figures_public_from=OPENED,
        package_sha256="0" * 64,
        loaded_at=OPENED,
        **names("Small election"),
    )
    areas: dict[str, Area] = {}
    for position, (code, parent, level) in enumerate(
        (
            ("land", None, "nation"),
            ("north", "land", "region"),
            ("south", "land", "region"),
            ("n1", "north", "district"),
            ("n2", "north", "district"),
            ("z1", "south", "district"),
        )
    ):
        areas[code] = Area.objects.create(
            election=election,
            code=code,
            parent=areas[parent] if parent else None,
            level=level,
            kind=level,
            position=position,
            **names(f"Area {code}"),
        )
    stations = {
        code: Station.objects.create(
            election=election,
            area=areas[area],
            code=code,
            registered_voters=1000,
            phone=f"+7 700 {number:03}",
            time_zone="Asia/Almaty",
            **names(f"Station {code}"),
        )
        for number, (code, area) in enumerate((("s1", "n1"), ("s2", "n1"), ("s3", "n2"), ("s4", "z1")))
    }
    form = Form.objects.create(election=election, code="protocol")
    for position, line in enumerate(LINES):
        FormLine.objects.create(form=form, code=line, position=position, **names(f"Line {line}"))
    for position, (code, severity, rule, message) in enumerate(CHECKS):
        FormCheck.objects.create(
            form=form,
            code=code,
            severity=severity,
            rule=rule,
            message_en=message,
            message_kk=f"{message} (kk)",
            message_ru=f"{message} (ru)",
            law_en="Article 43",
            law_kk="43-бап",
            law_ru="статья 43",
            position=position,
        )
    contests = {}
    for position, code in enumerate(("list", "okrug-1")):
        contests[code] = contest = Contest.objects.create(
            election=election,
            form=form,
            code=code,
            kind="party_list",
            entry=entry,
            seats=5,
            threshold_percent=5,
            position=position,
            **names(f"Contest {code}"),
        )
        for place, (choice, kind) in enumerate((("sun", "list"), ("steppe", "list"), ("against-all", "against_all"))):
            Choice.objects.create(contest=contest, code=choice, kind=kind, position=place, **names(f"Choice {choice}"))
    Ballot.objects.bulk_create(Ballot(contest=contests["list"], station=station) for station in stations.values())
    Ballot.objects.bulk_create(Ballot(contest=contests["okrug-1"], station=stations[code]) for code in ("s1", "s3"))
    return Night(election, areas, stations, contests)


def form_data(
    figures: dict[str, Any], *, key: str = "7f1f7f4e-3f0a-4f0f-9d57-0c8a4f1f2a3b", **more: str
) -> dict[str, Any]:
    """What a browser posts from the page on which the figures were checked once more."""
    return {"key": key, "checked": "1", **{f"figure-{code}": str(value) for code, value in figures.items()}, **more}
