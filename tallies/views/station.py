"""The officer's page: what the station owes, what is done, what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import needs
from accounts.domain.roles import Permission
from accounts.models import User
from stations.models import Contest, Station
from tallies.domain.lifecycle import State
from tallies.selectors import (
    Listed,
    Narrowed,
    OpenEntryListed,
    Order,
    count_by_state,
    open_entries,
    owed_in,
    words_given,
)
from tallies.views.place import scope_for

PROTOCOLS_ON_A_PAGE = 60


@dataclass(frozen=True)
class Owing:
    """A protocol on the officer's list, with the commission's reason where it was returned, and its double entry."""

    listed: Listed
    returned_because: str
    entered: OpenEntryListed | None


@dataclass(frozen=True)
class StationOwing:
    station: Station
    protocols: list[Owing]


@needs(Permission.ENTER_PROTOCOL)
@require_safe
@never_cache
def station(request: HttpRequest) -> HttpResponse:
    """`/station/`"""
    election, scope = scope_for(request, Permission.ENTER_PROTOCOL, now=timezone.now())
    counts = count_by_state(scope, Narrowed())
    paginator = Paginator(range(sum(counts.values())), PROTOCOLS_ON_A_PAGE)
    page = paginator.get_page(request.GET.get("page"))
    listed = owed_in(
        scope,
        Narrowed(),
        order=Order.BY_STATION,
        offset=(page.number - 1) * PROTOCOLS_ON_A_PAGE,
        limit=PROTOCOLS_ON_A_PAGE,
    )
    return render(
        request,
        "tallies/station.html",
        {
            "election": election,
            "stations": _by_station(listed, _entered(listed, request.user)),
            "page": page,
            "expected": sum(counts.values()),
            "done": counts[State.IN_FORCE] + counts[State.ANNULLED],
            "held": counts[State.HELD],
            "missing": counts[State.AWAITED] + counts[State.RETURNED],
        },
    )


def _entered(listed: list[Listed], by: object) -> dict[tuple[int, int], OpenEntryListed]:
    """How far double entry of those is that two people must enter: one statement, none where there are none."""
    open_to_entry = [
        each.ballot
        for each in listed
        if each.state in (State.AWAITED, State.RETURNED) and each.ballot.contest.entry == Contest.EntryMode.DOUBLE
    ]
    return open_entries(open_to_entry, by) if open_to_entry and isinstance(by, User) else {}


def _by_station(listed: list[Listed], entered: dict[tuple[int, int], OpenEntryListed]) -> list[StationOwing]:
    returned = [each.version.pk for each in listed if each.state is State.RETURNED and each.version]
    reasons = {words.version_id: words.text for words in words_given(returned) if words.subject == "return"}
    return [
        StationOwing(
            place,
            [
                Owing(
                    each,
                    reasons.get(each.version.pk, "") if each.version else "",
                    entered.get((each.ballot.contest_id, each.ballot.station_id)),
                )
                for each in protocols
            ],
        )
        for place, protocols in groupby(listed, key=lambda each: each.ballot.station)
    ]
