"""Pages of observers and commissions: everything may be read here, nothing changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import needs
from accounts.domain.roles import Permission
from accounts.models import Appointment
from accounts.selectors import accreditations_of
from audit.domain.merkle import leaf_hash
from audit.models import Checkpoint
from audit.proof_files import NoProof, proof_file
from audit.selectors import last_cosigned, latest_checkpoint
from observers.downloads import Table, download, links
from observers.events import (
    Cursor,
    Wanted,
    event_page,
    event_rows,
    events_table,
    index_in_log,
    observed_events,
    sealing_of,
)
from observers.forms import CursorForm, EventFilter, PlaceForm
from observers.moments import title_of
from observers.pages.frame import kept_fragment, page
from observers.recent import recently
from observers.scope import highest_place, observed
from observers.wording import kind_in_words
from results.public.ground import READER
from stations.models import Area, Election
from tallies.domain.lifecycle import State
from tallies.selectors import Narrowed, Scope, count_by_state


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def events(request: HttpRequest) -> HttpResponseBase:
    """`/observe/?kind=…&contest=…&area=…&station=…&since=…&until=…&before=…`"""
    election, scope = observed(request)
    accreditations = recently(
        ("accreditations", request.user.pk, election.pk),
        lambda: accreditations_of(request.user, election, timezone.now()),
    )
    counts = recently(("counts", scope), lambda: count_by_state(scope, Narrowed(), using=READER))
    checkpoint = latest_checkpoint(using=READER)
    with timezone.override(ZoneInfo(election.time_zone)):
        asked = EventFilter(request.GET)
        shown = None
        if asked.is_valid():
            found = observed_events(election, scope, asked.wanted())
            title = title_of(election, checkpoint)
            live = {**title, "live_at": timezone.now().isoformat()}
            file = download(
                request,
                events_table(lambda: found, title),
                _states_table(live, counts),
                _accredited(live, accreditations),
            )
            if file:
                return file
            shown = event_page(found, CursorForm(request.GET).cursor())
        context = {
            "ways": _ways(request, election, asked, scope),
            "page": shown,
            "table": kept_fragment(
                request,
                "observers/_events.html",
                election,
                tuple(shown.events),
                lambda: {"rows": event_rows(list(found.filter(pk__in=dict(shown.events))), election)},
            )
            if shown and shown.events
            else "",
            "address": _address(asked),
            "formats": links(request.path, "events", **_asked(asked)),
            "count_formats": links(request.path, "states"),
            "accreditation_formats": links(request.path, "accreditations"),
            "counts": counts.items(),
            "accreditations": accreditations,
            # What was asked for by a link to older events stays as it is read.
            "is_newest": CursorForm(request.GET).cursor() == Cursor(),
        }
        return _rendered(request, "observers/events.html", election, checkpoint, context)


def _ways(request: HttpRequest, election: Election, asked: EventFilter, scope: Scope) -> SafeString:
    """Where else to look, and the filter. Without a query it is the same for whoever observes the same."""
    template = "observers/_ways_and_filter.html"
    highest = highest_place(scope)
    context = {
        "filter": asked,
        "places": PlaceForm(initial={name: request.GET.get(name) for name in ("contest", "area")}, auto_id="place-%s"),
        "address": _address(asked),
        "highest": highest if isinstance(highest, Area) else None,
    }
    if request.GET:
        return render_to_string(template, context)
    return kept_fragment(request, template, election, (highest.code,), lambda: context)


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
    checkpoint = latest_checkpoint(using=READER)
    title = title_of(election, checkpoint)
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
        return _rendered(request, "observers/event.html", election, checkpoint, context)


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


def _rendered(
    request: HttpRequest, template: str, election: Election, checkpoint: Checkpoint | None, context: Mapping[str, Any]
) -> HttpResponse:
    witnesses = sorted(last_cosigned(using=READER).values(), key=lambda each: each.witness)
    return page(request, template, election, {"checkpoint": checkpoint, "witnesses": witnesses, **context})


def _address(asked: EventFilter) -> str:
    """Return the query string of this filter, for links to other pages of the same list."""
    return urlencode(_asked(asked))


def _asked(asked: EventFilter) -> dict[str, str]:
    return {name: asked.data[name] for name in asked.fields if asked.data.get(name)}
