"""Looking for patterns where protocols have changed: questions are opened, and those that lost their object closed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from audit.domain.actor import SYSTEM
from audit.domain.events import NewEvent
from audit.services import record_events
from stations.selectors import layouts_of
from tallies.domain.patterns import IN_A_DISTRICT, Match, Said, below_reported, identical_results
from tallies.models import TURNOUT, Query, QueryClosing
from tallies.selectors.patterns import contests_of_turnout, elections_of, limits_of, said_in
from tallies.selectors.turnout import last_reports
from tallies.services.queries import event_of, subjects_of, take_query

# Advisory lock: one looks at a time, and whoever comes meanwhile has nothing to do.
LOOKING = (1_006, 0)


@dataclass(frozen=True)
class Looked:
    """What came of a look: how many (contest, district) it was about, and queries opened and superseded."""

    places: int = 0
    opened: int = 0
    superseded: int = 0


def look_for_patterns(*, now: datetime) -> Looked:
    """Look at every district whose protocols changed since the last look, and at all of their contests.

    Idempotent: the same versions are asked about once. Changes no figure and no standing.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", LOOKING)
        if not cursor.fetchone()[0]:
            return Looked()
        cursor.execute("DELETE FROM tallies_pendinglook RETURNING contest_id, area_id")
        touched = _by_contest(cursor.fetchall())
        if not touched:
            return Looked()
        said = said_in(touched)
        superseded = _supersede(touched, said, now)
        opened = _open(_matches(touched, said), now)
    return Looked(sum(len(areas) for areas in touched.values()), opened, superseded)


def _by_contest(pending: Collection[tuple[int, int]]) -> dict[int, set[int]]:
    """Return the districts to look at by contest. Reports of turnout concern the contest in which all vote."""
    reported = {area for contest, area in pending if contest == TURNOUT}
    touched: dict[int, set[int]] = defaultdict(set)
    for contest, area in pending:
        if contest != TURNOUT:
            touched[contest].add(area)
    if reported:
        firsts, elections = contests_of_turnout(), elections_of(reported)
        for area in reported:
            touched[firsts[elections[area]]].add(area)
    return touched


def _matches(touched: Mapping[int, set[int]], said: Mapping[int, list[Said]]) -> list[tuple[int, Match]]:
    limits, with_turnout = limits_of(touched), set(contests_of_turnout().values())
    matches: list[tuple[int, Match]] = []
    for contest, areas in touched.items():
        protocols = said.get(contest, [])
        found = identical_results(protocols, limits[contest])
        by_area: dict[int, list[Said]] = defaultdict(list)
        for each in protocols:
            if each.area in areas:
                by_area[each.area].append(each)
        for district in by_area.values():
            found += [match for pattern in IN_A_DISTRICT for match in pattern(district, limits[contest])]
        if contest in with_turnout:
            found += _below_reported([each for district in by_area.values() for each in district])
        matches += [(contest, match) for match in found]
    return matches


def _below_reported(protocols: list[Said]) -> list[Match]:
    reports = last_reports([each.station for each in protocols])
    return below_reported(protocols, {station: voters for station, (_hour, voters) in reports.items()})


def _open(matches: Iterable[tuple[int, Match]], now: datetime) -> int:
    by_key = {match.key: (contest, match) for contest, match in matches}
    versions = [version for _kind, version, _other in by_key]
    asked = set(Query.objects.filter(version__in=versions).values_list("kind", "version_id", "other_version_id"))
    fresh = [(contest, match) for key, (contest, match) in by_key.items() if key not in asked]
    queries = [
        Query(
            kind=match.pattern.value,
            contest_id=contest,
            station_id=match.said.station,
            area_id=match.said.area,
            version_id=match.said.version,
            other_station_id=match.other.station if match.other else None,
            other_version_id=match.other.version if match.other else None,
            figures=_figures(match, contest),
            opened_at=now,
        )
        for contest, match in fresh
    ]
    events = record_events(
        [
            NewEvent(kind="query.opened", at=now, actor=SYSTEM, **event_of(subject, {"figures": query.figures}))
            for query, subject in zip(queries, subjects_of(queries), strict=True)
        ]
    )
    for query, event_id in zip(queries, events, strict=True):
        query.event_id = event_id
    Query.objects.bulk_create(queries)
    return len(queries)


def _figures(match: Match, contest: int) -> dict[str, object]:
    """Return how far the pattern goes; a choice by its code."""
    figures: dict[str, object] = dict(match.figures)
    if "choice" in figures:
        figures["choice"] = layouts_of([contest])[contest].choices[match.figures["choice"]]
    return figures


def _supersede(touched: Collection[int], said: Mapping[int, list[Said]], now: datetime) -> int:
    """Close open queries about versions that are not in force any more."""
    in_force = {each.version for protocols in said.values() for each in protocols}
    lost = [
        query
        for query in Query.objects.filter(contest__in=list(touched), closing=None).order_by("pk")
        if query.version_id not in in_force or (query.other_version_id or query.version_id) not in in_force
    ]
    lost = [query for query in lost if take_query(query.pk)]
    events = record_events(
        [
            NewEvent(
                kind="query.closed",
                at=now,
                actor=SYSTEM,
                **event_of(subject, {"outcome": QueryClosing.Outcome.SUPERSEDED.value}),
            )
            for subject in subjects_of(lost)
        ]
    )
    QueryClosing.objects.bulk_create(
        QueryClosing(query=query, outcome=QueryClosing.Outcome.SUPERSEDED, event_id=event_id, at=now)
        for query, event_id in zip(lost, events, strict=True)
    )
    return len(lost)
