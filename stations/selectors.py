"""Reading the registry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from django.db import connections
from django.db.models import F, QuerySet
from django.utils import timezone

from stations.domain.check_sets import FIRST_SET, CheckText, sha256_of
from stations.domain.form import ContestForm, Severity
from stations.domain.layout import Layout
from stations.models import (
    Area,
    AreaLevel,
    Ballot,
    CheckSet,
    CheckSetDecision,
    Choice,
    Contest,
    Election,
    FormCheck,
    FormLine,
    Station,
)


class NoElection(LookupError):
    """No election is loaded yet."""


def current_election() -> Election:
    """The election with the latest date; of two on one day the one loaded last. Raises NoElection."""
    election = Election.objects.order_by("-date", "-id").first()
    if election is None:
        raise NoElection
    return election


def contest_by_code(code: str) -> Contest:
    """The contest with this code: in the current election first, then in earlier ones. Raises Contest.DoesNotExist."""
    contest = (
        Contest.objects.select_related("election").filter(code=code).order_by("-election__date", "-election_id").first()
    )
    if contest is None:
        raise Contest.DoesNotExist(code)
    return contest


def area_by_code(code: str, *, election: Election) -> Area:
    """Raises Area.DoesNotExist."""
    return Area.objects.get(election=election, code=code)


def station_by_code(code: str, *, election: Election) -> Station:
    """The station with its area. Raises Station.DoesNotExist."""
    return Station.objects.select_related("area").get(election=election, code=code)


def contest_form(contest_id: int, *, revision: int | None = None, at: datetime | None = None) -> ContestForm:
    """The form of a contest with the check set in force `at` a moment, now if none is given.

    Kept in the process for each revision of its election with all sets that were adopted, so that a set comes into
    force everywhere at its moment. Costs one statement to learn the revision, none if the caller knows it. Raises
    Contest.DoesNotExist.
    """
    return _forms(contest_id, revision).at(at or timezone.now())


def form_of_set(contest_id: int, number: int, *, revision: int | None = None) -> ContestForm:
    """The form of a contest with this check set, whether it is still in force or not. Costs as `contest_form`.

    An unknown number is answered with the package's own checks.
    """
    return _forms(contest_id, revision).of_set(number)


@dataclass(frozen=True)
class _Forms:
    """The form of a contest with each check set that was adopted, the package's first, by the moment it begins."""

    first: ContestForm
    later: tuple[tuple[datetime, ContestForm], ...]

    def at(self, moment: datetime) -> ContestForm:
        form = self.first
        for begins, later in self.later:
            if begins <= moment:
                form = later
        return form

    def of_set(self, number: int) -> ContestForm:
        return next((form for _begins, form in self.later if form.check_set == number), self.first)


def _forms(contest_id: int, revision: int | None) -> _Forms:
    if revision is None:
        revision = Contest.objects.values_list("election__revision", flat=True).get(id=contest_id)
    return _forms_of_revision(contest_id, revision)


@lru_cache(maxsize=4096)
def _forms_of_revision(contest_id: int, revision: int) -> _Forms:  # noqa: ARG001  the revision is part of the key
    contest = Contest.objects.select_related("election").get(id=contest_id)
    layout = layouts_of([contest_id])[contest_id]
    first = ContestForm(
        contest_id=contest_id,
        contest=contest.code,
        election=contest.election.code,
        entry=contest.entry,
        layout=layout,
        checks=tuple(check.on(layout) for check in package_checks(contest.form_id)),
    )
    adopted = (
        CheckSet.objects.filter(form=contest.form_id, decisions__outcome=CheckSetDecision.Outcome.ADOPTED)
        .exclude(decisions__outcome=CheckSetDecision.Outcome.WITHDRAWN)
        .annotate(begins=F("decisions__in_force_from"))
        .order_by("begins", "number")
    )
    return _Forms(
        first,
        tuple(
            (
                found.begins,
                replace(
                    first,
                    checks=tuple(CheckText.from_data(check).on(layout) for check in found.checks),
                    check_set=found.number,
                ),
            )
            for found in adopted
        ),
    )


def package_checks(form_id: int, *, using: str = "default") -> list[CheckText]:
    """The checks of a form as its package states them: set 1."""
    return [
        CheckText(
            code=check.code,
            severity=Severity(check.severity),
            rule=check.rule,
            tolerance=check.tolerance,
            messages={"en": check.message_en, "kk": check.message_kk, "ru": check.message_ru},
            laws={"en": check.law_en, "kk": check.law_kk, "ru": check.law_ru},
        )
        for check in FormCheck.objects.using(using).filter(form_id=form_id).order_by("position")
    ]


