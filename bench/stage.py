"""What the measures need: servers of their own, the reference election, officers with tokens, protocols to send."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from accounts.domain.roles import Role
from accounts.models import User
from accounts.roster import RosterRow
from accounts.services import enrol_officers, issue_tokens
from audit.domain.actor import SYSTEM
from bench import load
from samples.kz_2023 import night
from stations.models import Election, Station
from tallies.services.registry import load_election

DAWN = "dawn"
PASSWORD = "таңғы сағат алтыда"  # noqa: S105  of accounts that live as long as the run
CSRF = "a" * 32


def migrate() -> None:
    """Bring the database's schema up to date."""
    call_command("migrate", verbosity=0, interactive=False)


def election(package: Path) -> Election:
    """Load a package."""
    return Election.objects.get(code=load_election(package=package, by=SYSTEM, now=timezone.now()).code)


def tokens(loaded: Election) -> dict[str, str]:
    """Appoint an officer at every station and return a token for each, by the station's code."""
    codes = list(Station.objects.filter(election=loaded).order_by("code").values_list("code", flat=True))
    names = {code: f"{loaded.code}-{code}" for code in codes}
    rows = [
        RosterRow(line, names[code], Role.OFFICER, station=code, election=loaded.code)
        for line, code in enumerate(codes, start=1)
    ]
    enrol_officers(rows=rows, by=SYSTEM, now=timezone.now())
    users = {user.username: user for user in User.objects.filter(username__startswith=f"{loaded.code}-")}
    given = issue_tokens(users=[users[names[code]] for code in codes], now=timezone.now(), lifetime=timedelta(days=1))
    return dict(zip(codes, given, strict=True))


def write_roster(loaded: Election, path: Path) -> Path:
    """Write a secretary and a chair for every station into a file for `enrol_officers`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["username", "name", "role", "station", "election"])
        for code in Station.objects.filter(election=loaded).order_by("code").values_list("code", flat=True):
            for role in (Role.OFFICER, Role.CHAIR):
                writer.writerow([f"{DAWN}-{role}-{code}", f"{role} {code}", role, code, loaded.code])
    return path


def sign_ins(port: int) -> list[bytes]:
    """Give the people of that file one password, and return the request with which each signs in."""
    people = User.objects.filter(username__startswith=f"{DAWN}-")
    people.update(password=make_password(PASSWORD))
    cookie = f"{settings.CSRF_COOKIE_NAME}={CSRF}"
    headers = {
        "Cookie": cookie,
        "Referer": f"http://127.0.0.1:{port}/",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return [
        load.request(
            "POST",
            "/kk/account/login/",
            headers,
            urlencode({"login": username, "password": PASSWORD, "csrfmiddlewaretoken": CSRF}),
        )
        for username in people.order_by("pk").values_list("username", flat=True)
    ]


def posts(contest: str, protocols: Iterable[tuple[str, Mapping[str, int]]], tokens: Mapping[str, str]) -> list[bytes]:
    """Return a request for each protocol, as its officer sends it."""
    return [
        load.request(
            "POST",
            "/api/v1/protocols/",
            {"Authorization": f"Bearer {tokens[station]}", "Idempotency-Key": f"{contest}.{station}"},
            json.dumps(
                {
                    "station": station,
                    "contest": contest,
                    "figures": figures,
                    "explanations": dict.fromkeys(night.warnings(figures), "seen"),
                }
            ),
        )
        for station, figures in protocols
    ]


def environment() -> dict[str, str]:
    """Return the environment of the processes that are measured."""
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}


def resident_megabytes(pids: Sequence[int]) -> float:
    """Return the largest peak of resident memory among these processes and their children, in MB."""
    peaks = []
    waiting = list(pids)
    while waiting:
        pid = waiting.pop()
        try:
            status = Path(f"/proc/{pid}/status").read_text()
            waiting += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        except FileNotFoundError:
            continue
        peaks += [int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")]
    return max(peaks, default=0.0)


def query(statement: str, *parameters: object) -> list[tuple[object, ...]]:
    """Return the rows of a statement."""
    with connections["default"].cursor() as cursor:
        cursor.execute(statement, [*parameters])  # type: ignore[list-item]
        return list(cursor.fetchall())
