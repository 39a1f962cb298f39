"""Pages of observers and commissions: everything may be read here, nothing changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db import connections, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import needs, require
from accounts.domain.roles import Permission
from accounts.models import Appointment
from accounts.selectors import accreditations_of, appointment_for
from audit.domain.merkle import leaf_hash
from audit.proof_files import NoProof, proof_file
from audit.selectors import last_cosigned, latest_checkpoint
from observers.downloads import Table, download, links
from observers.events import (
    Cursor,
    Wanted,
    event_page,
    events_table,
    index_in_log,
    observed_events,
    sealing_of,
)
from observers.forms import CursorForm, EventFilter, MomentForm, PlaceForm
from observers.live_results import ObserversLinks, live_ground, live_page
from observers.moments import checkpoint_of, title_of
from observers.pages.frame import kept_fragment
from observers.pages.station_files import versions_table
from observers.recent import recently
from observers.scope import first_contest, highest_place, observed
from observers.sums import sums_table
from observers.wording import kind_in_words
from results.public.ground import READER, NotThere
from results.public.photographs import copy_of_shown
from results.public.registry import contest_of, path_to, place_of
from results.public.showing import Basis, Status
from stations.models import Area, Contest, Election, Station
from tallies.domain.lifecycle import State
from tallies.selectors import Narrowed, count_by_state

_COMPLAINTS = (Permission.COMPLAIN, Permission.ANSWER_COMPLAINT)


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def events(request: HttpRequest) -> HttpResponseBase:
    """`/observe/?kind=…&contest=…&area=…&station=…&since=…&until=…&before=…`"""
    election, scope = observed(request)
    accreditations = accreditations_of(request.user, election, timezone.now())
    counts = recently(("counts", scope), lambda: count_by_state(scope, Narrowed(), using=READER))
    with timezone.override(ZoneInfo(election.time_zone)):
        asked = EventFilter(request.GET)
        page = None
        if asked.is_valid():
            found = observed_events(election, scope, asked.wanted())
            title = title_of(election, latest_checkpoint(using=READER))
            live = {**title, "live_at": timezone.now().isoformat()}
            file = download(
                request, events_table(found, title), _states_table(live, counts), _accredited(live, accreditations)
            )
            if file:
                return file
            page = event_page(found, CursorForm(request.GET).cursor(), election)
        context = {
            "filter": asked,
            "places": PlaceForm(
                initial={name: request.GET.get(name) for name in ("contest", "area")}, auto_id="place-%s"
            ),
            "page": page,
            "table": kept_fragment(
                request,
                "observers/_events.html",
                (election.revision, *((row.event.pk, row.index) for row in page.rows)),
                lambda: {"page": page},
            )
            if page
            else "",
            "address": _address(asked),
            "formats": links(request.path, "events", **_asked(asked)),
            "count_formats": links(request.path, "states"),
            "accreditation_formats": links(request.path, "accreditations"),
            "counts": counts.items(),
            "highest": highest if isinstance(highest := highest_place(scope), Area) else None,
            "accreditations": accreditations,
            # What was asked for by a link to older events stays as it is read.
            "is_newest": CursorForm(request.GET).cursor() == Cursor(),
        }
        return _rendered(request, "observers/events.html", election, context)


def _states_table(title: Mapping[str, Any], counts: Mapping[State, int]) -> Table:
    rows = [(state.value, count) for state, count in counts.items()]
    return Table("states", title, ("state", "protocols"), lambda: rows)


def _accredited(title: Mapping[str, Any], accreditations: Sequence[Appointment]) -> Table:
    """What the person who asks is accredited for."""
    rows = [
        (each.organisation, each.place.code if each.place else None, each.ends_at.isoformat() if each.ends_at else None)
        for each in accreditations
    ]
    return Table("accreditations", title, ("organisation", "place", "ends_at"), lambda: rows)


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def event(request: HttpRequest, event_id: int) -> HttpResponseBase:
    """`/observe/events/<id>/`: one event as it is hashed, and its place in the log."""
    election, scope = observed(request)
    found = observed_events(election, scope, Wanted()).filter(pk=event_id).first()
    if found is None:
        raise Http404
    entry = bytes(found.entry)
    index = index_in_log(found)
    title = title_of(election, latest_checkpoint(using=READER))
    row = (None if index is None else index.pk, leaf_hash(entry).hex(), entry.decode())
    file = download(request, Table(f"event-{found.pk}", title, ("index", "leaf_hash", "entry"), lambda: [row]))
    if file:
        return file
    context = {
        "event": found,
        "words": kind_in_words(found.kind),
        "entry": json.dumps(json.loads(entry), indent=2, ensure_ascii=False),
        "length": len(entry),
        "leaf_hash": leaf_hash(entry).hex(),
        "sealing": sealing_of(found),
        "formats": links(request.path, "entry"),
    }
    with timezone.override(ZoneInfo(election.time_zone)):
        return _rendered(request, "observers/event.html", election, context)


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def event_proof(request: HttpRequest, event_id: int) -> HttpResponse:
    """`/observe/events/<id>/proof`: the `.tlog-proof` of an event, for observers before everybody may have it."""
    election, scope = observed(request)
    found = observed_events(election, scope, Wanted()).filter(pk=event_id).first()
    index = None if found is None else index_in_log(found)
    if index is None:
        raise Http404
    try:
        content = proof_file(index=index.pk, using=READER)
    except NoProof:
        raise Http404 from None
    headers = {"Content-Disposition": f'attachment; filename="entry-{index.pk}.tlog-proof"'}
    return HttpResponse(content, content_type="text/plain; charset=utf-8", headers=headers)


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def choose_results(request: HttpRequest) -> HttpResponse:
    """`/observe/results/?contest=…&area=…&size=…&time=…`: to the tallies asked for."""
    _election, scope = observed(request)
    asked = PlaceForm(request.GET)
    if not asked.is_valid():
        raise Http404
    first = first_contest(scope)
    contest = asked.cleaned_data["contest"] or (first.code if first else None)
    place = asked.cleaned_data["area"] or highest_place(scope).code
    if contest is None:
        raise Http404
    address = reverse("observers-results", kwargs={"contest": contest, "place": place})
    moment = urlencode(_moment_asked(request))
    return HttpResponseRedirect(f"{address}?{moment}" if moment else address)


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def results(request: HttpRequest, contest: str, place: str) -> HttpResponseBase:
    """`/observe/results/<contest>/<area or station>/?size=…&time=…`: sums, whatever the public may see by now.

    Live ones, or as they stood at a log size or a moment.
    """
    try:
        ground = live_ground(contest, timezone.now())
        found = contest_of(ground.contest_id)
        where = place_of(found, place)
        with timezone.override(ZoneInfo(found.election.time_zone)):
            moment, basis = _basis_asked(request)
        ground = live_ground(contest, timezone.now(), basis)
        if isinstance(where, Area):
            require(request.user, Permission.OBSERVE, area=where, contest=found)
        else:
            require(request.user, Permission.OBSERVE, station=where, contest=found)
        file = download(request, _place_table(found, where, moment)) if request.GET.get("format") else None
        if file:
            return file
        with transaction.atomic(using=READER):
            with connections[READER].cursor() as cursor:
                # One page, one moment: areas add up to the sum above them.
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            template, context = live_page(ground, place, _moment_asked(request))
            context["crumb_here"] = True
            context["path"] = [
                crumb
                for crumb, area in zip(context["path"], path_to(where), strict=True)
                if _may_observe(request, area, found)
            ]
    except NotThere:
        raise Http404 from None
    may = [each for each in _COMPLAINTS if isinstance(where, Station) and _may(request, each, where, found)]
    context |= {"may_complain": Permission.COMPLAIN in may, "complaint_links": bool(may), "moment": moment}
    kind = "observers-station" if isinstance(where, Station) else "observers-area"
    context["formats"] = links(
        request.path, "sums" if isinstance(where, Area) else "versions", **_moment_asked(request)
    )
    context["place_file"] = reverse(kind, args=[where.code])
    if isinstance(where, Area):
        context["place_file"] += f"?contest={contest}"
    with timezone.override(ZoneInfo(found.election.time_zone)):
        return _rendered(request, template.replace("results/", "observers/"), found.election, context)


def _place_table(contest: Contest, place: Area | Station, moment: MomentForm) -> Table:
    """What the page shows as of a checkpoint: of the moment that is asked for, or else the last one."""
    asked = moment.cleaned_data if moment.is_valid() else {}
    checkpoint = checkpoint_of(asked.get("size"), asked.get("time"))
    title = title_of(contest.election, checkpoint, contest=contest.code, place=place.code)
    if isinstance(place, Station):
        return versions_table(title, place, [contest])
    return sums_table(title, contest, place, Basis(Status.AS_OF, checkpoint.size if checkpoint else 0))


@needs(Permission.OBSERVE)
@require_safe
def photograph(request: HttpRequest, contest: str, place: str, sha256: str) -> HttpResponseBase:
    """`/observe/photographs/<contest>/<station>/<sha256>.jpg`: a page of a photograph beside a protocol that counts."""
    try:
        ground = live_ground(contest, timezone.now())
        found = contest_of(ground.contest_id)
        where = place_of(found, place)
    except NotThere:
        raise Http404 from None
    if not isinstance(where, Station):
        raise Http404
    require(request.user, Permission.OBSERVE, station=where, contest=found)
    cache = "private, max-age=3600"
    return copy_of_shown(found, where, Basis(Status.LIVE), ObserversLinks(), sha256, cache=cache)


def _may_observe(request: HttpRequest, area: Area, contest: Contest) -> bool:
    now = timezone.now()
    found = appointment_for(request.user, Permission.OBSERVE, area_id=area.pk, contest_id=contest.pk, now=now)
    return found is not None


def _may(request: HttpRequest, permission: Permission, station: Station, contest: Contest) -> bool:
    now = timezone.now()
    return appointment_for(request.user, permission, station_id=station.pk, contest_id=contest.pk, now=now) is not None


def _moment_asked(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in ("size", "time") if request.GET.get(name)}


def _basis_asked(request: HttpRequest) -> tuple[MomentForm, Basis | None]:
    """Return the form of the moment, and the basis that it asks for; None for what stands now."""
    form = MomentForm(request.GET, auto_id="moment-%s")
    if not form.is_valid() or not _moment_asked(request):
        return form, None
    checkpoint = checkpoint_of(form.cleaned_data["size"], form.cleaned_data["time"])
    if checkpoint is None:
        return form, Basis(Status.AS_OF, 0)
    return form, Basis(Status.AS_OF, checkpoint.size, checkpoint.signed_at)


def _rendered(request: HttpRequest, template: str, election: Election, context: dict[str, Any]) -> HttpResponse:
    sealed = {
        "checkpoint": latest_checkpoint(using=READER),
        "witnesses": sorted(last_cosigned(using=READER).values(), key=lambda each: each.witness),
    }
    return render(request, template, {"election": election, **sealed, **context})


def _address(asked: EventFilter) -> str:
    """Return the query string of this filter, for links to other pages of the same list."""
    return urlencode(_asked(asked))


def _asked(asked: EventFilter) -> dict[str, str]:
    return {name: asked.data[name] for name in asked.fields if asked.data.get(name)}
