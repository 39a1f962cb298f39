"""A page per station for commissions: who is there, what it owes, what it sent, and what can be done from here."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import needs
from accounts.domain.roles import Permission
from accounts.models import Appointment, User
from accounts.selectors import appointment_for, people_at, roles_with
from stations.models import Contest, Station
from tallies.domain.lifecycle import State, states_before
from tallies.domain.matters import Matter
from tallies.domain.patterns import Pattern
from tallies.models import ProtocolVersion, Query, QueryClosing
from tallies.paper import FilledPaper, filled, paper_of
from tallies.photographs.showing import ComplaintShown, complaints_shown
from tallies.query_forms import ANSWER_WORDS, PATTERN_WORDS
from tallies.selectors import Narrowed
from tallies.selectors.complaints import ComplaintTold, complaints_at
from tallies.selectors.desk import DeskOrder, DeskRow, desk_rows, name_of
from tallies.selectors.desk_station import happened_at
from tallies.selectors.photographs import count_photographs
from tallies.selectors.queries import queries_at
from tallies.selectors.turnout import hours_of, owed_by
from tallies.views.decisions import NEEDED
from tallies.views.desk import moment_of
from tallies.views.place import scope_for

MOST_CONTESTS_OF_A_STATION = 100


@dataclass(frozen=True)
class OfficerShown:
    """Somebody who may enter here: a commission sees the name, and whether they ever signed in."""

    appointment: Appointment
    name: str


@dataclass(frozen=True)
class QueryShown:
    """A query about a protocol: what was seen, and the answer. `corrects` says that the answer was a correction."""

    query: Query
    words: str
    answer: str
    corrects: bool


@dataclass(frozen=True)
class ProtocolShown:
    """A protocol of the station with its figures, and what this person may decide on it now, by action."""

    row: DeskRow
    filled: FilledPaper | None
    may: dict[str, bool]
    may_choose: bool
    photographs: int
    complaints: list[ComplaintShown]
    queries: list[QueryShown]


@needs(Permission.SEE_DESK)
@require_safe
@never_cache
def desk_station(request: HttpRequest, station: str) -> HttpResponse:
    """`/desk/<station>/`"""
    moment = moment_of(timezone.now())
    election, scope = scope_for(request, Permission.SEE_DESK, now=moment.now)
    found = Station.objects.select_related("area__parent", "election").filter(election=election, code=station).first()
    rows = found and desk_rows(
        scope,
        Narrowed(stations=(found.pk,)),
        moment,
        matters=tuple(Matter),
        order=DeskOrder.BY_NUMBER,
        limit=MOST_CONTESTS_OF_A_STATION,
    )
    if not found or not rows or not isinstance(request.user, User):
        raise Http404
    contests = {row.ballot.contest.code: row.ballot.contest for row in rows}
    context = {
        "station": found,
        "protocols": _protocols(rows, request.user),
        "officers": _officers(found, moment.now),
        "may_appoint": appointment_for(request.user, Permission.APPOINT_OFFICERS, station_id=found.pk, now=moment.now)
        is not None,
        "turnout": hours_of(owed_by(found), now=moment.now),
        "history": [(each, contests.get(each.contest)) for each in happened_at(found, contests)],
    }
    return render(request, "tallies/desk_station.html", context)


def _officers(station: Station, now: datetime) -> list[OfficerShown]:
    enter = roles_with(Permission.ENTER_PROTOCOL)
    return [OfficerShown(each, name_of(each.user)) for each in people_at(station.pk, now) if each.role in enter]


def _protocols(rows: list[DeskRow], user: User) -> list[ProtocolShown]:
    figures = {
        version.pk: version.figures
        for version in ProtocolVersion.objects.only("figures").filter(
            pk__in=[row.version.pk for row in rows if row.version]
        )
    }
    ballots = [row.ballot for row in rows]
    station_id = ballots[0].station_id
    complaints = _by_contest(complaints_at(station_id, now=timezone.now()))
    queries = _queries(station_id)
    photographs = count_photographs({each.contest_id for each in ballots}, {each.station_id for each in ballots})
    return [
        ProtocolShown(
            row,
            _filled(row, figures) if row.version else None,
            _may(row, user),
            may_choose=row.state is State.DIFFERS and _covers(user, Permission.DECIDE_HELD, row.ballot.contest, row),
            photographs=photographs.get((row.ballot.contest_id, row.ballot.station_id), 0),
            complaints=_complaints(row, user, complaints.get(row.ballot.contest_id, [])),
            queries=queries.get(row.ballot.contest_id, []),
        )
        for row in rows
    ]


def _complaints(row: DeskRow, user: User, told: list[ComplaintTold]) -> list[ComplaintShown]:
    contest = row.ballot.contest
    reads = partial(_covers, user, Permission.ANSWER_COMPLAINT, contest, row)
    return complaints_shown(told, station=row.ballot.station.code, contest=contest.code, reads=reads)


def _by_contest(told: list[ComplaintTold]) -> dict[int, list[ComplaintTold]]:
    found: dict[int, list[ComplaintTold]] = defaultdict(list)
    for each in told:
        found[each.contest_id].append(each)
    return found


def _queries(station_id: int) -> dict[int, list[QueryShown]]:
    found: dict[int, list[QueryShown]] = defaultdict(list)
    for query in queries_at(station_id):
        closing = getattr(query, "closing", None)
        answer = QueryClosing.Answer(closing.answer) if closing and closing.answer else None
        found[query.contest_id].append(
            QueryShown(
                query,
                str(PATTERN_WORDS[Pattern(query.kind)]),
                str(ANSWER_WORDS[answer]) if answer else "",
                answer is QueryClosing.Answer.CORRECTION,
            )
        )
    return found


def _filled(row: DeskRow, figures: dict[int, list[int | None]]) -> FilledPaper | None:
    if row.version is None:
        return None
    contest = row.ballot.contest
    return filled(paper_of(contest.pk, revision=contest.election.revision), figures[row.version.pk])


def _may(row: DeskRow, user: User) -> dict[str, bool]:
    """What the person may do with this protocol now. Only what the lifecycle allows is asked of their appointments."""
    return {
        action.value: row.state in states_before(action) and _covers(user, permission, row.ballot.contest, row)
        for action, permission in NEEDED.items()
    }


def _covers(user: User, permission: Permission, contest: Contest, row: DeskRow) -> bool:
    found = appointment_for(
        user, permission, station_id=row.ballot.station_id, contest_id=contest.pk, now=timezone.now()
    )
    return found is not None
