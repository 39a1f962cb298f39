"""What changed between two moments: the figures of an area then and later, and the events that made the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
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
from stations.models import Area, AreaLevel, Station

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


@dataclass(frozen=True)
class Difference:
    """How many stations were in each state, and every figure, at both moments."""

    counts: Sequence[FigureChange]
    figures: Sequence[FigureChange]

    @property
    def rows(self) -> list[tuple[str, int, int, int]]:
        """The cells of the file."""
        counts = [(f"stations:{each.code}", each.before, each.after, each.difference) for each in self.counts]
        return counts + [(each.code, each.before, each.after, each.difference) for each in self.figures]


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def changes(request: HttpRequest) -> HttpResponseBase:
    """`/observe/changes/?contest=…&area=…&since=…&until=…`"""
    about = chosen(request)
    form = BetweenForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    place = _place(request, about, asked.get("area", ""))
    newer = about.checkpoint if asked.get("until") is None else checkpoint_of(asked["until"])
    older = checkpoint_of(asked["since"]) if asked.get("since") is not None else None
    first, last = older.size if older else 0, newer.size if newer else 0
    found = partial(_found, about, place, first, last)
    since = checkpoint_data(older) if older else None
    title = title_of(about.election, newer, contest=about.contest.code, place=place.code, since=since)
    columns = ("code", "before", "after", "difference")
    difference = partial(_difference, about, place, older, newer)
    file = download(request, Table("figures", title, columns, lambda: difference().rows), events_table(found, title))
    if file:
        return file
    again = {"contest": about.contest.code, "area": place.code, "since": str(first), "until": str(last)}
    between = kept_fragment(
        request,
        "observers/_changes_between.html",
        about.election,
        (about.contest.pk, about.scope, place.code, first, last),
        lambda: {
            "older": older,
            "newer": newer,
            "difference": difference(),
            "formats": links(request.path, "figures", **again),
            **_events(about, found()),
            "event_formats": links(request.path, "events", **again),
        },
    )
    return page_about(request, "observers/changes.html", about, {"form": form, "place": place, "between": between})


def _found(about: Chosen, place: Area | Station, first: int, last: int) -> QuerySet[Event]:
    """The steps of protocols between two log sizes."""
    return observed_events(about.election, about.scope, _wanted(about, place)).filter(
        kind__startswith="protocol.", log_index__index__gte=first, log_index__index__lt=last
    )


def _difference(about: Chosen, place: Area | Station, older: Checkpoint | None, newer: Checkpoint | None) -> Difference:
    """What lies between two checkpoints never changes."""
    before, after = _sums(about, place, older), _sums(about, place, newer)
    figures = [
        FigureChange(code, name, before[1].get(code, 0), after[1].get(code, 0))
        for code, name in named_figures(about.contest)
    ]
    counts = [
        FigureChange(code, str(name), then, later)
        for (code, name), then, later in zip(_COUNTS.items(), before[0], after[0], strict=True)
    ]
    return Difference(counts, figures)


def _events(about: Chosen, found: QuerySet[Event]) -> dict[str, Any]:
    count = found.count()
    events = event_rows(list(found[:MOST_EVENTS]), about.election)
    return {"events": events, "event_count": count, "is_cut": count > len(events)}


_COUNTS = {"in_force": _("Protocols in force"), "held": _("Protocols held"), "annulled": _("Protocols annulled")}


def _place(request: HttpRequest, about: Chosen, code: str) -> Area | Station:
    if not code:
        # It follows from the person's appointments, so they have the right to it.
        return highest_place(about.scope)
    try:
        place = place_of(about.contest, code)
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
    if place.level == AreaLevel.NATION:
        # Every protocol lies in it.
        return Wanted(contest=about.contest.code)
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