class SetState(StrEnum):
    """Where a check set is: only one of a form is in force at a moment."""

    PROPOSED = "proposed"
    WITHDRAWN = "withdrawn"
    COMING = "coming"
    IN_FORCE = "in_force"
    REPLACED = "replaced"


@dataclass(frozen=True)
class NumberedSet:
    """A check set with its history. People are pseudonyms, empty for the package's own set."""

    id: int | None
    number: int
    based_on: int
    checks: tuple[CheckText, ...]
    sha256: str
    state: SetState
    proposed_by: str = ""
    proposed_at: datetime | None = None
    asked_from: datetime | None = None
    decided_by: str = ""
    in_force_from: datetime | None = None
    withdrawn_at: datetime | None = None
    events: tuple[int, ...] = ()

    @property
    def was_adopted(self) -> bool:
        return self.state not in {SetState.PROPOSED, SetState.WITHDRAWN}


def check_sets_of(form_id: int, *, at: datetime, using: str = "default") -> list[NumberedSet]:
    """Every set of a form as things stand `at` a moment, the package's first, in three statements."""
    checks = tuple(package_checks(form_id, using=using))
    proposed = list(CheckSet.objects.using(using).filter(form_id=form_id).order_by("number"))
    decided: dict[int, dict[str, CheckSetDecision]] = defaultdict(dict)
    for decision in CheckSetDecision.objects.using(using).filter(check_set__form_id=form_id):
        decided[decision.check_set_id][decision.outcome] = decision
    begun = [(found.number, _begins(decided[found.pk])) for found in proposed]
    in_force = max(
        ((begins, number) for number, begins in begun if begins is not None and begins <= at), default=(None, FIRST_SET)
    )[1]
    sets = [
        NumberedSet(
            id=None,
            number=FIRST_SET,
            based_on=0,
            checks=checks,
            sha256=sha256_of(checks),
            state=SetState.IN_FORCE if in_force == FIRST_SET else SetState.REPLACED,
        )
    ]
    return sets + [_numbered(found, decided[found.pk], in_force, at) for found in proposed]


def _begins(decisions: Mapping[str, CheckSetDecision]) -> datetime | None:
    adopted = decisions.get(CheckSetDecision.Outcome.ADOPTED)
    return adopted.in_force_from if adopted and CheckSetDecision.Outcome.WITHDRAWN not in decisions else None


def _numbered(found: CheckSet, decisions: Mapping[str, CheckSetDecision], in_force: int, at: datetime) -> NumberedSet:
    adopted = decisions.get(CheckSetDecision.Outcome.ADOPTED)
    withdrawn = decisions.get(CheckSetDecision.Outcome.WITHDRAWN)
    begins = _begins(decisions)
    if withdrawn:
        state = SetState.WITHDRAWN
    elif begins is None:
        state = SetState.PROPOSED
    elif begins > at:
        state = SetState.COMING
    else:
        state = SetState.IN_FORCE if found.number == in_force else SetState.REPLACED
    last = withdrawn or adopted
    return NumberedSet(
        id=found.pk,
        number=found.number,
        based_on=found.based_on,
        checks=tuple(CheckText.from_data(check) for check in found.checks),
        sha256=found.sha256,
        state=state,
        proposed_by=found.proposed_by,
        proposed_at=found.proposed_at,
        asked_from=found.in_force_from,
        decided_by=last.by if last else "",
        in_force_from=begins,
        withdrawn_at=withdrawn.at if withdrawn else None,
        events=(found.event_id, *sorted(decision.event_id for decision in decisions.values())),
    )


_layouts: dict[int, Layout] = {}


def layouts_of(contest_ids: Collection[int]) -> dict[int, Layout]:
    """The layouts of many contests, in at most three statements. Kept in the process: a layout never changes."""
    missing = [contest_id for contest_id in contest_ids if contest_id not in _layouts]
    if missing:
        _layouts.update(_read_layouts(missing))
    return {contest_id: _layouts[contest_id] for contest_id in contest_ids}


