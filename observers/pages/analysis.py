"""How figures are distributed over stations: pictures first, what else can cause them beside, every station a link."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import needs
from accounts.domain.roles import Permission
from observers.dataset import Dataset, dataset
from observers.domain.distributions import (
    DigitTest,
    Spikes,
    StationFigures,
    fingerprint,
    identical,
    integer_spikes,
    last_digits,
    second_digits,
)
from observers.downloads import Table, download, links
from observers.moments import Chosen, chosen
from observers.pages.analysis_files import (
    below_table,
    cells_table,
    digits_table,
    identical_table,
    stations_table,
    whole_percents_table,
)
from observers.pages.frame import kept_fragment, page_about
from observers.pictures import Bars, DrawnCell, digit_bars, histogram, percent_bars
from results.public.ground import READER
from stations.domain.patterns import PatternLimits
from stations.models import Choice
from tallies.selectors.turnout import last_reports

MOST_LISTED = 100
MOST_PERCENTS, MOST_OF_A_PERCENT = 5, 40


@dataclass(frozen=True)
class Digits:
    """A digit test with its drawing."""

    test: DigitTest
    bars: Bars


@dataclass(frozen=True)
class DrawnSpikes:
    """Whole percents with their drawing."""

    spikes: Spikes
    bars: Bars

    @property
    def most_frequent(self) -> list[tuple[int, Sequence[str]]]:
        """The whole percents that most stations have, with some of those stations."""
        ranked = sorted(self.spikes.stations.items(), key=lambda each: (-len(each[1]), each[0]))
        return [(percent, stations[:MOST_OF_A_PERCENT]) for percent, stations in ranked[:MOST_PERCENTS]]


@dataclass(frozen=True)
class Correction:
    """A correction or a recount: who ordered it, and what it did to a choice's votes."""

    event_id: int
    station: str
    kind: str
    role: str
    ordered_by: str
    moved: int


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def analysis(request: HttpRequest) -> HttpResponseBase:
    """`/observe/analysis/?contest=…&choice=…&size=…&time=…`"""
    about = chosen(request)
    data = dataset(about)
    asked = request.GET.get("choice", "")[:64]
    file = _file(request, about, data, asked) if request.GET.get("format") else None
    if file:
        return file
    key = about.contest.pk, about.size, about.scope, asked
    pictures = kept_fragment(
        request, "observers/_analysis.html", about.election, key, lambda: _told(request, about, data, asked)
    )
    context = {"figures": pictures, "cell": _cell(request, data, asked)}
    return page_about(request, "observers/analysis.html", about, context)


def _told(request: HttpRequest, about: Chosen, data: Dataset, asked: str) -> dict[str, Any]:
    figures = data.distributed()
    place, choice = _choice(data, figures, asked)
    cells = fingerprint(figures, place) if choice else []
    corrections = _corrections(about, data)
    asked_again = {"contest": about.contest.code, "size": str(about.size), "choice": choice.code if choice else ""}
    files = {name: links(request.path, name, **asked_again) for name in _FILES}
    return {
        "about": about,
        "contest": about.contest,
        "choice": choice,
        "choices": data.choices,
        "address": request.path,
        "histogram": histogram(cells),
        "counted": sum(len(cell.stations) for cell in cells),
        **{name: Digits(test, digit_bars(test)) for name, test in _digits(figures).items()},
        "spikes": {
            name: DrawnSpikes(each, percent_bars(each.by_percent)) for name, each in _spikes(figures, place).items()
        },
        "identical": _identical(about, figures)[:MOST_LISTED],
        "below": _below_reported(data)[:MOST_LISTED],
        "corrections": corrections[:MOST_LISTED],
        "by_order": _by_order(corrections),
        "files": files,
    }


_FILES = ("stations", "cells", "whole_percents", "digits", "identical", "below_reported", "corrections")


def _file(request: HttpRequest, about: Chosen, data: Dataset, asked: str) -> HttpResponseBase | None:
    """Answer with what the file that is asked for holds; it alone is reckoned."""
    figures = data.distributed()
    place, choice = _choice(data, figures, asked)
    of_choice = {**about.title, "choice": choice.code if choice else None}
    makers: dict[str, Callable[[], Table]] = {
        "stations": lambda: stations_table(about.title, data, figures),
        "cells": lambda: cells_table(of_choice, fingerprint(figures, place) if choice else []),
        "whole_percents": lambda: whole_percents_table(of_choice, _spikes(figures, place)),
        "digits": lambda: digits_table(about.title, _digits(figures)),
        "identical": lambda: identical_table(about.title, data, _identical(about, figures)),
        "below_reported": lambda: below_table(about.title, _below_reported(data)),
        "corrections": lambda: _corrections_table(about, _corrections(about, data)),
    }
    return download(request, makers.get(request.GET.get("table", ""), makers["stations"])())


