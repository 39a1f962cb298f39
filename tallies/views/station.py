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
from stations.models import Station
from tallies.domain.lifecycle import State
from tallies.selectors import Listed, Narrowed, Order, count_by_state, owed_in, words_given
from tallies.views.place import scope_for

PROTOCOLS_ON_A_PAGE = 60


@dataclass(frozen=True)
class Owing:
    """A protocol on the officer's list, with the commission's reason where it was returned."""

    listed: Listed
    returned_because: str


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
            "stations": _by_station(listed),
            "page": page,
            "expected": sum(counts.values()),
            "done": counts[State.IN_FORCE] + counts[State.ANNULLED],
            "held": counts[State.HELD],
            "missing": counts[State.AWAITED] + counts[State.RETURNED],
        },
    )


def _by_station(listed: list[Listed]) -> list[StationOwing]:
    returned = [each.version.pk for each in listed if each.state is State.RETURNED and each.version]
    reasons = {words.version_id: words.text for words in words_given(returned) if words.subject == "return"}
    return [
        StationOwing(
            place, [Owing(each, reasons.get(each.version.pk, "") if each.version else "") for each in protocols]
        )
        for place, protocols in groupby(listed, key=lambda each: each.ballot.station)
    ]
