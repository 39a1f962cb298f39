"""What opening and closing a query have in common: one closing each, and events that name the versions asked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from stations.models import Contest, Station
from tallies.models import ProtocolVersion, Query, QueryClosing

# Advisory lock of a query: (this class, its id).
QUERY_LOCK = 1_007


def take_query(query_id: int) -> bool:
    """Let one closing of a query come after the other; return whether it is still open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashint8(%s))", [QUERY_LOCK, query_id])
    return not QueryClosing.objects.filter(query=query_id).exists()


def subjects_of(queries: Sequence[Query]) -> list[dict[str, Any]]:
    """Return what each query is about as events name it: places by code, versions by number. Three statements."""
    if not queries:
        return []
    contests = Contest.objects.select_related("election").in_bulk({query.contest_id for query in queries})
    places = {query.station_id for query in queries} | {query.other_station_id or 0 for query in queries}
    stations = Station.objects.select_related("area").in_bulk(places)
    versions = {query.version_id for query in queries} | {query.other_version_id or 0 for query in queries}
    numbers = dict(ProtocolVersion.objects.filter(pk__in=versions).values_list("pk", "number"))
    return [
        {
            "election": contests[query.contest_id].election.code,
            "contest": contests[query.contest_id].code,
            "area": stations[query.station_id].area.code,
            "station": stations[query.station_id].code,
            "body": {
                "pattern": query.kind,
                "version": numbers[query.version_id],
                **(
                    {"other_station": stations[query.other_station_id].code, "other_version": numbers[other]}
                    if query.other_station_id and (other := query.other_version_id)
                    else {}
                ),
            },
        }
        for query in queries
    ]


def event_of(subject: Mapping[str, Any], body: Mapping[str, object]) -> dict[str, Any]:
    """Return the subjects and the body of an event about a query, with what else is told."""
    return {**subject, "body": {**subject["body"], **body}}
