"""Reading protocols: what is owed, what stands, what was said."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.db import connections, models

from accounts.domain.roles import Permission
from accounts.models import User
from accounts.selectors import places_of
from stations.models import Area, AreaLevel, Ballot, Contest, Election, Station
from stations.selectors import contest_form
from tallies.domain.double_entry import differing
from tallies.domain.lifecycle import BETWEEN_ENTRIES, State
from tallies.models import Entry, Explanation, OpenEntry, ProtocolVersion, Standing, StandingChange
from tallies.selectors.closing import CLOSES_AT, REPEAT


@dataclass(frozen=True)
class OwedProtocol:
    """That a station owes a protocol of a contest. `area_id` is the station's district.

    `closes_at` is when the station closes, on the day of a repeat voting where one was ordered; None where it does not
    matter. `time_zone` is the station's.
    """

    contest_id: int
    contest: str
    station_id: int
    station: str
    area_id: int
    area: str
    election: str
    revision: int
    closes_at: datetime | None
    time_zone: str


_OWED = f"""
    SELECT contest.id, contest.code, station.id, station.code, area.id, area.code, election.code,
           election.revision, {CLOSES_AT}, station.time_zone
    FROM stations_contest contest
    JOIN stations_election election ON election.id = contest.election_id
    JOIN stations_station station ON station.election_id = election.id
    JOIN stations_area area ON area.id = station.area_id
    JOIN stations_ballot ballot ON ballot.contest_id = contest.id AND ballot.station_id = station.id
    {REPEAT}
    WHERE contest.code = %s AND station.code = %s
    ORDER BY election.date DESC, election.id DESC
    LIMIT 1
"""  # noqa: S608 (fixed fragments of this module)


def owed_protocol(contest: str, station: str) -> OwedProtocol | None:
    """Return what the station with this code owes for the contest with this code; None when it owes nothing.

    Where two elections use the same codes, the later one is meant.
    """
    with connections["default"].cursor() as cursor:
        cursor.execute(_OWED, [contest, station])
        row = cursor.fetchone()
    return OwedProtocol(*row) if row else None


_STILL_OPEN = f"""
    SELECT station, closes_at, time_zone FROM (
        SELECT station.code AS station, {CLOSES_AT} AS closes_at, station.time_zone
        FROM stations_contest contest
        JOIN stations_election election ON election.id = contest.election_id
        JOIN stations_ballot ballot ON ballot.contest_id = contest.id
        JOIN stations_station station ON station.id = ballot.station_id
        {REPEAT}
        WHERE contest.id = %s) AS closing
    WHERE closes_at > %s
"""  # noqa: S608 (fixed fragments of this module)


def closing_times(contest: Contest, *, after: datetime) -> dict[str, tuple[datetime, str]]:
    """Return when the stations of a contest close that close `after` this moment, with their time zones, by code."""
    with connections["default"].cursor() as cursor:
        cursor.execute(_STILL_OPEN, [contest.pk, after])
        return {station: (closes_at, time_zone) for station, closes_at, time_zone in cursor.fetchall()}


def standing(owed: OwedProtocol) -> Standing | None:
    """Return where the protocol stands, with its version; None while it is awaited."""
    return Standing.objects.select_related("version").filter(contest=owed.contest_id, station=owed.station_id).first()


def state_of(owed: OwedProtocol) -> State:
    """Return the state of the protocol."""
    found = standing(owed)
    return State(found.state) if found else State.AWAITED


@dataclass(frozen=True)
class OpenEntryListed:
    """How far double entry of a protocol is, and whether the person who asks is one of those who entered it."""

    state: State
    is_mine: bool


@dataclass(frozen=True)
class OpenEntrySeen(OpenEntryListed):
    """The same with what the person who asks may see: their own figures, never the other's.

    `figures` are in the layout's order, None when the person has not entered. `differing` holds the codes of the
    lines on which the two entries differ, empty while there is one.
    """

    figures: tuple[int | None, ...] | None
    differing: list[str]


def open_entry(owed: OwedProtocol, by: User) -> OpenEntrySeen | None:
    """Return how far double entry of a protocol is, as this person may see it; None while nobody has entered."""
    found = (
        OpenEntry.objects.select_related("first_entry", "second_entry")
        .filter(contest=owed.contest_id, station=owed.station_id)
        .first()
    )
    if found is None:
        return None
    one, other = found.first_entry, found.second_entry
    mine = next((entry for entry in (one, other) if entry is not None and entry.by_id == by.pk), None)
    return OpenEntrySeen(
        state=State.DIFFERS if one and other else State.FIRST_ENTRY,
        is_mine=mine is not None,
        figures=tuple(mine.figures) if mine else None,
        differing=_differing(owed, one, other) if one and other else [],
    )


@dataclass(frozen=True)
class EntriesSeen:
    """How far two people are, as a commission sees it: who entered when, and how many lines differ. No figures."""

    state: State
    entries: list[Entry]
    differing: list[str]


def open_entry_seen(owed: OwedProtocol) -> EntriesSeen | None:
    """Return how far double entry of a protocol is; None while nobody has entered it."""
    found = (
        OpenEntry.objects.select_related("first_entry__by", "second_entry__by")
        .filter(contest=owed.contest_id, station=owed.station_id)
        .first()
    )
    if found is None:
        return None
    entries = [entry for entry in (found.first_entry, found.second_entry) if entry is not None]
    two = len(entries) > 1
    return EntriesSeen(State.DIFFERS if two else State.FIRST_ENTRY, entries, _differing(owed, *entries) if two else [])


def open_entries(ballots: Collection[Ballot], by: User) -> dict[tuple[int, int], OpenEntryListed]:
    """Return how far double entry of these protocols is, by contest and station id, in one statement: no figures.

    Protocols that nobody has entered are left out.
    """
    found = OpenEntry.objects.filter(
        contest__in={ballot.contest_id for ballot in ballots}, station__in={ballot.station_id for ballot in ballots}
    ).values_list("contest_id", "station_id", "first_entry__by_id", "second_entry__by_id")
    return {
        (contest_id, station_id): OpenEntryListed(
            State.DIFFERS if first_by and second_by else State.FIRST_ENTRY, by.pk in (first_by, second_by)
        )
        for contest_id, station_id, first_by, second_by in found
    }


def _differing(owed: OwedProtocol, one: Entry, other: Entry) -> list[str]:
    return differing(one.figures, other.figures, contest_form(owed.contest_id, revision=owed.revision).layout)


def versions(contest_id: int, station_id: int, *, using: str = "default") -> models.QuerySet[ProtocolVersion]:
    """Return every version of a protocol, the first one first."""
    return ProtocolVersion.objects.using(using).filter(contest=contest_id, station=station_id).order_by("number")


@dataclass(frozen=True)
class Scope:
    """The protocols of one election that a person's appointments cover, in one permission."""

    election_id: int
    everything: bool
    stations: frozenset[int]
    districts: frozenset[int]
    regions: frozenset[int]
    contests: frozenset[int]

    def __bool__(self) -> bool:
        return self.everything or bool(self.stations or self.districts or self.regions or self.contests)


