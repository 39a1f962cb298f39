"""The file of an area: what is still missing or held there, and how much that could change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import needs, require
from accounts.domain.roles import Permission
from observers.dataset import StationRow, dataset
from observers.downloads import Cell, Table, download, links
from observers.moments import Chosen, chosen
from observers.pages.frame import page_about
from observers.recent import recently
from results.public.ground import READER, NotThere
from results.public.registry import path_to, place_of
from stations.models import Area, AreaLevel, Station
from tallies.domain.lifecycle import State

MOST_STATIONS = 200
_OPEN = (State.AWAITED, State.HELD, State.RETURNED, State.REPEAT_ORDERED)
_FIRST = (State.HELD, State.RETURNED, State.REPEAT_ORDERED, State.AWAITED)


@dataclass(frozen=True)
class OpenStation:
    """A station whose protocol is not settled, and how many votes that leaves open."""

    code: str
    name: str
    district: str
    state: State
    registered_voters: int


# What is open at or beneath an area, the largest register first: that is what could still change most.
_OPEN_STATIONS = """
    SELECT station.code, station.name_en, station.name_kk, station.name_ru, district.name_en, district.name_kk,
           district.name_ru, COALESCE(standing.state, 'awaited'), station.registered_voters
    FROM stations_ballot ballot
    JOIN stations_station station ON station.id = ballot.station_id
    JOIN stations_area district ON district.id = station.area_id
    LEFT JOIN tallies_standing standing
        ON standing.contest_id = ballot.contest_id AND standing.station_id = ballot.station_id
    WHERE ballot.contest_id = %(contest)s AND COALESCE(standing.state, 'awaited') = ANY(%(states)s)
      AND (%(area)s IN (district.id, district.parent_id) OR %(nation)s)
    ORDER BY array_position(ARRAY['held', 'returned', 'repeat_ordered', 'awaited'],
                            COALESCE(standing.state, 'awaited')::text),
             station.registered_voters DESC, station.code
    LIMIT %(limit)s"""
_OPEN_COUNTS = """
    SELECT COALESCE(standing.state, 'awaited'), count(*), sum(station.registered_voters)
    FROM stations_ballot ballot
    JOIN stations_station station ON station.id = ballot.station_id
    JOIN stations_area district ON district.id = station.area_id
    LEFT JOIN tallies_standing standing
        ON standing.contest_id = ballot.contest_id AND standing.station_id = ballot.station_id
    WHERE ballot.contest_id = %(contest)s AND (%(area)s IN (district.id, district.parent_id) OR %(nation)s)
    GROUP BY 1 ORDER BY 1"""


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def area_file(request: HttpRequest, place: str) -> HttpResponseBase:
    """`/observe/areas/<area>/?contest=…`: what is missing or held there, and how much it could still change."""
    about = chosen(request)
    try:
        where = recently(("place", about.contest.pk, place), lambda: place_of(about.contest, place))
    except NotThere:
        raise Http404 from None
    if not isinstance(where, Area):
        raise Http404
    require(request.user, Permission.OBSERVE, area=where, contest=about.contest)
    file = _file(request, about, where) if request.GET.get("format") else None
    if file:
        return file
    asked: dict[str, Any] = {
        "contest": about.contest.pk, "area": where.pk, "nation": where.level == AreaLevel.NATION,
        "states": [state.value for state in _OPEN], "limit": MOST_STATIONS,
    }  # fmt: skip
    counts, stations = recently(("open", about.contest.pk, where.pk, get_language()), lambda: _open(asked))
    open_count = sum(count for state, count, _voters in counts if state in _OPEN)
    context = {
        "place": where,
        "path": path_to(where),
        "counts": counts,
        "stations": stations,
        "open_count": open_count,
        "open_voters": sum(voters for state, _count, voters in counts if state in _OPEN),
        "expected": sum(count for _state, count, _voters in counts),
        "is_cut": open_count > len(stations),
        "formats": links(request.path, "open", contest=about.contest.code),
        "count_formats": links(request.path, "states", contest=about.contest.code),
    }
    return page_about(request, "observers/area_file.html", about, context)


def _file(request: HttpRequest, about: Chosen, area: Area) -> HttpResponseBase | None:
    """Answer with every station that was open as of the checkpoint: the page shows the first of those that are now."""
    rows = [row for row in dataset(about).rows if _is_in(row, area)]
    title = {**about.title, "place": area.code}
    return download(
        request,
        Table("open", title, ("station", "name", "district", "state", "registered_voters"), lambda: _open_rows(rows)),
        Table("states", title, ("state", "protocols", "registered_voters"), lambda: _states(rows)),
    )


def _is_in(row: StationRow, area: Area) -> bool:
    return area.level == AreaLevel.NATION or area.pk in (row.region_id, row.district_id)


def _open_rows(rows: Sequence[StationRow]) -> Iterator[Sequence[Cell]]:
    found = sorted(
        (row for row in rows if row.state in _OPEN),
        key=lambda row: (_FIRST.index(row.state), -row.registered_voters, row.code),
    )
    stations = Station.objects.using(READER).select_related("area").in_bulk([row.id for row in found])
    for row in found:
        station = stations[row.id]
        yield row.code, station.name, station.area.name, row.state.value, row.registered_voters


def _states(rows: Sequence[StationRow]) -> Iterator[Sequence[Cell]]:
    protocols: Counter[State] = Counter()
    voters: Counter[State] = Counter()
    for row in rows:
        protocols[row.state] += 1
        voters[row.state] += row.registered_voters
    for state in sorted(protocols):
        yield state.value, protocols[state], voters[state]


def _open(asked: dict[str, Any]) -> tuple[list[tuple[State, int, int]], list[OpenStation]]:
    with connections[READER].cursor() as cursor:
        cursor.execute(_OPEN_COUNTS, asked)
        counts = [(State(state), count, voters or 0) for state, count, voters in cursor.fetchall()]
        cursor.execute(_OPEN_STATIONS, asked)
        return counts, [_open_station(row) for row in cursor.fetchall()]


def _open_station(row: Sequence[Any]) -> OpenStation:
    code, *names, state, voters = row
    station = Station(name_en=names[0], name_kk=names[1], name_ru=names[2])
    district = Area(name_en=names[3], name_kk=names[4], name_ru=names[5])
    return OpenStation(code, station.name, district.name, State(state), voters)
