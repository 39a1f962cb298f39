"""What a commission's desk shows: what must be done, in which order, and how far each area is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.db import connections
from django.utils.translation import get_language

from accounts.models import User
from stations.models import Area, AreaLevel, Ballot, CheckSet, FormCheck
from tallies.domain.lifecycle import BETWEEN_ENTRIES, State
from tallies.domain.matters import TROUBLE, WAITING, Matter
from tallies.models import Entry, Explanation, ProtocolVersion
from tallies.selectors.closing import closing
from tallies.selectors.protocols import Narrowed, Scope, restricted

# What one row of the desk's statement holds: ballot, matter, state, since, version, first and second open entry.
_Row = tuple[int, str, str, datetime, int | None, int | None, int | None]

# Stations whose package gives no hours close when the country's law says.
_USUAL_CLOSING = "20:00"

# On the day of a repeat voting where one is awaited.
_DAY = """CASE WHEN standing.state = 'repeat_ordered' THEN (
            SELECT max(repeat.date) FROM tallies_repeatvoting repeat
            WHERE repeat.contest_id = ballot.contest_id AND repeat.station_id = ballot.station_id
        ) ELSE election.date END"""
_CLOSING = closing(day=_DAY, closes=f"COALESCE(station.closes, TIME '{_USUAL_CLOSING}')")

_MATTER = f"""CASE
        WHEN standing.state = 'in_force' THEN CASE WHEN version.findings = '[]' THEN 'done' ELSE 'odd' END
        WHEN standing.state IN ('held', 'annulled') THEN standing.state
        WHEN opened.first_entry_id IS NOT NULL AND opened.second_entry_id IS NOT NULL THEN 'differs'
        WHEN standing.state = 'returned' THEN 'returned'
        WHEN %(now)s < {_CLOSING} THEN 'not_closed'
        WHEN %(now)s < {_CLOSING} + %(late_after)s THEN 'missing'
        ELSE 'late' END"""

# Since when the protocol has been in the state that makes it a matter.
_SINCE = f"""CASE
        WHEN opened.first_entry_id IS NOT NULL THEN opened.changed_at
        WHEN standing.state <> 'repeat_ordered' THEN standing.changed_at
        ELSE {_CLOSING} END"""

_OWED = """
    FROM stations_ballot ballot
    JOIN stations_contest contest ON contest.id = ballot.contest_id
    JOIN stations_election election ON election.id = contest.election_id
    JOIN stations_station station ON station.id = ballot.station_id
    JOIN stations_area district ON district.id = station.area_id
    LEFT JOIN tallies_standing standing
        ON standing.contest_id = ballot.contest_id AND standing.station_id = ballot.station_id
    LEFT JOIN tallies_openentry opened
        ON opened.contest_id = ballot.contest_id AND opened.station_id = ballot.station_id
    LEFT JOIN tallies_protocolversion version ON version.id = standing.version_id
    WHERE contest.election_id = %(election)s
"""


class DeskOrder(Enum):
    """How the desk is sorted: what matters most and has waited longest first, or as stations are numbered."""

    BY_URGENCY = "array_position(%(order)s, matter), since, district_position, station_code, contest_position"
    BY_NUMBER = "station_code, contest_position"


@dataclass(frozen=True)
class Moment:
    """When the desk is looked at, and after how long a closed station's protocol is late."""

    now: datetime
    late_after: timedelta


@dataclass(frozen=True)
class Keyed:
    """That a person entered a protocol: who, in which role, when."""

    name: str
    role: str
    at: datetime


@dataclass(frozen=True)
class FindingOnDesk:
    """What a check says of a protocol, in the language of the page, with the words that explain it, if any."""

    code: str
    is_error: bool
    message: str
    explanation: str


@dataclass(frozen=True)
class DeskRow:
    """A protocol on the desk. `since` is the station's closing time while nothing has come in."""

    ballot: Ballot
    matter: Matter
    state: State
    since: datetime
    version: ProtocolVersion | None
    findings: list[FindingOnDesk]
    words: list[Explanation]
    keyed: list[Keyed]


@dataclass(frozen=True)
class AreaOnDesk:
    """How far an area is: protocols by matter, and when its last protocol changed."""

    area: Area
    counts: Mapping[Matter, int]
    last_at: datetime | None

    @property
    def expected(self) -> int:
        return sum(self.counts.values())

    @property
    def settled(self) -> int:
        """Protocols in force or annulled: nothing is left to do for them."""
        return sum(self.counts.get(matter, 0) for matter in (Matter.ODD, Matter.DONE, Matter.ANNULLED))

    @property
    def in_force(self) -> int:
        return self.counts.get(Matter.ODD, 0) + self.counts.get(Matter.DONE, 0)

    @property
    def missing(self) -> int:
        return self.counts.get(Matter.MISSING, 0) + self.counts.get(Matter.NOT_CLOSED, 0)

    @property
    def trouble(self) -> tuple[int, ...]:
        """How many of each worry, the greatest first: areas are sorted by it."""
        return tuple(self.counts.get(matter, 0) for matter in TROUBLE)