@dataclass(frozen=True)
class Narrowed:
    """What part of a scope is asked for, by ids: a district, a contest, a region, stations, several, or nothing.

    `text` is searched for in the numbers, names and addresses of stations.
    """

    district_id: int | None = None
    contest_id: int | None = None
    region_id: int | None = None
    stations: tuple[int, ...] | None = None
    text: str = ""


@dataclass(frozen=True)
class Listed:
    """A protocol on a list: what is owed by whom, where it stands, and the version it points to."""

    ballot: Ballot
    state: State
    version: ProtocolVersion | None
    changed_at: datetime | None

    @property
    def findings(self) -> list[str]:
        """The codes of what the checks said."""
        return [finding["code"] for finding in self.version.findings] if self.version else []


class Order(Enum):
    """How a list of protocols is sorted."""

    BY_STATION = "station.code, contest.position"
    BY_URGENCY = """array_position(ARRAY['held', 'returned', 'awaited', 'annulled', 'in_force'],
            COALESCE(standing.state, 'awaited')::text), district.position, station.code, contest.position"""


_OWED_IN_SCOPE = """
    FROM stations_ballot ballot
    JOIN stations_contest contest ON contest.id = ballot.contest_id
    JOIN stations_station station ON station.id = ballot.station_id
    JOIN stations_area district ON district.id = station.area_id
    LEFT JOIN tallies_standing standing
        ON standing.contest_id = ballot.contest_id AND standing.station_id = ballot.station_id
    WHERE contest.election_id = %(election)s
"""


# `position` and not LIKE: a person's percent sign is a percent sign.
_FOUND_BY_TEXT = """position(lower(%(text)s) IN lower(concat_ws(E'\\n', station.code, station.name_en, station.name_kk,
            station.name_ru, station.address_en, station.address_kk, station.address_ru))) > 0"""


def scope_of(user: User, permission: Permission, election: Election, *, now: datetime) -> Scope:
    """Return what of an election the person's appointments cover in this permission; an empty scope for nothing."""
    rows = places_of(user, permission, election, now)
    return Scope(
        election_id=election.pk,
        everything=any(row[3] == AreaLevel.NATION or not any(row) for row in rows),
        stations=frozenset(row[0] for row in rows if row[0]),
        districts=frozenset(row[2] for row in rows if row[2] and row[3] == AreaLevel.DISTRICT),
        regions=frozenset(row[2] for row in rows if row[2] and row[3] == AreaLevel.REGION),
        contests=frozenset(row[1] for row in rows if row[1]),
    )


def count_by_state(scope: Scope, narrowed: Narrowed, *, using: str = "default") -> dict[State, int]:
    """Return how many protocols of the scope stand in each state, zeros included."""
    where, values = restricted(scope, narrowed)
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT COALESCE(standing.state, 'awaited'), count(*) {_OWED_IN_SCOPE} {where} GROUP BY 1",
            values,
        )
        counted = dict(cursor.fetchall())
    return {state: counted.get(state.value, 0) for state in State if state not in BETWEEN_ENTRIES}