def _read_layouts(contest_ids: list[int]) -> dict[int, Layout]:
    forms = dict(Contest.objects.filter(id__in=contest_ids).values_list("id", "form_id"))
    lines: dict[int, list[FormLine]] = defaultdict(list)
    for line in FormLine.objects.filter(form_id__in=set(forms.values())).order_by("position"):
        lines[line.form_id].append(line)
    choices: dict[int, list[str]] = defaultdict(list)
    for contest_id, code in (
        Choice.objects.filter(contest_id__in=contest_ids).order_by("position").values_list("contest_id", "code")
    ):
        choices[contest_id].append(code)
    return {contest_id: _layout(lines[form_id], choices[contest_id]) for contest_id, form_id in forms.items()}


def _layout(lines: list[FormLine], choices: list[str]) -> Layout:
    return Layout(
        lines=tuple(line.code for line in lines),
        choices=tuple(choices),
        may_be_absent=frozenset(line.code for line in lines if line.may_be_absent),
    )


def ballots_of(station: Station) -> list[Ballot]:
    """What the station votes in: its ballots with their contests, in the contests' order."""
    return list(Ballot.objects.filter(station=station).select_related("contest").order_by("contest__position"))


def districts_voting(election_id: int) -> list[tuple[int, int]]:
    """(Contest id, district id) for every district in which a contest is voted in, in order."""
    ballots = Ballot.objects.filter(contest__election_id=election_id)
    pairs = ballots.values_list("contest_id", "station__area_id").distinct()
    return list(pairs.order_by("contest_id", "station__area_id"))


def expected_stations(election_id: int, *, using: str = "default") -> dict[tuple[int, int], int]:
    """How many stations owe a protocol, by (contest id, area id), for every area of every level that has any."""
    with connections[using].cursor() as cursor:
        cursor.execute(_EXPECTED_STATIONS, [election_id])
        return {(contest_id, area_id): stations for contest_id, area_id, stations in cursor.fetchall()}


_EXPECTED_STATIONS = """
    WITH RECURSIVE voting (contest_id, area_id, stations) AS (
        SELECT ballot.contest_id, station.area_id, count(*)
        FROM stations_ballot ballot
        JOIN stations_station station ON station.id = ballot.station_id
        WHERE station.election_id = %s
        GROUP BY ballot.contest_id, station.area_id
        UNION ALL
        SELECT voting.contest_id, area.parent_id, voting.stations
        FROM voting
        JOIN stations_area area ON area.id = voting.area_id
        WHERE area.parent_id IS NOT NULL
    )
    SELECT contest_id, area_id, sum(stations)::int FROM voting GROUP BY contest_id, area_id
"""


@dataclass(frozen=True)
class Branch:
    """An area with what lies beneath it, in the package's order."""

    area: Area
    children: tuple[Branch, ...]


def area_tree(election: Election) -> Branch:
    """All areas of an election from the nation down, in one statement."""
    children: dict[int | None, list[Area]] = defaultdict(list)
    for area in Area.objects.filter(election=election).order_by("position"):
        children[area.parent_id].append(area)

    def branch(area: Area) -> Branch:
        return Branch(area, tuple(branch(child) for child in children[area.pk]))

    (nation,) = children[None]
    return branch(nation)


def path_to(area: Area) -> list[Area]:
    """The areas above this one from the nation down, and the area itself."""
    path = [area]
    while path[0].parent_id is not None:
        path.insert(0, Area.objects.get(pk=path[0].parent_id))
    return path


def areas_beneath(area: Area) -> list[Area]:
    """The areas directly beneath, in the package's order."""
    return list(Area.objects.filter(parent=area).order_by("position"))


def stations_in(area: Area) -> QuerySet[Station]:
    """The stations of a district, or of all districts beneath a region or the nation, by code."""
    stations = Station.objects.order_by("code")
    match area.level:
        case AreaLevel.DISTRICT:
            return stations.filter(area=area)
        case AreaLevel.REGION:
            return stations.filter(area__parent=area)
        case _:
            return stations.filter(election_id=area.election_id)


def contests_in(area: Area) -> list[Contest]:
    """The contests that are voted in somewhere in this area, in order."""
    contests = Contest.objects.filter(election_id=area.election_id).order_by("position")
    if area.level == AreaLevel.NATION:  # Every contest is voted in somewhere: the loader sees to that.
        return list(contests)
    voted = Ballot.objects.filter(station__in=stations_in(area).order_by())
    return list(contests.filter(pk__in=voted.values("contest_id")))
