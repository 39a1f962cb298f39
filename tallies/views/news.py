"""How an officer learns what others did to a protocol: the open page asks, cheaply, and says so at once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import needs
from accounts.domain.roles import Permission
from accounts.models import User
from tallies.selectors import Narrowed, Scope
from tallies.selectors.news import latest_change, news_since
from tallies.views.place import Place, scope_for

MOST_DIGITS = 18


@dataclass(frozen=True)
class Watched:
    """What an officer's page asks with: the last event when it was opened, and what it knows already."""

    since: int
    etag: str
    station: int | None = None


@needs(Permission.ENTER_PROTOCOL)
@require_safe
@never_cache
def news(request: HttpRequest) -> HttpResponse:
    """`/station/news/?since=<event>&station=<id>`: what others did since, here or anywhere; 304 when nothing is new."""
    _election, scope = scope_for(request, Permission.ENTER_PROTOCOL, now=timezone.now())
    if not isinstance(request.user, User):
        raise Http404
    since, station = _number(request, "since") or 0, _number(request, "station")
    narrowed = _narrowed(station)
    etag = _etag(latest_change(scope, narrowed, request.user), since)
    if unchanged := get_conditional_response(request, etag=etag):
        return unchanged
    response = render(request, "tallies/_news.html", {"news": news_since(scope, narrowed, since, request.user)})
    response["ETag"] = etag
    return response


def watched(scope: Scope, reader: User, station: int | None = None) -> Watched:
    """Return what a page that is being made, about one station or all, must ask with: one statement."""
    latest = latest_change(scope, _narrowed(station), reader)
    since = int(latest.partition(".")[0])
    return Watched(since, _etag(latest, since), station)


def watched_at(place: Place) -> Watched:
    """Return the same for the page of a protocol: what happens to any protocol of its station."""
    station = frozenset({place.owed.station_id})
    none = frozenset[int]()
    scope = Scope(place.appointment.election_id, False, station, none, none, none)
    return watched(scope, place.user, place.owed.station_id)


def _narrowed(station: int | None) -> Narrowed:
    return Narrowed(stations=None if station is None else (station,))


def _number(request: HttpRequest, name: str) -> int | None:
    """A number of the query string that fits the database's; None for anything else."""
    asked = request.GET.get(name, "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= MOST_DIGITS else None


def _etag(latest: str, since: int) -> str:
    return f'"{hashlib.sha256(f"{latest} {since} {get_language()}".encode()).hexdigest()[:32]}"'
