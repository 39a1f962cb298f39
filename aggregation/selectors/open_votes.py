"""Votes that are not counted yet, and stations whose counted votes are still in question."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections

from aggregation.selectors.tallies import standings
from aggregation.summing import by_width, sums
from stations.domain.layout import VOTES
from stations.models import Station
from stations.selectors import layouts_of
from tallies.domain.lifecycle import State


@dataclass(frozen=True)
class Counted:
    """A contest's figures in force, and its stations that are out: counted neither in force nor as annulled.

    `voters` are those in the registers of the stations that are out; `unregistered` of these have nobody in the
    register, so that it is no bound for them.
    """

    figures: Mapping[str, int]
    expected: int
    reported: int
    out: int
    voters: int
    unregistered: int
    held: int
    annulled: int


@dataclass(frozen=True)
class OutStation:
    """A station whose votes are not counted, with what its protocol is."""

    station: Station
    state: State


@dataclass(frozen=True)
class Questioned:
    """A station whose result stands, but may still change: what asks about it, and its counted votes by choice.

    `voters` is the larger of its register and the votes it counted.
    """

    station: Station
    state: State
    queries: int
    complaints: int
    voters: int
    votes: Mapping[str, int]


_IS_OUT = "standing.state IS NULL OR standing.state NOT IN ('in_force', 'annulled')"

_COUNTED = """
    WITH standing AS ({standing})
    SELECT ballot.contest_id, {sums}, count(*), count(*) FILTER (WHERE standing.state = 'in_force'),
           count(*) FILTER (WHERE {out}),
           COALESCE(sum(station.registered_voters) FILTER (WHERE {out}), 0),
           count(*) FILTER (WHERE ({out}) AND station.registered_voters = 0),
           count(*) FILTER (WHERE standing.state = 'held'),
           count(*) FILTER (WHERE standing.state = 'annulled')
    FROM stations_ballot ballot
    JOIN stations_station station ON station.id = ballot.station_id
    LEFT JOIN standing ON standing.contest_id = ballot.contest_id AND standing.station_id = station.id
    LEFT JOIN tallies_protocolversion version ON version.id = standing.version_id AND standing.state = 'in_force'
    WHERE ballot.contest_id = ANY(%(contests)s)
    GROUP BY ballot.contest_id"""

_COLUMNS = ("id", "code", "name_en", "name_kk", "name_ru", "registered_voters")
_STATION = ", ".join(f"station.{column}" for column in _COLUMNS)

_OUT = """
    WITH standing AS ({standing})
    SELECT {station}, COALESCE(standing.state, 'awaited')
    FROM stations_ballot ballot
    JOIN stations_station station ON station.id = ballot.station_id
    LEFT JOIN standing ON standing.contest_id = ballot.contest_id AND standing.station_id = station.id
    WHERE ballot.contest_id = ANY(%(contests)s) AND ({out})
    ORDER BY station.registered_voters = 0 DESC, station.registered_voters DESC, station.code
    LIMIT %(most)s"""

_QUESTIONED = """
    SELECT {station}, standing.state, asked.queries, asked.complaints,
           CASE WHEN standing.state = 'in_force' THEN version.figures END
    FROM tallies_standing standing
    JOIN stations_station station ON station.id = standing.station_id
    LEFT JOIN tallies_protocolversion version ON version.id = standing.version_id
    CROSS JOIN LATERAL (
        SELECT (SELECT count(*) FROM tallies_query query
                LEFT JOIN tallies_queryclosing closing ON closing.query_id = query.id
                WHERE query.contest_id = standing.contest_id AND closing.query_id IS NULL
                  AND standing.station_id IN (query.station_id, query.other_station_id)) AS queries,
               (SELECT count(*) FROM tallies_complaint complaint
                LEFT JOIN tallies_complaintend ended ON ended.complaint_id = complaint.id
                WHERE complaint.contest_id = standing.contest_id AND complaint.station_id = standing.station_id
                  AND ended.complaint_id IS NULL) AS complaints
    ) asked
    WHERE standing.contest_id = %(contest)s
      AND (standing.state = 'annulled' OR standing.state = 'in_force' AND standing.station_id IN (
          SELECT unnest(ARRAY[query.station_id, query.other_station_id]) FROM tallies_query query
          LEFT JOIN tallies_queryclosing closing ON closing.query_id = query.id
          WHERE query.contest_id = %(contest)s AND closing.query_id IS NULL
          UNION
          SELECT complaint.station_id FROM tallies_complaint complaint
          LEFT JOIN tallies_complaintend ended ON ended.complaint_id = complaint.id
          WHERE complaint.contest_id = %(contest)s AND ended.complaint_id IS NULL))
    ORDER BY station.registered_voters DESC, station.code"""


def counted_votes(contest_ids: Collection[int], *, size: int | None, using: str = "default") -> dict[int, Counted]:
    """Return for each contest what is in force and what is out, of one moment: now, or as of log size `size`.

    Added up from the protocols, so that a station is in one or the other whatever workers have yet to do.
    """
    found = {}
    for width, contests in by_width(contest_ids).items():
        layouts = layouts_of(contests)
        with connections[using].cursor() as cursor:
            cursor.execute(
                _COUNTED.format(standing=standings(size), out=_IS_OUT, sums=sums("version.figures", width)),
                {"contests": contests, "size": size},
            )
            for contest_id, figures, *counts in cursor.fetchall():
                found[contest_id] = Counted(layouts[contest_id].mapping(figures), *map(int, counts))
    return found


def out_stations(contest_id: int, *, size: int | None, most: int, using: str = "default") -> list[OutStation]:
    """Return the stations whose votes are not counted, the largest registers first, up to `most`.

    Stations without anybody in the register stand before all: nothing bounds them.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(
            _OUT.format(standing=standings(size), out=_IS_OUT, station=_STATION),
            {"contests": [contest_id], "size": size, "most": most},
        )
        return [OutStation(_station(row[:6]), State(row[6])) for row in cursor.fetchall()]


