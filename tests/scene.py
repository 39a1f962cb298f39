"""A small country in the middle of its night: what tests of protocols and tallies begin with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from accounts.models import User
from aggregation.models import Tally
from audit.domain.actor import SYSTEM
from config import roles
from stations.models import Area, Contest, Election, Station
from tallies.models import Complaint, ProtocolVersion, Standing
from tallies.selectors import OwedProtocol, open_entry_seen, owed_protocol
from tallies.selectors.turnout import owed_turnout
from tallies.services import (
    accept_held,
    annul_protocol,
    choose_entry,
    correct_protocol,
    order_repeat_voting,
    record_recount,
    return_held,
    submit_protocol,
)
from tallies.services.complaint_photographs import GivenFile
from tallies.services.complaints import NewComplaint, register_complaint
from tallies.services.recount import OrderedBy, RecountOrder
from tallies.services.registry import load_election
from tallies.services.submit import Submission, Submitted
from tallies.services.turnout import report_turnout as _report_turnout
from tests.packages import valid_figures, write_package

NOW = datetime(2026, 3, 19, 18, 0, tzinfo=UTC)


class NothingStands(LookupError):
    """There is nothing to decide on yet."""


def load(folder: Path, **options: Any) -> Election:
    """Load a small election (see tests.packages.write_package for the options)."""
    report = load_election(package=write_package(folder, **options), by=SYSTEM, now=NOW)
    return Election.objects.get(code=report.code)


def person(name: str = "officer") -> User:
    """Return the person with this name."""
    return User.objects.get_or_create(username=name)[0]


def owed(station: str = "r1-d1-s1", contest: str = "list") -> OwedProtocol:
    """Return what the station owes for the contest."""
    found = owed_protocol(contest, station)
    assert found is not None
    return found


def submit(
    station: str = "r1-d1-s1",
    contest: str = "list",
    figures: Mapping[str, object] | None = None,
    *,
    explanations: Mapping[str, str] | None = None,
    paper_says_so: str = "",
    key: str | None = None,
    by: User | None = None,
    on_behalf: bool = False,
    slot: str | None = None,
) -> Submitted:
    """Send a protocol as its officer would; from a page that claimed an entry with its `slot`."""
    figures = valid_figures() if figures is None else figures
    submission = Submission(
        owed=owed(station, contest),
        figures=figures,
        explanations=explanations or {},
        paper_says_so=paper_says_so,
        idempotency_key=key,
        body_sha256=hashlib.sha256(repr(sorted(figures.items())).encode()).hexdigest(),
        on_behalf=on_behalf,
        slot=slot,
    )
    role = "district" if on_behalf else "officer"
    return submit_protocol(submission=submission, by=by or person(), role=role, now=NOW)


def submit_on_behalf(
    station: str = "r1-d1-s1", contest: str = "list", figures: Mapping[str, object] | None = None, *, by: User
) -> Submitted:
    """Send a protocol as a person of the district keys it for a station without a line."""
    return submit(station, contest, figures, by=by, on_behalf=True)


def choose(which: int, station: str = "r1-d1-s1", contest: str = "list") -> Submitted:
    """Let the district put the first or the second (0 or 1) of two differing entries in force."""
    place = owed(station, contest)
    seen = open_entry_seen(place)
    if seen is None or len(seen.entries) < 2:
        raise NothingStands
    return choose_entry(
        owed=place,
        entry_id=seen.entries[which].pk,
        reason="compared with the paper",
        by=person("district"),
        role="district",
        now=NOW,
    )


def hold(station: str = "r1-d1-s1", contest: str = "list") -> Submitted:
    """Send a protocol whose paper breaks a check."""
    return submit(station, contest, broken_figures(), paper_says_so="the paper says so")


def broken_figures() -> dict[str, int]:
    """Return figures that break a check as errors: one ballot received too many."""
    figures = valid_figures()
    return {**figures, "ballots_received": figures["ballots_received"] + 1}


def decide(
    verdict: str, station: str = "r1-d1-s1", contest: str = "list", *, figures: Mapping[str, int] | None = None
) -> None:
    """Let the commission decide on what stands: accept, return, correct, recount, annul or repeat."""
    place = owed(station, contest)
    standing = Standing.objects.filter(contest=place.contest_id, station=place.station_id).first()
    if standing is None:
        raise NothingStands
    version_id = standing.version_id
    common: dict[str, Any] = {"owed": place, "version_id": version_id, "by": person("district"), "now": NOW}
    if verdict == "accept":
        accept_held(**common, reason="the commission has seen the paper", role="district")
    elif verdict == "return":
        return_held(**common, reason="a line is missing", role="district")
    elif verdict == "correct":
        correct_protocol(**common, figures=figures or {}, explanations={}, reason="mistyped", role="district")
    elif verdict == "recount":
        order = RecountOrder(by=OrderedBy.COURT, act="14/2-1", dated=NOW.date())
        record_recount(
            **common, order=order, figures=figures or {}, explanations={}, reason="a complaint", role="region"
        )
    elif verdict == "annul":
        annul_protocol(**common, ground="Article 20", role="cec")
    elif verdict == "repeat":
        order_repeat_voting(**common, date=NOW.date(), ground="Article 44", role="cec")
    else:
        raise ValueError(verdict)


def complain(
    station: str = "r1-d1-s1",
    contest: str = "list",
    *,
    text: str = "my copy says otherwise",
    figures: Mapping[str, object] | None = None,
    photographs: Sequence[Path] = (),
    by: User | None = None,
    now: datetime = NOW,
) -> Complaint:
    """Register a complaint on what stands, as an observer would."""
    files = [GivenFile(path.name, path) for path in photographs]
    place = owed(station, contest)
    stands = Standing.objects.filter(contest=place.contest_id, station=place.station_id).first()
    new = NewComplaint(stands.version_id if stands else None, text, figures or {}, files=files)
    return register_complaint(owed=place, complaint=new, by=by or person("observer"), role="observer", now=now)


def report_turnout(station: str, hour: str, voters: int) -> None:
    """Report turnout as the station's officer would."""
    owed_by_station = owed_turnout(station)
    assert owed_by_station is not None
    _report_turnout(owed=owed_by_station, hour=hour, voters=voters, by=person(), role="officer", now=NOW)