def owed_in(
    scope: Scope,
    narrowed: Narrowed,
    *,
    order: Order,
    states: Collection[State] = tuple(State),
    offset: int = 0,
    limit: int,
) -> list[Listed]:
    """Return one page of the protocols that are owed within a scope, in three statements."""
    where, values = restricted(scope, narrowed)
    with connections["default"].cursor() as cursor:
        cursor.execute(
            f"""SELECT ballot.id, COALESCE(standing.state, 'awaited'), standing.version_id, standing.changed_at
                {_OWED_IN_SCOPE} {where} AND COALESCE(standing.state, 'awaited') = ANY(%(states)s)
                ORDER BY {order.value} LIMIT %(limit)s OFFSET %(offset)s""",
            {**values, "states": [state.value for state in states], "limit": limit, "offset": offset},
        )
        rows = cursor.fetchall()
    ballots = Ballot.objects.select_related("contest", "station__area").in_bulk([row[0] for row in rows])
    versions_by_id = ProtocolVersion.objects.only("number", "findings").in_bulk([row[2] for row in rows if row[2]])
    return [
        Listed(ballots[ballot_id], State(state), versions_by_id.get(version_id), changed_at)
        for ballot_id, state, version_id, changed_at in rows
    ]


def districts_in(scope: Scope) -> models.QuerySet[Area]:
    """Return the districts in which the scope has protocols, in the election's order."""
    if scope.everything:
        return Area.objects.filter(election=scope.election_id, level=AreaLevel.DISTRICT).order_by("position")
    return Area.objects.filter(pk__in=_distinct("district.id", scope, Narrowed())).order_by("position")


def stations_in(scope: Scope, narrowed: Narrowed) -> models.QuerySet[Station]:
    """Return the stations that owe protocols within a scope, in the order of their numbers."""
    return Station.objects.filter(pk__in=_distinct("station.id", scope, narrowed)).order_by("code")


def contests_in(scope: Scope, narrowed: Narrowed, *, using: str = "default") -> models.QuerySet[Contest]:
    """Return the contests of which the scope has protocols, in the election's order."""
    contests = Contest.objects.using(using).order_by("position")
    if scope.everything and narrowed == Narrowed():
        return contests.filter(election=scope.election_id)
    return contests.filter(pk__in=_distinct("contest.id", scope, narrowed, using))


def words_given(version_ids: Collection[int]) -> list[Explanation]:
    """Return reasons and explanations given with these versions, in the order they were given."""
    return list(Explanation.objects.filter(version__in=version_ids).order_by("event_id", "id"))


def history(contest_id: int, station_id: int) -> list[StandingChange]:
    """Return each change of a protocol's standing with its event and version, the first one first."""
    return list(
        StandingChange.objects.filter(contest=contest_id, station=station_id)
        .select_related("event", "version")
        .order_by("event_id")
    )


def _distinct(column: str, scope: Scope, narrowed: Narrowed, using: str = "default") -> list[int]:
    where, values = restricted(scope, narrowed)
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT {column} {_OWED_IN_SCOPE} {where}", values)
        return [row[0] for row in cursor.fetchall()]


def restricted(scope: Scope, narrowed: Narrowed) -> tuple[str, dict[str, int | str | list[int] | None]]:
    """Return the conditions of a scope and their values. Only what is asked for is named: an index can serve it."""
    places = {
        "station.id = ANY(%(stations)s)": scope.stations,
        "district.id = ANY(%(districts)s)": scope.districts,
        "district.parent_id = ANY(%(regions)s)": scope.regions,
        "contest.id = ANY(%(contests)s)": scope.contests,
    }
    covering = " OR ".join(condition for condition, ids in places.items() if ids) or "FALSE"
    conditions = ["TRUE" if scope.everything else f"({covering})"]
    if narrowed.district_id is not None:
        conditions.append("district.id = %(district)s")
    if narrowed.contest_id is not None:
        conditions.append("contest.id = %(contest)s")
    if narrowed.region_id is not None:
        conditions.append("district.parent_id = %(region)s")
    if narrowed.stations is not None:
        conditions.append("station.id = ANY(%(asked_stations)s)")
    if narrowed.text:
        conditions.append(_FOUND_BY_TEXT)
    values: dict[str, int | str | list[int] | None] = {
        "election": scope.election_id,
        "stations": sorted(scope.stations),
        "districts": sorted(scope.districts),
        "regions": sorted(scope.regions),
        "contests": sorted(scope.contests),
        "district": narrowed.district_id,
        "contest": narrowed.contest_id,
        "region": narrowed.region_id,
        "asked_stations": sorted(narrowed.stations or ()),
        "text": narrowed.text,
    }
    return " AND " + " AND ".join(conditions), values
