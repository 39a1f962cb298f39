"""The log's events as observers read them, with the reader's rights."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import orjson
from django.db.models import Q, QuerySet

from audit.models import Checkpoint, Event, LogIndex
from audit.selectors import events
from observers.downloads import Cell, Table
from observers.wording import kind_in_words
from results.public.ground import READER
from stations.models import Area, Contest, Election, Named, Station
from tallies.selectors import Scope

EVENTS_ON_A_PAGE = 50
_EVENTS_AT_ONCE = 2_000
_COLUMNS = ("index", "at", "kind", "version", "contest", "area", "station", "role", "leaf_hash")
AnyPlace = TypeVar("AnyPlace", Contest, Area, Station)


@dataclass(frozen=True)
class Wanted:
    """Which events are asked for; what is empty narrows nothing. An area means all beneath it."""

    kind: str = ""
    contest: str = ""
    area: str = ""
    station: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: at the newest event, below an id, or above one."""

    before: int | None = None
    after: int | None = None


@dataclass(frozen=True)
class EventRow:
    """An event of the list. The names are those of its subjects in the registry, None where it has none."""

    event: Event
    words: str
    role: str
    index: int | None
    contest: Named | None
    place: Named | None


@dataclass(frozen=True)
class EventPage:
    """Ids and indexes of events, newest first, and the ids from which the pages beside this one go on; None where
    there is none.
    """

    events: Sequence[tuple[int, int | None]]
    newer_than: int | None
    older_than: int | None


@dataclass(frozen=True)
class Sealing:
    """An event's place in the log, and the first checkpoint that covers it; None while it has none."""

    index: int | None
    checkpoint: Checkpoint | None


def observed_events(election: Election, scope: Scope, wanted: Wanted) -> QuerySet[Event]:
    """Return the events that the scope covers and that are asked for, newest first."""
    found = events(
        kind=wanted.kind,
        election=election.code,
        contest=wanted.contest,
        station=wanted.station,
        since=wanted.since,
        until=wanted.until,
        using=READER,
    ).filter(_covered(scope))
    if wanted.area:
        areas = Area.objects.using(READER).filter(election=election, code=wanted.area)
        found = found.filter(_at_or_beneath(areas.values_list("pk", flat=True)))
    return found


def event_page(found: QuerySet[Event], cursor: Cursor) -> EventPage:
    """Return one page. It reads no more events than it shows and one, however many lie above or below."""
    if cursor.after is not None:
        above = _ids(found.filter(pk__gt=cursor.after).order_by("pk"))
        shown = above[:EVENTS_ON_A_PAGE][::-1]
        is_first, is_last = len(above) <= EVENTS_ON_A_PAGE, False
    else:
        if cursor.before is not None:
            found = found.filter(pk__lt=cursor.before)
        below = _ids(found)
        shown = below[:EVENTS_ON_A_PAGE]
        is_first, is_last = cursor.before is None, len(below) <= EVENTS_ON_A_PAGE
    return EventPage(
        events=shown,
        newer_than=None if is_first or not shown else shown[0][0],
        older_than=None if is_last or not shown else shown[-1][0],
    )


def _ids(found: QuerySet[Event]) -> list[tuple[int, int | None]]:
    return list(found.values_list("pk", "log_index__index")[: EVENTS_ON_A_PAGE + 1])


def sealing_of(event: Event) -> Sealing:
    """Return where the event stands in the log."""
    index = index_in_log(event)
    if index is None:
        return Sealing(None, None)
    covering = Checkpoint.objects.using(READER).filter(size__gt=index.pk).order_by("size").first()
    return Sealing(index.pk, covering)


def index_in_log(event: Event) -> LogIndex | None:
    """Return the event's index; None while it is not sealed."""
    index: LogIndex | None = getattr(event, "log_index", None)
    return index


def index_of_event(event: Event) -> int | None:
    """Return the event's index as a number; None while it is not sealed."""
    index = index_in_log(event)
    return None if index is None else index.pk


def _covered(scope: Scope) -> Q:
    """What the scope covers, and what concerns the election as a whole."""
    if scope.everything:
        return Q()
    covered = Q(contest="", area="", station="") | _at_or_beneath(scope.regions | scope.districts)
    if scope.stations:
        stations = Station.objects.using(READER).filter(pk__in=scope.stations)
        covered |= Q(station__in=stations.values("code"))
    if scope.contests:
        contests = Contest.objects.using(READER).filter(pk__in=scope.contests)
        covered |= Q(contest__in=contests.values("code"))
    return covered


def _at_or_beneath(area_ids: Iterable[int]) -> Q:
    ids = list(area_ids)
    areas = Area.objects.using(READER).filter(Q(pk__in=ids) | Q(parent__in=ids) | Q(parent__parent__in=ids))
    stations = Station.objects.using(READER).filter(area__in=areas)
    return Q(area__in=areas.values("code")) | Q(station__in=stations.values("code"))


def event_rows(shown: Sequence[Event], election: Election) -> list[EventRow]:
    """Return events with the words and names that lists tell them by."""
    contests = _by_code(Contest.objects.using(READER), election, {event.contest for event in shown})
    areas = _by_code(Area.objects.using(READER), election, {event.area for event in shown if not event.station})
    stations = _by_code(Station.objects.using(READER), election, {event.station for event in shown})
    return [
        EventRow(
            event=event,
            words=kind_in_words(event.kind),
            role=orjson.loads(bytes(event.entry))["actor"]["role"],
            index=index_of_event(event),
            contest=contests.get(event.contest),
            place=stations.get(event.station) or areas.get(event.area),
        )
        for event in shown
    ]


def _by_code(places: QuerySet[AnyPlace], election: Election, codes: Collection[str]) -> dict[str, AnyPlace]:
    return {place.code: place for place in places.filter(election=election, code__in=codes)}


def events_table(found: Callable[[], QuerySet[Event]], title: Mapping[str, Any]) -> Table:
    """Return events as a file. One that is not sealed yet has no index; the checkpoint covers those below its size."""
    return Table("events", title, _COLUMNS, lambda: _cells(found()))


def _cells(found: QuerySet[Event]) -> Iterator[Sequence[Cell]]:
    """Some thousand at a time: a night has hundreds of thousands."""
    rest = found
    while some := list(rest[:_EVENTS_AT_ONCE]):
        for event in some:
            index = index_in_log(event)
            yield (
                index_of_event(event),
                event.occurred_at.isoformat(),
                event.kind,
                event.version,
                event.contest,
                event.area,
                event.station,
                orjson.loads(bytes(event.entry))["actor"]["role"],
                None if index is None else bytes(index.leaf_hash).hex(),
            )
        rest = found.filter(pk__lt=some[-1].pk)
