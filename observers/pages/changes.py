"""What changed between two moments: the figures of an area then and later, and the events that made the difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import needs, require
from accounts.domain.roles import Permission
from aggregation.selectors import as_of
from audit.models import Checkpoint, Event
from observers.downloads import Table, download, links
from observers.events import Wanted, event_rows, events_table, observed_events
from observers.forms import LARGEST_ID
from observers.moments import Chosen, checkpoint_data, checkpoint_of, chosen, title_of
from observers.pages.copies import named_figures
from observers.pages.frame import kept_fragment, page_about
from observers.scope import highest_place
from results.public.ground import READER, NotThere
from results.public.registry import place_of
from stations.models import Area, Station

MOST_EVENTS = 100


class BetweenForm(forms.Form):
    """The two moments, as log sizes. What is left empty is the beginning, and the last checkpoint."""

    area = forms.CharField(
        required=False, max_length=64, label=_("Code of an area or a station"),
        widget=forms.TextInput(attrs={"class": "input--code", "autocomplete": "off"}),
    )  # fmt: skip
    since = forms.IntegerField(required=False, min_value=0, max_value=LARGEST_ID, label=_("From log size"))
    until = forms.IntegerField(required=False, min_value=0, max_value=LARGEST_ID, label=_("To log size"))


@dataclass(frozen=True)
class FigureChange:
    """A figure at both moments."""

    code: str
    name: str
    before: int
    after: int

    @property
    def difference(self) -> int:
        return self.after - self.before


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def changes(request: HttpRequest) -> HttpResponseBase:
    """`/observe/changes/?contest=…&area=…&since=…&until=…`"""
    about = chosen(request)
    form = BetweenForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    place = _place(request, about, asked.get("area", ""))
    newer = checkpoint_of(asked.get("until"))
    older = checkpoint_of(asked["since"]) if asked.get("since") is not None else None
    before, after = _sums(about, place, older), _sums(about, place, newer)
    figures = [
        FigureChange(code, name, before[1].get(code, 0), after[1].get(code, 0))
        for code, name in named_figures(about.contest)
    ]
    first, last = older.size if older else 0, newer.size if newer else 0
    found = observed_events(about.election, about.scope, _wanted(about, place)).filter(
        kind__startswith="protocol.", log_index__index__gte=first, log_index__index__lt=last
    )
    since = checkpoint_data(older) if older else None
    title = title_of(about.election, newer, contest=about.contest.code, place=place.code, since=since)
    counts = list(zip(_COUNTS, before[0], after[0], strict=True))
    rows = [(f"stations:{code}", then, later, later - then) for code, then, later in counts]
    rows += [(each.code, each.before, each.after, each.difference) for each in figures]
    again = {"contest": about.contest.code, "area": place.code, "since": str(first), "until": str(last)}
    columns = ("code", "before", "after", "difference")
    file = download(request, Table("figures", title, columns, lambda: rows), events_table(found, title))
    context: dict[str, Any] = {
        "form": form,
        "place": place,
        "older": older,
        "newer": newer,
        "figures": figures,
        "counts": [(_COUNTS[code], then, later) for code, then, later in counts],
        "events": kept_fragment(
            request,
            "observers/_changes_events.html",
            (about.contest.pk, about.election.revision, about.scope, place.code, first, last),
            lambda: _told(request, about, found, again),
        ),
        "formats": links(request.path, "figures", **again),
    }
    return file or page_about(request, "observers/changes.html", about, context)


def _told(request: HttpRequest, about: Chosen, found: QuerySet[Event], again: Mapping[str, str]) -> dict[str, Any]:
    """What lies between two checkpoints never changes."""
    count = found.count()
    events = event_rows(list(found[:MOST_EVENTS]), about.election)
    return {
        "events": events,
        "event_count": count,
        "is_cut": count > len(events),
        "event_formats": links(request.path, "events", **again),
    }


_COUNTS = {"in_force": _("Protocols in force"), "held": _("held"), "annulled": _("annulled")}


def _place(request: HttpRequest, about: Chosen, code: str) -> Area | Station:
    try:
        place = place_of(about.contest, code) if code else highest_place(about.scope)
    except NotThere:
        raise Http404 from None
    if isinstance(place, Station):
        require(request.user, Permission.OBSERVE, station=place, contest=about.contest)
    else:
        require(request.user, Permission.OBSERVE, area=place, contest=about.contest)
    return place


def _wanted(about: Chosen, place: Area | Station) -> Wanted:
    if isinstance(place, Station):
        return Wanted(contest=about.contest.code, station=place.code)
    return Wanted(contest=about.contest.code, area=place.code)


def _sums(
    about: Chosen, place: Area | Station, checkpoint: Checkpoint | None
) -> tuple[tuple[int, int, int], Mapping[str, int]]:
    """Return (in force, held, annulled) and the figures of a place as of a checkpoint; nothing before the first."""
    if checkpoint is None:
        return (0, 0, 0), {}
    return sums_of(about.contest.pk, about.election.revision, type(place), place.pk, checkpoint.size)


@lru_cache(maxsize=500)
def sums_of(
    contest_id: int,
    revision: int,  # noqa: ARG001  part of the key: stations may move and be added
    kind: type[Area | Station],
    place_id: int,
    size: int,
) -> tuple[tuple[int, int, int], Mapping[str, int]]:
    place: Area | Station = kind.objects.using(READER).get(pk=place_id)
    sum_ = as_of(contest_id, place, size, using=READER)
    return (sum_.reported, sum_.held, sum_.annulled), sum_.figures
