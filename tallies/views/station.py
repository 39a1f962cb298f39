"""The officer's page: a checklist of what the station owes, with the next step of each protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import needs
from accounts.domain.roles import Permission
from accounts.models import User
from accounts.selectors import roles_held
from stations.models import Election, Station
from tallies.domain.lifecycle import State
from tallies.selectors import Narrowed, Order, count_by_state, owed_in
from tallies.selectors.checklist import ChecklistRow, checklist
from tallies.selectors.turnout import TurnoutOwed, turnout_owed
from tallies.views.news import watched
from tallies.views.place import scope_for

PROTOCOLS_ON_A_PAGE = 60


@dataclass(frozen=True)
class Closing:
    """When a station closes, by its own clock. `day` is given where it is not today there."""

    clock: str
    day: date | None
    is_past: bool


@dataclass(frozen=True)
class StationOwing:
    """A station with its checklist."""

    station: Station
    protocols: list[ChecklistRow]
    closing: Closing | None
    turnout: TurnoutOwed | None


@needs(Permission.ENTER_PROTOCOL)
@require_safe
@never_cache
def station(request: HttpRequest) -> HttpResponse:
    """`/station/`"""
    now = timezone.now()
    election, scope = scope_for(request, Permission.ENTER_PROTOCOL, now=now)
    if not isinstance(request.user, User):
        raise Http404
    counts = count_by_state(scope, Narrowed())
    expected = sum(counts.values())
    page = Paginator(range(expected), PROTOCOLS_ON_A_PAGE).get_page(request.GET.get("page"))
    listed = owed_in(
        scope,
        Narrowed(),
        order=Order.BY_STATION,
        offset=(page.number - 1) * PROTOCOLS_ON_A_PAGE,
        limit=PROTOCOLS_ON_A_PAGE,
    )
    roles = roles_held(request.user, Permission.ENTER_PROTOCOL, election, now)
    context = {
        "election": election,
        "watched": watched(scope, request.user),
        "stations": _by_station(checklist(listed, request.user, roles, now=now), election, now),
        "page": page,
        "expected": expected,
        "in_force": counts[State.IN_FORCE],
        "settled": counts[State.IN_FORCE] + counts[State.ANNULLED],
    }
    return render(request, "tallies/station.html", context)


def _by_station(rows: Sequence[ChecklistRow], election: Election, now: datetime) -> list[StationOwing]:
    grouped = [(place, list(own)) for place, own in groupby(rows, key=lambda row: row.listed.ballot.station)]
    turnout = turnout_owed([place for place, _own in grouped], election, now=now)
    return [StationOwing(place, own, _closing(place, own, now), turnout.get(place.pk)) for place, own in grouped]


def _closing(place: Station, rows: Sequence[ChecklistRow], now: datetime) -> Closing | None:
    """The closing of the election's day: where one contest votes once more, its own row says when."""
    known = [row.closes_at for row in rows if row.closes_at]
    if not known:
        return None
    clock = ZoneInfo(place.time_zone)
    closes, today = min(known).astimezone(clock), now.astimezone(clock).date()
    return Closing(f"{closes:%H:%M}", None if closes.date() == today else closes.date(), min(known) <= now)