@dataclass
class _Filling:
    counts: dict[Matter, int] = field(default_factory=dict)
    last_at: datetime | None = None


def count_by_matter(scope: Scope, narrowed: Narrowed, moment: Moment) -> dict[Matter, int]:
    """Return how many protocols of the scope are each matter, zeros included: one statement."""
    where, values = restricted(scope, narrowed)
    with connections["default"].cursor() as cursor:
        cursor.execute(f"SELECT {_MATTER}, count(*) {_OWED} {where} GROUP BY 1", {**values, **_of(moment)})
        counted = dict(cursor.fetchall())
    return {matter: counted.get(matter.value, 0) for matter in Matter}


def desk_rows(
    scope: Scope,
    narrowed: Narrowed,
    moment: Moment,
    *,
    matters: Collection[Matter] = WAITING,
    order: DeskOrder = DeskOrder.BY_URGENCY,
    offset: int = 0,
    limit: int,
) -> list[DeskRow]:
    """Return one page of a desk, in at most seven statements however many protocols there are."""
    where, values = restricted(scope, narrowed)
    with connections["default"].cursor() as cursor:
        cursor.execute(
            f"""WITH owed AS (
                    SELECT ballot.id, {_MATTER} AS matter, COALESCE(standing.state, 'awaited') AS state,
                        {_SINCE} AS since, standing.version_id, opened.first_entry_id, opened.second_entry_id,
                        district.position AS district_position, station.code AS station_code,
                        contest.position AS contest_position
                    {_OWED} {where}
                )
                SELECT * FROM owed WHERE matter = ANY(%(matters)s)
                ORDER BY {order.value} LIMIT %(limit)s OFFSET %(offset)s""",  # noqa: S608 (fixed fragments)
            {
                **values,
                **_of(moment),
                "matters": [matter.value for matter in matters],
                "order": [matter.value for matter in Matter],
                "limit": limit,
                "offset": offset,
            },
        )
        rows = [row[:7] for row in cursor.fetchall()]
    return _filled(rows)


def areas_on_desk(scope: Scope, narrowed: Narrowed, moment: Moment, *, level: AreaLevel) -> list[AreaOnDesk]:
    """Return the districts or regions in which the scope has protocols, those in trouble first: two statements."""
    where, values = restricted(scope, narrowed)
    column = "district.id" if level is AreaLevel.DISTRICT else "district.parent_id"
    with connections["default"].cursor() as cursor:
        cursor.execute(
            f"""SELECT {column}, {_MATTER}, count(*), max(standing.changed_at) {_OWED} {where} GROUP BY 1, 2""",
            {**values, **_of(moment)},
        )
        filling: dict[int, _Filling] = defaultdict(_Filling)
        for area_id, matter, count, last_at in cursor.fetchall():
            area = filling[area_id]
            area.counts[Matter(matter)] = count
            area.last_at = max(filter(None, (area.last_at, last_at)), default=None)
    areas = Area.objects.select_related("parent").in_bulk(filling)
    found = [AreaOnDesk(areas[pk], area.counts, area.last_at) for pk, area in filling.items()]
    return sorted(found, key=lambda each: ([-worry for worry in each.trouble], -_open_share(each), each.area.position))


def desk_stamp(scope: Scope, narrowed: Narrowed) -> str:
    """Return what changes whenever a protocol of this part of the scope changes, in one statement.

    Cheaper than the desk itself, so that a page which asks whether anything is new mostly asks only this.
    """
    where, values = restricted(scope, narrowed)
    with connections["default"].cursor() as cursor:
        cursor.execute(
            f"""SELECT count(standing.id), bit_xor(hashtextextended(concat_ws(' ', ballot.id, standing.state,
                    standing.version_id, standing.changed_at, opened.changed_at), 0)) {_OWED_LIGHT} {where}""",
            values,
        )
        return " ".join(str(value) for value in cursor.fetchone())