def questioned_stations(contest_id: int, *, using: str = "default") -> list[Questioned]:
    """Return the stations whose result is annulled, or in force with an open query or complaint, the largest first."""
    layout = layouts_of([contest_id])[contest_id]
    with connections[using].cursor() as cursor:
        cursor.execute(_QUESTIONED.format(station=_STATION), {"contest": contest_id})
        rows = cursor.fetchall()
    found = []
    for *station, state, queries, complaints, figures in rows:
        mapping = {} if figures is None else layout.mapping(figures)
        votes = {code.removeprefix(VOTES): number for code, number in mapping.items() if code.startswith(VOTES)}
        place = _station(station)
        voters = max(place.registered_voters, sum(votes.values()))
        found.append(Questioned(place, State(state), queries, complaints, voters, votes))
    return found


_QUESTION_MARK = """
    SELECT concat_ws('.', count(*), count(closing.query_id)) FROM tallies_query query
    LEFT JOIN tallies_queryclosing closing ON closing.query_id = query.id WHERE query.contest_id = %s"""


def question_mark(contest_id: int, *, using: str = "default") -> str:
    """Return what differs whenever a query about a contest was opened or closed."""
    with connections[using].cursor() as cursor:
        cursor.execute(_QUESTION_MARK, [contest_id])
        return str(cursor.fetchone()[0])


_COUNTED_MARK = """
    SELECT max(tally.changed_at) FROM aggregation_tally tally JOIN stations_area area ON area.id = tally.area_id
    WHERE area.election_id = %s AND area.level = 'nation'"""


def counted_mark(election_id: int, *, using: str = "default") -> str:
    """Return what differs whenever the national tally of any contest was written."""
    with connections[using].cursor() as cursor:
        cursor.execute(_COUNTED_MARK, [election_id])
        return str(cursor.fetchone()[0])


def _station(row: Sequence[Any]) -> Station:
    return Station(**dict(zip(_COLUMNS, row, strict=True)))
