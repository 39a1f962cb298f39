"""Pages of observers and commissions: everything may be read here, nothing changed."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db import connections, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import needs, require
from accounts.domain.roles import Permission
from accounts.selectors import appointment_for
from audit.domain.merkle import leaf_hash
from audit.selectors import latest_checkpoint
from observers.events import Wanted, event_page, observed_events, sealing_of
from observers.forms import CursorForm, EventFilter, PlaceForm
from observers.live_results import live_ground, live_page
from observers.scope import first_contest, highest_place, observed
from observers.wording import kind_in_words
from results.public.ground import READER, NotThere
from results.public.registry import contest_of, path_to, place_of
from stations.models import Area, Contest, Election
from tallies.selectors import Narrowed, count_by_state


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def events(request: HttpRequest) -> HttpResponse:
    """`/observe/?kind=…&contest=…&area=…&station=…&since=…&until=…&before=…`"""
    election, scope = observed(request)
    with timezone.override(ZoneInfo(election.time_zone)):
        asked = EventFilter(request.GET)
        page = None
        if asked.is_valid():
            found = observed_events(election, scope, asked.wanted())
            page = event_page(found, CursorForm(request.GET).cursor(), election)
        context = {
            "filter": asked,
            "places": PlaceForm(
                initial={name: request.GET.get(name) for name in ("contest", "area")}, auto_id="place-%s"
            ),
            "page": page,
            "address": _address(asked),
            "counts": count_by_state(scope, Narrowed(), using=READER).items(),
        }
        return _rendered(request, "observers/events.html", election, context)


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def event(request: HttpRequest, event_id: int) -> HttpResponse:
    """`/observe/events/<id>/`: one event as it is hashed, and its place in the log."""
    election, scope = observed(request)
    found = observed_events(election, scope, Wanted()).filter(pk=event_id).first()
    if found is None:
        raise Http404
    entry = bytes(found.entry)
    context = {
        "event": found,
        "words": kind_in_words(found.kind),
        "entry": json.dumps(json.loads(entry), indent=2, ensure_ascii=False),
        "length": len(entry),
        "leaf_hash": leaf_hash(entry).hex(),
        "sealing": sealing_of(found),
    }
    with timezone.override(ZoneInfo(election.time_zone)):
        return _rendered(request, "observers/event.html", election, context)


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def choose_results(request: HttpRequest) -> HttpResponse:
    """`/observe/results/?contest=…&area=…`: to the live tallies asked for."""
    _election, scope = observed(request)
    asked = PlaceForm(request.GET)
    if not asked.is_valid():
        raise Http404
    first = first_contest(scope)
    contest = asked.cleaned_data["contest"] or (first.code if first else None)
    place = asked.cleaned_data["area"] or highest_place(scope).code
    if contest is None:
        raise Http404
    return HttpResponseRedirect(reverse("observers-results", kwargs={"contest": contest, "place": place}))


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def results(request: HttpRequest, contest: str, place: str) -> HttpResponse:
    """`/observe/results/<contest>/<area or station>/`: live sums, whatever the public may see by now."""
    try:
        ground = live_ground(contest, timezone.now())
        found = contest_of(ground.contest_id)
        where = place_of(found, place)
        if isinstance(where, Area):
            require(request.user, Permission.OBSERVE, area=where, contest=found)
        else:
            require(request.user, Permission.OBSERVE, station=where, contest=found)
        with transaction.atomic(using=READER):
            with connections[READER].cursor() as cursor:
                # One page, one moment: areas add up to the sum above them.
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            template, context = live_page(ground, place)
            context["crumb_here"] = True
            context["path"] = [
                crumb
                for crumb, area in zip(context["path"], path_to(where), strict=True)
                if _may_observe(request, area, found)
            ]
    except NotThere:
        raise Http404 from None
    with timezone.override(ZoneInfo(found.election.time_zone)):
        return _rendered(request, template.replace("results/", "observers/"), found.election, context)


def _may_observe(request: HttpRequest, area: Area, contest: Contest) -> bool:
    now = timezone.now()
    found = appointment_for(request.user, Permission.OBSERVE, area_id=area.pk, contest_id=contest.pk, now=now)
    return found is not None


def _rendered(request: HttpRequest, template: str, election: Election, context: dict[str, Any]) -> HttpResponse:
    return render(request, template, {"election": election, "checkpoint": latest_checkpoint(using=READER), **context})


def _address(asked: EventFilter) -> str:
    """Return the query string of this filter, for links to other pages of the same list."""
    return urlencode({name: asked.data[name] for name in asked.fields if asked.data.get(name)})
