"""A commission's desk: what it must do now, in which order, and how far each area beneath it is."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby, takewhile

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import needs
from accounts.domain.roles import Permission
from stations.domain.alphabet import order
from stations.models import Area, AreaLevel, Contest, Election, Station
from tallies.domain.matters import Matter
from tallies.forms import DeskFilter
from tallies.selectors import Narrowed, Scope, contests_in, districts_in, stations_in
from tallies.selectors.desk import (
    AreaOnDesk,
    DeskOrder,
    DeskRow,
    Moment,
    areas_on_desk,
    count_by_matter,
    desk_rows,
    desk_stamp,
)
from tallies.selectors.queries import count_open_queries
from tallies.views.place import scope_for

PROTOCOLS_ON_A_PAGE = 50
STATIONS_IN_A_GRID = 100
# A country has thousands of local contests. Beyond these the person first chooses a district.
MOST_CONTESTS_OFFERED = 200
# A protocol becomes late by the clock alone: a page that asks for news is made anew this often even without any.
SECONDS_BETWEEN_CLOCKS = 300
STATES_OFFERED = [
    (DeskFilter.OPEN, _("What is waiting")),
    (Matter.HELD.value, _("Held: decide")),
    (Matter.DIFFERS.value, _("Entries differ")),
    (Matter.RETURNED.value, _("Returned to the station")),
    (Matter.LATE.value, _("Late")),
    (Matter.MISSING.value, _("Missing")),
    (Matter.NOT_CLOSED.value, _("Station still open")),
    (Matter.ODD.value, _("In force with findings")),
    (Matter.DONE.value, _("In force")),
    (Matter.ANNULLED.value, _("Annulled")),
    (DeskFilter.ALL, _("Everything")),
]


@dataclass(frozen=True)
class Asked:
    """What a person asks of their desk: the filter as they set it, and the part of their scope that it means."""

    election: Election
    scope: Scope
    filter: DeskFilter
    narrowed: Narrowed
    districts: list[Area]
    moment: Moment

    @cached_property
    def open_queries(self) -> int:
        """How many queries about the protocols asked for nobody has answered."""
        return sum(count_open_queries(self.scope, self.narrowed).values())


@dataclass(frozen=True)
class GridColumn:
    """A column of the grid: one contest, or the contests that share a colour of ballot, of which a station has one."""

    contests: tuple[Contest, ...]

    @property
    def name(self) -> str:
        one, *others = self.contests
        if not others:
            return one.name
        words = zip(*(contest.name.split() for contest in self.contests), strict=False)
        shared = [same[0] for same in takewhile(lambda same: len(set(same)) == 1, words)]
        while shared and shared[-1].endswith((".", "№")):
            shared.pop()
        return " ".join(shared).rstrip(":,") or str(_("Local contest"))


@dataclass(frozen=True)
class GridRow:
    """A station with its protocol in each column of the grid, None where it owes none."""

    station: Station
    cells: list[DeskRow | None]


@needs(Permission.SEE_DESK)
@require_safe
@never_cache
def desk(request: HttpRequest) -> HttpResponse:
    """`/desk/?q=…&state=…&region=…&district=…&contest=…&sort=…&view=…&page=…`

    A commission with several districts first sees them side by side; any filter leads to the protocols.
    """
    asked = asked_of(request)
    etag = _etag(request, asked)
    if request.headers.get("HX-Request") and (unchanged := get_conditional_response(request, etag=etag)):
        return unchanged
    response = _areas_page(request, asked, etag) if _is_wide(request, asked) else _protocols_page(request, asked, etag)
    response["ETag"] = etag
    return response


def _is_wide(request: HttpRequest, asked: Asked) -> bool:
    narrowing = {"q", "state", "district", "contest", "sort", "view", "page"}
    return len(asked.districts) > 1 and not any(request.GET.get(name) for name in narrowing)


def _areas_page(request: HttpRequest, asked: Asked, etag: str) -> HttpResponse:
    by_region = len({district.parent_id for district in asked.districts}) > 1 and asked.narrowed.region_id is None
    level = AreaLevel.REGION if by_region else AreaLevel.DISTRICT
    areas = areas_on_desk(asked.scope, asked.narrowed, asked.moment, level=level)
    whole = _together(areas)
    context = {
        "areas": areas,
        "by_region": by_region,
        "region": asked.filter.cleaned_data.get("region"),
        "open_queries": asked.open_queries,
        "has_turnout": bool(asked.election.turnout_hours),
        "counts": whole,
        "expected": sum(whole.values()),
        "settled": sum(area.settled for area in areas),
        "last_at": max((area.last_at for area in areas if area.last_at), default=None),
        "now": asked.moment.now,
        "etag": etag,
        "refresh": request.get_full_path(),
    }
    return render(request, _template(request, "tallies/desk_areas.html", "tallies/_desk_areas.html"), context)


def _together(areas: list[AreaOnDesk]) -> dict[Matter, int]:
    return {matter: sum(area.counts.get(matter, 0) for area in areas) for matter in Matter}


def _protocols_page(request: HttpRequest, asked: Asked, etag: str) -> HttpResponse:
    counts = count_by_matter(asked.scope, asked.narrowed, asked.moment)
    context = {
        "filter": asked.filter,
        "counts": [
            (matter, counts[matter], asked.filter.address(state=matter.value))
            for matter in Matter
            if counts[matter] or matter in (Matter.HELD, Matter.LATE)
        ],
        "expected": sum(counts.values()),
        "address": asked.filter.address(),
        "is_one_district": len(asked.districts) == 1,
        "open_queries": asked.open_queries,
        "has_turnout": bool(asked.election.turnout_hours),
        "etag": etag,
        "refresh": request.get_full_path(),
    }
    if asked.filter.is_grid:
        context |= _grid(request, asked)
        return render(request, _template(request, "tallies/desk_grid.html", "tallies/_desk_grid.html"), context)
    page = _page(request, sum(counts[matter] for matter in asked.filter.matters()), PROTOCOLS_ON_A_PAGE)
    rows = desk_rows(
        asked.scope,
        asked.narrowed,
        asked.moment,
        matters=asked.filter.matters(),
        order=DeskOrder.BY_NUMBER if asked.filter.is_by_number else DeskOrder.BY_URGENCY,
        offset=page.start_index() - 1 if page.paginator.count else 0,
        limit=PROTOCOLS_ON_A_PAGE,
    )
    context |= {"rows": rows, "page": page, "now": asked.moment.now}
    return render(request, _template(request, "tallies/desk.html", "tallies/_desk_rows.html"), context)


def _grid(request: HttpRequest, asked: Asked) -> dict[str, object]:
    """Every station of the page with all its protocols, whatever they are: a grid with holes would deceive."""
    stations = list(stations_in(asked.scope, asked.narrowed).values_list("pk", flat=True))
    page = _page(request, len(stations), STATIONS_IN_A_GRID)
    shown = stations[(page.number - 1) * STATIONS_IN_A_GRID : page.number * STATIONS_IN_A_GRID]
    rows = desk_rows(
        asked.scope,
        Narrowed(contest_id=asked.narrowed.contest_id, stations=tuple(shown)),
        asked.moment,
        matters=tuple(Matter),
        order=DeskOrder.BY_NUMBER,
        limit=STATIONS_IN_A_GRID * MOST_CONTESTS_OFFERED,
    )
    by_station = [
        (station, list(protocols)) for station, protocols in groupby(rows, key=lambda row: row.ballot.station)
    ]
    columns = _grid_columns(by_station)
    return {"columns": columns, "grid": [_grid_row(*each, columns) for each in by_station], "page": page}


def _grid_columns(by_station: list[tuple[Station, list[DeskRow]]]) -> list[GridColumn]:
    """A column for each colour of ballot, unless a station has two contests of it: then one for each contest."""
    contests = {row.ballot.contest_id: row.ballot.contest for _station, rows in by_station for row in rows}
    twice = {
        colour
        for _station, rows in by_station
        for colour, count in Counter(row.ballot.contest.colour for row in rows).items()
        if count > 1
    }
    columns: dict[str, list[Contest]] = {}
    for contest in sorted(contests.values(), key=lambda contest: contest.position):
        shared = contest.colour and contest.colour not in twice
        columns.setdefault(contest.colour if shared else f"#{contest.pk}", []).append(contest)
    return [GridColumn(tuple(grouped)) for grouped in columns.values()]


def _grid_row(station: Station, rows: list[DeskRow], columns: list[GridColumn]) -> GridRow:
    by_contest = {row.ballot.contest_id: row for row in rows}
    cells = [
        next((by_contest[contest.pk] for contest in column.contests if contest.pk in by_contest), None)
        for column in columns
    ]
    return GridRow(station, cells)


def _page(request: HttpRequest, count: int, size: int) -> Page[int]:
    return Paginator(range(count), size).get_page(request.GET.get("page"))


def _template(request: HttpRequest, whole: str, part: str) -> str:
    return part if request.headers.get("HX-Request") else whole


def _etag(request: HttpRequest, asked: Asked) -> str:
    clock = int(asked.moment.now.timestamp()) // SECONDS_BETWEEN_CLOCKS
    ground = (
        desk_stamp(asked.scope, asked.narrowed),
        asked.open_queries,
        clock,
        request.get_full_path(),
        get_language(),
        request.user.pk,
    )
    return f'"{hashlib.sha256(repr(ground).encode()).hexdigest()[:32]}"'


def moment_of(now: datetime) -> Moment:
    """Return the moment at which a desk is looked at, with what the settings call late."""
    return Moment(now, settings.LATE_AFTER)


def asked_of(request: HttpRequest) -> Asked:
    """Return the filter of the query string with what this scope offers. What is not on offer narrows nothing."""
    moment = moment_of(timezone.now())
    election, scope = scope_for(request, Permission.SEE_DESK, now=moment.now)
    filled = DeskFilter({"state": DeskFilter.OPEN, **request.GET.dict()})
    filled.fields["state"].choices = STATES_OFFERED  # type: ignore[attr-defined]
    districts = list(districts_in(scope).select_related("parent"))
    regions = {district.parent.code: district.parent for district in districts if district.parent}
    region = regions.get(request.GET.get("region", ""))
    beneath = [district for district in districts if region is None or district.parent_id == region.pk]
    district = next((each for each in beneath if each.code == request.GET.get("district")), None)
    place = Narrowed(district_id=district.pk if district else None, region_id=region.pk if region else None)
    contests = contests_in(scope, place)
    _offer(filled, beneath, list(regions.values()))
    filled.fields["contest"].queryset = contests  # type: ignore[attr-defined]
    filled.offer_contests(contests[:MOST_CONTESTS_OFFERED])
    filled.is_valid()
    contest = filled.cleaned_data.get("contest")
    narrowed = Narrowed(
        place.district_id,
        contest.pk if contest else None,
        region_id=place.region_id,
        text=filled.cleaned_data.get("q") or "",
    )
    return Asked(election, scope, filled, narrowed, beneath, moment)


def _offer(filled: DeskFilter, districts: list[Area], regions: list[Area]) -> None:
    """Offer what is in the scope without asking the database for it again, districts as a reader looks them up."""
    language = get_language() or "en"
    offered = filled.fields["district"]
    offered.queryset = Area.objects.filter(pk__in=[district.pk for district in districts])  # type: ignore[attr-defined]
    offered.widget.choices = [
        ("", _("All districts")),
        *((each.code, each.name) for each in sorted(districts, key=lambda each: order(each.name, language))),
    ]
    filled.fields["region"].queryset = Area.objects.filter(  # type: ignore[attr-defined]
        pk__in=[region.pk for region in regions]
    )
    if len(districts) == 1:
        filled.fields["district"].widget = filled.fields["district"].hidden_widget()
