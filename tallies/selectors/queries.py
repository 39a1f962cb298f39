"""Reading queries: what is open in a scope, and how others were answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, Q, QuerySet

from stations.models import Area, AreaLevel
from tallies.models import Query
from tallies.selectors.protocols import Narrowed, Scope

EVERYWHERE = Narrowed()


class Shown(StrEnum):
    """Which queries a list shows."""

    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"


@dataclass(frozen=True)
class Asked:
    """What part of the queries of a scope is asked for."""

    shown: Shown = Shown.OPEN
    kind: str = ""
    narrowed: Narrowed = EVERYWHERE


def queries_in(scope: Scope, asked: Asked, *, using: str = "default") -> QuerySet[Query]:
    """Return queries of a scope, those that were opened last first, with their places and how they were closed.

    A query about two stations belongs to the commissions of both.
    """
    found = Query.objects.using(using).filter(_covered(scope))
    if asked.shown is not Shown.ALL:
        found = found.filter(closing__isnull=asked.shown is Shown.OPEN)
    if asked.kind:
        found = found.filter(kind=asked.kind)
    if asked.narrowed.district_id is not None:
        district = asked.narrowed.district_id
        found = found.filter(Q(area=district) | Q(other_station__area=district))
    if asked.narrowed.contest_id is not None:
        found = found.filter(contest=asked.narrowed.contest_id)
    return found.select_related("contest", "station__area", "other_station__area").order_by("-opened_at", "-pk")


def queries_at(station_id: int) -> list[Query]:
    """Return the queries about a station's protocols with their closings, the latest first: one statement."""
    found = Query.objects.filter(Q(station=station_id) | Q(other_station=station_id))
    return list(found.select_related("closing").order_by("-opened_at", "-pk"))


def open_queries(scope: Scope, narrowed: Narrowed = EVERYWHERE, *, using: str = "default") -> QuerySet[Query]:
    """Return the queries of a scope that nobody has answered yet."""
    return queries_in(scope, Asked(narrowed=narrowed), using=using)


def count_open_queries(scope: Scope, narrowed: Narrowed = EVERYWHERE, *, using: str = "default") -> dict[str, int]:
    """Return how many queries of a scope are open, by kind, in one statement; kinds without any are left out."""
    counted = open_queries(scope, narrowed, using=using).order_by().values_list("kind").annotate(Count("pk"))
    return dict(counted)


def open_query_count(area: Area, contest_id: int, *, using: str = "default") -> int:
    """Return how many queries about an area's protocols of a contest are open: with one the area is not certified."""
    found = Query.objects.using(using).filter(contest=contest_id, closing=None)
    if area.level == AreaLevel.DISTRICT:
        found = found.filter(Q(area=area) | Q(other_station__area=area))
    elif area.level == AreaLevel.REGION:
        found = found.filter(Q(area__parent=area) | Q(other_station__area__parent=area))
    return found.count()


def _covered(scope: Scope) -> Q:
    election = Q(contest__election=scope.election_id)
    if scope.everything:
        return election
    return election & (
        Q(contest__in=scope.contests)
        | Q(station__in=scope.stations)
        | Q(other_station__in=scope.stations)
        | Q(area__in=scope.districts)
        | Q(other_station__area__in=scope.districts)
        | Q(area__parent__in=scope.regions)
        | Q(other_station__area__parent__in=scope.regions)
    )