def close_stations(at: str) -> None:
    """Let every station close at this hour of its own clock."""
    with as_owner() as cursor:
        cursor.execute("UPDATE stations_station SET closes = %s", [at])


def allow_before_close() -> None:
    """Let the election take protocols before its stations close."""
    with as_owner() as cursor:
        cursor.execute("UPDATE stations_election SET protocols_before_close = true")


@contextmanager
def as_owner() -> Iterator[CursorWrapper]:
    """Write what the application's role may not."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        try:
            yield cursor
        finally:
            cursor.execute(f"SET ROLE {roles.APP}")


def plain_sum(contest: str, area: str) -> tuple[list[int], tuple[int, int, int, int]]:
    """Add the versions in force up in Python: figures, and stations (expected, reported, held, annulled)."""
    found = Contest.objects.get(code=contest)
    beneath = {area} | set(_beneath(area))
    stations = list(Station.objects.filter(ballots__contest=found, area__code__in=beneath))
    standings = {standing.station_id: standing for standing in Standing.objects.filter(contest=found)}
    states = [standings[station.pk].state if station.pk in standings else "" for station in stations]
    in_force = [standings[station.pk].version_id or 0 for station in stations if station.pk in standings]
    figures = [
        version.figures
        for version in ProtocolVersion.objects.filter(pk__in=in_force)
        if standings[version.station_id].state == "in_force"
    ]
    width = len(figures[0]) if figures else _width(found)
    total = [sum(row[position] or 0 for row in figures) for position in range(width)]
    return total, (len(stations), states.count("in_force"), states.count("held"), states.count("annulled"))


def assert_every_tally_is_the_plain_sum() -> None:
    """Compare every tally with its plain sum."""
    for found in Contest.objects.all():
        for area in Area.objects.all():
            kept = Tally.objects.get(contest=found, area=area)
            counts = (
                kept.stations_expected,
                kept.stations_reported,
                kept.stations_held,
                kept.stations_annulled,
            )
            assert (kept.figures, counts) == plain_sum(found.code, area.code), (found.code, area.code)


def _beneath(code: str) -> list[str]:
    children = list(Area.objects.filter(parent__code=code).values_list("code", flat=True))
    return children + [deeper for child in children for deeper in _beneath(child)]


def _width(contest: Contest) -> int:
    return contest.form.lines.count() + contest.choices.count()


def pending() -> int:
    """Return how many pending rows there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tallies_pendingarea")
        return int(cursor.fetchone()[0])
