"""The file of a station: everything that is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from django.db import connections, transaction
from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import needs
from accounts.domain.roles import Permission
from audit.models import Event
from audit.selectors import latest_checkpoint
from observers.downloads import download, links
from observers.events import EventRow, Wanted, event_rows, events_table, observed_events
from observers.live_results import ObserversLinks
from observers.moments import title_of
from observers.pages.frame import kept_fragment, page
from observers.pages.station_files import FILES, complaints_table, findings_table, turnout_table, versions_table
from observers.recent import recently
from observers.scope import covers_protocol, observed
from results.public.curve import Curve, curve_of
from results.public.ground import READER, ground_of
from results.public.outcome import ISSUED, outcome_of
from results.public.registry import path_to
from results.public.showing import Basis, Status
from results.public.telling import station_page
from stations.models import Contest, Election, Station
from tallies.selectors import scope_of
from tallies.selectors.turnout import voters_by_hour

MOST_EVENTS = 300


@dataclass(frozen=True)
class ProtocolFile:
    """The protocol of one contest, as the pages of results tell it, and what this person may do about it."""

    contest: Contest
    told: dict[str, Any]
    may_complain: bool


@dataclass(frozen=True)
class TurnoutFile:
    """The day's turnout of a station, and what its protocol says at night."""

    curve: Curve | None
    hours: Sequence[tuple[str, int]]
    issued: int | None
    share: Fraction | None

    @property
    def contradicts(self) -> bool:
        """Whether the protocol knows of fewer voters than were reported through the day."""
        return self.issued is not None and bool(self.hours) and self.issued < self.hours[-1][1]


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def station_file(request: HttpRequest, station: str) -> HttpResponseBase:
    """`/observe/stations/<station>/`"""
    election, scope = observed(request)
    where, voting = recently(("station", election.pk, station), lambda: _station(election, station))
    if where is None:
        raise Http404
    contests = [each for each in voting if covers_protocol(scope, where, each)]
    if not contests:
        raise Http404
    complaining = scope_of(request.user, Permission.COMPLAIN, election, now=timezone.now())  # type: ignore[arg-type]
    may_complain = frozenset(each.pk for each in contests if covers_protocol(complaining, where, each))
    seen = observed_events(election, scope, Wanted(station=where.code))
    file = _file(request, where, contests, seen) if request.GET.get("format") else None
    if file:
        return file
    key = (
        where.pk, frozenset(each.pk for each in contests), may_complain,
        # Whatever happens at a station is an event; sealing gives the newest of them an index.
        *seen.aggregate(newest=Max("pk"), sealed=Max("log_index__index")).values(),
    )  # fmt: skip
    context = {
        "station": where,
        "path": path_to(where),
        "file": kept_fragment(
            request,
            "observers/_station_file.html",
            election,
            key,
            lambda: _told(request, where, contests, may_complain, list(seen[:MOST_EVENTS])),
        ),
    }
    return page(request, "observers/station_file.html", election, context)


def _station(election: Election, code: str) -> tuple[Station | None, Sequence[Contest]]:
    """The station with the areas above it, and what is voted on there."""
    stations = Station.objects.using(READER).select_related("area__parent__parent")
    found = stations.filter(election=election, code=code).first()
    voting = Contest.objects.using(READER).filter(ballots__station=found).order_by("position")
    return found, list(voting.select_related("election")) if found else ()


def _told(
    request: HttpRequest, station: Station, contests: Sequence[Contest], may_complain: frozenset[int], seen: list[Event]
) -> dict[str, Any]:
    election = contests[0].election
    with transaction.atomic(using=READER):
        with connections[READER].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        files = [ProtocolFile(each, _protocol(station, each), each.pk in may_complain) for each in contests]
    return {
        "election": election,
        "station": station,
        "protocols": files,
        "turnout": _turnout_file(station, files, election.turnout_hours),
        "events": [row for row in event_rows(seen, election) if _is_of(row, contests)],
        "files": {name: links(request.path, name) for name in FILES},
    }


def _file(
    request: HttpRequest, station: Station, contests: Sequence[Contest], seen: QuerySet[Event]
) -> HttpResponseBase | None:
    """Answer with the protocols as of the last checkpoint; turnout and complaints are told as they stand now."""
    election = contests[0].election
    title = title_of(election, latest_checkpoint(using=READER), place=station.code)
    live = {**title, "live_at": timezone.now().isoformat()}
    return download(
        request,
        versions_table(title, station, contests),
        findings_table(title, station, contests),
        turnout_table(live, station),
        complaints_table(live, station, contests),
        events_table(lambda: seen, title),
    )


def _is_of(row: EventRow, contests: Sequence[Contest]) -> bool:
    return not row.event.contest or row.event.contest in {contest.code for contest in contests}


def _protocol(station: Station, contest: Contest) -> dict[str, Any]:
    ground = replace(ground_of(contest.code, timezone.now()), basis=Basis(Status.LIVE))
    return station_page(ground, contest, station, ObserversLinks())[1]


def _turnout_file(station: Station, files: Sequence[ProtocolFile], hours: Sequence[str]) -> TurnoutFile | None:
    voters = voters_by_hour(station.pk, using=READER)
    if not voters:
        return None
    shares = [
        (hour, Fraction(count, station.registered_voters))
        for hour, count in voters.items()
        if station.registered_voters
    ]
    in_force = next((each.told["protocol"].in_force for each in files if each.told["protocol"].in_force), None)
    outcome = outcome_of(in_force.figures, ()) if in_force and ISSUED in in_force.figures else None
    return TurnoutFile(
        curve_of(hours, shares, level=outcome.turnout if outcome else None),
        list(voters.items()),
        outcome.issued if outcome else None,
        outcome.turnout if outcome else None,
    )