def _cell(request: HttpRequest, data: Dataset, choice: str) -> DrawnCell | None:
    """Return the cell whose stations are asked for by the percents that it begins at."""
    asked = request.GET.get("turnout"), request.GET.get("share")
    if None in asked:
        return None
    figures = data.distributed()
    drawn = histogram(fingerprint(figures, _choice(data, figures, choice)[0]))
    return next((cell for cell in drawn.cells if (str(cell.turnout), str(cell.share)) == asked), None)


def _choice(data: Dataset, figures: Sequence[StationFigures], code: str) -> tuple[int, Choice | None]:
    """Return the place and the choice that is asked for; without one, that with the most votes."""
    for place, choice in enumerate(data.choices):
        if choice.code == code:
            return place, choice
    if not figures:
        return 0, None
    totals = [sum(votes) for votes in zip(*(each.votes for each in figures), strict=True)]
    place = totals.index(max(totals))
    return place, data.choices[place]


def _digits(figures: Sequence[StationFigures]) -> dict[str, DigitTest]:
    votes = [number for each in figures for number in each.votes]
    return {"last": last_digits(votes), "second": second_digits(votes)}


def _spikes(figures: Sequence[StationFigures], place: int) -> dict[str, Spikes]:
    turnout = integer_spikes(
        (each.station, each.issued, each.on_list)
        for each in figures
        if each.issued is not None and each.on_list is not None
    )
    share = integer_spikes((each.station, each.votes[place], each.valid) for each in figures)
    return {"turnout": turnout, "share": share}


def _identical(about: Chosen, figures: Sequence[StationFigures]) -> list[tuple[tuple[int, ...], tuple[str, ...]]]:
    limits = PatternLimits.from_data(about.election.patterns)
    return identical(
        figures,
        minimum_votes=limits.identical_minimum_votes,
        minimum_choices=min(limits.identical_minimum_choices, len(figures[0].votes) if figures else 1),
    )


def _below_reported(data: Dataset) -> list[tuple[str, int, int]]:
    """Stations whose protocol knows of fewer voters than were reported through the day, the largest gap first."""
    reports = last_reports([row.id for row in data.in_force], using=READER)
    found = [
        (row.code, row.figures["ballots_issued"], reports[row.id][1])
        for row in data.in_force
        if row.figures and row.id in reports and row.figures.get("ballots_issued", 2**31) < reports[row.id][1]
    ]
    return sorted(found, key=lambda each: (each[1] - each[2], each[0]))


_CORRECTIONS = """
    SELECT event.id, event.station, event.entry, before.figures, version.figures
    FROM audit_event event
    JOIN audit_logindex log ON log.event_id = event.id
    JOIN tallies_standingchange change ON change.event_id = event.id
    JOIN tallies_protocolversion version ON version.id = change.version_id
    JOIN tallies_protocolversion before ON before.id = version.replaces_id
    WHERE change.contest_id = %s AND log.index < %s AND event.kind IN ('protocol.corrected', 'protocol.recounted')
    ORDER BY event.id"""


def _corrections(about: Chosen, data: Dataset) -> list[Correction]:
    """Corrections and recounts of the contest's protocols, as of the checkpoint, within what the person observes."""
    seen = {row.code for row in data.rows}
    with connections[READER].cursor() as cursor:
        cursor.execute(_CORRECTIONS, [about.contest.pk, about.size])
        rows = cursor.fetchall()
    votes = slice(-len(data.choices), None)
    found = []
    for event_id, station, entry, before, after in rows:
        if station not in seen:
            continue
        event = orjson.loads(bytes(entry))
        moved = sum(abs((new or 0) - (old or 0)) for old, new in zip(before[votes], after[votes], strict=True))
        ordered_by = str(event["body"].get("ordered_by", ""))
        found.append(Correction(event_id, station, event["kind"], event["actor"]["role"], ordered_by, moved))
    return found


@dataclass(frozen=True)
class Ordered:
    """Corrections or recounts of one kind, by one role, on one order: how many, and how many votes they changed."""

    kind: str
    role: str
    ordered_by: str
    count: int
    moved: int


def _by_order(corrections: Sequence[Correction]) -> list[Ordered]:
    """Return corrections by who ordered them, those that changed the most votes first."""
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for each in corrections:
        groups[each.kind, each.role, each.ordered_by].append(each.moved)
    ordered = [Ordered(*key, count=len(moved), moved=sum(moved)) for key, moved in groups.items()]
    return sorted(ordered, key=lambda each: (-each.moved, each.kind, each.role))


def _corrections_table(about: Chosen, corrections: Sequence[Correction]) -> Table:
    rows = [(each.station, each.kind, each.role, each.ordered_by, each.moved) for each in corrections]
    return Table("corrections", about.title, ("station", "kind", "role", "ordered_by", "votes_changed"), lambda: rows)