_OWED_LIGHT = """
    FROM stations_ballot ballot
    JOIN stations_contest contest ON contest.id = ballot.contest_id
    JOIN stations_station station ON station.id = ballot.station_id
    JOIN stations_area district ON district.id = station.area_id
    LEFT JOIN tallies_standing standing
        ON standing.contest_id = ballot.contest_id AND standing.station_id = ballot.station_id
    LEFT JOIN tallies_openentry opened
        ON opened.contest_id = ballot.contest_id AND opened.station_id = ballot.station_id
    WHERE contest.election_id = %(election)s
"""


def _of(moment: Moment) -> dict[str, Any]:
    return {"now": moment.now, "late_after": moment.late_after}


def _open_share(each: AreaOnDesk) -> float:
    return 1 - each.settled / each.expected


def _filled(rows: list[_Row]) -> list[DeskRow]:
    ballots = Ballot.objects.select_related("contest__election", "station__area__parent").in_bulk(
        [row[0] for row in rows]
    )
    versions = ProtocolVersion.objects.only(
        "number", "findings", "origin", "first_entry_id", "second_entry_id", "at"
    ).in_bulk([row[4] for row in rows if row[4]])
    words = _words(versions)
    keyings = _keyings(versions, rows)
    messages = _messages({ballot.contest.form_id for ballot in ballots.values()}, versions.values())
    filled = []
    for ballot_id, matter, standing_state, since, version_id, first_id, second_id in rows:
        version = versions.get(version_id or 0)
        ballot, said = ballots[ballot_id], words.get(version_id or 0, [])
        entered = [entry for entry in (first_id, second_id) if entry]
        if version and not entered:
            entered = [entry for entry in (version.first_entry_id, version.second_entry_id) if entry]
        filled.append(
            DeskRow(
                ballot=ballot,
                matter=Matter(matter),
                state=_state(standing_state, first_id, second_id),
                since=since,
                version=version,
                findings=_findings(version, ballot.contest.form_id, messages, said),
                words=said,
                keyed=[keyings[entry] for entry in entered if entry in keyings],
            )
        )
    return filled


def _state(standing: str, first_id: int | None, second_id: int | None) -> State:
    """The state with how far double entry is, which a commission may see; whose figures say what, it may not."""
    first, differs = BETWEEN_ENTRIES
    if first_id and second_id:
        return differs
    return first if first_id or second_id else State(standing)


def _words(versions: Collection[int]) -> dict[int, list[Explanation]]:
    words: dict[int, list[Explanation]] = defaultdict(list)
    if versions:
        for text in Explanation.objects.filter(version__in=versions).order_by("event_id", "id"):
            words[text.version_id or 0].append(text)
    return words


def _keyings(
    versions: Mapping[int, ProtocolVersion],
    rows: list[_Row],
) -> dict[int, Keyed]:
    open_now = [entry for row in rows for entry in row[5:7]]
    settled = [entry for version in versions.values() for entry in (version.first_entry_id, version.second_entry_id)]
    ids = {entry for entry in (*open_now, *settled) if entry is not None}
    if not ids:
        return {}
    entries = Entry.objects.filter(pk__in=ids).select_related("by").only(
        "role", "at", "by__username", "by__first_name", "by__last_name"
    )  # fmt: skip
    return {entry.pk: Keyed(name_of(entry.by), entry.role, entry.at) for entry in entries}


def name_of(user: User) -> str:
    """Return how a commission reads who somebody is."""
    return user.get_full_name() or user.username


def _messages(forms: Collection[int], versions: Collection[ProtocolVersion]) -> dict[tuple[int, str], str]:
    codes = {finding["code"] for version in versions for finding in version.findings}
    if not codes:
        return {}
    language = get_language() or "en"
    messages = {
        (check.form_id, check.code): str(getattr(check, f"message_{language}", check.message_en))
        for check in FormCheck.objects.filter(form__in=forms, code__in=codes)
    }
    for form_id, checks in CheckSet.objects.filter(form__in=forms).order_by("number").values_list("form_id", "checks"):
        # A code keeps its meaning from set to set: what the package says of it stays.
        messages = {(form_id, each["code"]): each["message"][language] for each in checks} | messages
    return messages


def _findings(
    version: ProtocolVersion | None, form_id: int, messages: Mapping[tuple[int, str], str], words: list[Explanation]
) -> list[FindingOnDesk]:
    explained = {text.subject: text.text for text in words}
    found = [
        FindingOnDesk(
            code=finding["code"],
            is_error=finding["severity"] == FormCheck.Severity.ERROR,
            message=messages.get((form_id, finding["code"]), finding["code"]),
            explanation=explained.get(finding["code"], ""),
        )
        for finding in (version.findings if version else [])
    ]
    return sorted(found, key=lambda finding: not finding.is_error)
