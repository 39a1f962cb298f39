"""The observers' room of the full country, against an empty view of the same processes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from accounts.domain.roles import Role
from accounts.models import Appointment, User
from bench import load
from bench.figures import Figure
from config.supervisor import System
from stations.models import Area, Contest, Election, Station
from stations.selectors import layouts_of
from tallies.domain.lifecycle import State
from tallies.models import Standing

COPIES = 100
SECONDS = 4.0
WARM_UP_SECONDS = 1.5
MOST_TIMES_EMPTY = 20
"""A page may take so many times as long as an empty view."""
PLACES = 10
"""Stations and districts whose files are opened: what several observers look at."""
FOUND = 200
CSRF = "a" * 32


def observing(system: System, folder: Path, election: Election, contest: str) -> Iterator[Figure]:
    """Every page that observers open, as often as it goes; those of places for one place after the other."""
    headers = _signed_in(_observer(election))

    def a_second(requests: Sequence[bytes]) -> float:
        asyncio.run(load.send(requests, folder, port=system.port, seconds=WARM_UP_SECONDS, repeat=True))
        answers = asyncio.run(load.send(requests, folder, port=system.port, seconds=SECONDS, repeat=True))
        if set(answers.statuses) != {FOUND}:
            raise RuntimeError(f"{requests[0][:80]!r}: {answers.statuses}")
        return answers.a_second(FOUND)

    empty = a_second([load.request("GET", "/health/live", {})])
    yield Figure("observers: an empty view", empty, "1/s", "higher")
    for name, addresses in _pages(election, contest).items():
        value = a_second([load.request("GET", address, headers) for address in addresses])
        yield Figure(f"observers: {name}", value, "1/s", "higher", empty, 1 / MOST_TIMES_EMPTY)
    first = [
        load.request("GET", f"/kk/observe/stations/{code}/", headers) for code in _stations(election, contest)[PLACES:]
    ]
    answers = asyncio.run(load.send(first, folder, port=system.port, seconds=SECONDS))
    yield Figure(
        "observers: files of stations, each for the first time", answers.a_second(FOUND), "1/s", "higher", empty
    )
    value = a_second([_copies(election, contest, headers)])
    yield Figure("observers: 100 own copies compared", value, "1/s", "higher", empty)


def _pages(election: Election, contest: str) -> dict[str, list[str]]:
    codes = _stations(election, contest)[:PLACES]
    districts = list(Area.objects.filter(election=election, level="district").values_list("code", flat=True)[:PLACES])
    asked = urlencode({"contest": contest})
    seed = urlencode({"contest": contest, "seed": "31415926535897932384", "stations": 50, "risk": 5})
    return {
        "the night as it happens": ["/kk/observe/"],
        "sums of the nation": [f"/kk/observe/results/{contest}/kz/"],
        "files of stations": [f"/kk/observe/stations/{code}/" for code in codes],
        "files of districts": [f"/kk/observe/areas/{code}/?{asked}" for code in districts],
        "the file of the nation": [f"/kk/observe/areas/kz/?{asked}"],
        "the analysis": [f"/kk/observe/analysis/?{asked}"],
        "a sample drawn": [f"/kk/observe/sample/?{seed}"],
        "the difference of two moments": [f"/kk/observe/changes/?{asked}"],
    }


def _stations(election: Election, contest: str) -> list[str]:
    found = Station.objects.filter(election=election, ballots__contest__code=contest).order_by("code")
    return list(found.values_list("code", flat=True))


def _copies(election: Election, contest: str, headers: dict[str, str]) -> bytes:
    """A hundred copies, a tenth of them with one vote too many."""
    found = Contest.objects.get(election=election, code=contest)
    codes = layouts_of([found.pk])[found.pk].codes
    in_force = Standing.objects.filter(contest=found, state=State.IN_FORCE).order_by("station__code")
    rows = [",".join(["station", *codes])]
    for number, (station, figures) in enumerate(in_force.values_list("station__code", "version__figures")[:COPIES]):
        copied = [*figures[:-1], (figures[-1] or 0) + (number % 10 == 0)]
        rows.append(",".join([station, *("" if figure is None else str(figure) for figure in copied)]))
    body = urlencode({"pasted": "\n".join(rows), "csrfmiddlewaretoken": CSRF})
    headers = {
        **headers,
        "Cookie": f"{headers['Cookie']}; {settings.CSRF_COOKIE_NAME}={CSRF}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return load.request("POST", f"/kk/observe/copies/?{urlencode({'contest': contest})}", headers, body)


def _observer(election: Election) -> User:
    user = User.objects.create_user("bench-observer")
    Appointment.objects.create(user=user, role=Role.OBSERVER, election=election, appointed_at=timezone.now())
    return user


def _signed_in(user: User) -> dict[str, str]:
    """The headers of a browser in which this person is signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "username": user.username}]
    session.create()
    return {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}", "Accept-Language": "kk"}
