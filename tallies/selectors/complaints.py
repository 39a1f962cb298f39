"""Reading complaints: on one protocol, and what waits for an answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from accounts.models import User
from stations.models import Area, AreaLevel, Contest, Station
from tallies.domain.complaints import ComplaintState, Ending, Remedy, complaint_state
from tallies.domain.lifecycle import State
from tallies.models import (
    Complaint,
    ComplaintEnd,
    ComplaintPhotograph,
    ComplaintPhotographPage,
    Explanation,
    StandingChange,
)
from tallies.selectors.protocols import Scope

# What everybody may know of a complaint. Who complained, their figures and their words are not for readers.
_TOLD = ("id", "contest_id", "station_id", "number", "version_id", "answer_by", "event_id", "at")


@dataclass(frozen=True)
class ComplaintTold:
    """That there is a complaint, where it stands and since when: what everybody may know."""

    complaint_id: int
    contest_id: int
    station_id: int
    number: int
    version: int | None
    at: datetime
    answer_by: datetime | None
    state: ComplaintState
    ending: Ending | None
    remedy: Remedy
    ended_at: datetime | None
    photographs: int


def complaints_on(contest_id: int, station_id: int, *, now: datetime, using: str = "default") -> list[ComplaintTold]:
    """Return every complaint on a station's protocol, the first one first."""
    return _told(Complaint.objects.using(using).filter(contest=contest_id, station=station_id), now, using)


def complaints_at(station_id: int, *, now: datetime, using: str = "default") -> list[ComplaintTold]:
    """Return every complaint on the protocols of a station: two statements."""
    return _told(Complaint.objects.using(using).filter(station=station_id), now, using)


def complaint_of(contest_id: int, station_id: int, number: int) -> Complaint | None:
    """Return the complaint of a protocol with this number, with the person and the version it is about."""
    return (
        Complaint.objects.filter(contest=contest_id, station=station_id, number=number)
        .select_related("by", "version")
        .first()
    )


def ending_of(complaint: Complaint) -> ComplaintEnd | None:
    """Return how a complaint ended; None while it waits."""
    return ComplaintEnd.objects.filter(complaint=complaint).select_related("by").first()


def words_of(event_ids: Iterable[int]) -> dict[int, str]:
    """Return the words given with these events of complaints, by event; erased ones are empty."""
    return dict(Explanation.objects.filter(event__in=list(event_ids)).values_list("event_id", "text"))


def photographs_with(complaint_ids: Collection[int]) -> dict[int, list[ComplaintPhotograph]]:
    """Return the photographs that came with these complaints, with their pages, in their order: two statements."""
    found: dict[int, list[ComplaintPhotograph]] = defaultdict(list)
    pages = models.Prefetch("pages", ComplaintPhotographPage.objects.order_by("number"))
    rows = ComplaintPhotograph.objects.filter(complaint__in=complaint_ids).prefetch_related(pages)
    for each in rows.order_by("complaint_id", "number"):
        found[each.complaint_id].append(each)
    return found


def is_copy_with(complaint: Complaint, sha256: str) -> bool:
    """Whether a file with this hash is the copy of a page of a photograph that came with this complaint."""
    return ComplaintPhotographPage.objects.filter(photograph__complaint=complaint, sha256=sha256).exists()


def original_with(complaint: Complaint, sha256: str) -> ComplaintPhotograph | None:
    """Return the photograph of this complaint whose original has this hash; None if there is none."""
    return complaint.photographs.filter(sha256=sha256).first()


@dataclass(frozen=True)
class ListedComplaint:
    """A complaint on a list, with the station and contest it is about."""

    told: ComplaintTold
    station: Station
    contest: Contest


def complaints_in(
    scope: Scope, *, now: datetime, waiting: bool = False, offset: int = 0, limit: int
) -> list[ListedComplaint]:
    """Return complaints within a scope: those that wait first, the one that is due first at the top."""
    found = _within(scope)
    return _listed(found.filter(end=None) if waiting else found, now, offset, limit)


def open_complaints(scope: Scope, *, now: datetime, limit: int) -> list[ListedComplaint]:
    """Return the complaints of a scope that wait for an answer, the one that is due first at the top."""
    return complaints_in(scope, now=now, waiting=True, limit=limit)


def complaints_by(user: User, election_id: int, *, now: datetime, limit: int) -> list[ListedComplaint]:
    """Return the complaints that a person registered."""
    return _listed(Complaint.objects.filter(by=user, contest__election=election_id), now, 0, limit)


def count_in(scope: Scope, *, waiting: bool = False) -> int:
    """Return how many complaints there are within a scope, or only those that wait for an answer."""
    found = _within(scope)
    return (found.filter(end=None) if waiting else found).count()


def unanswered_count(area: Area, contest: Contest) -> int:
    """Return how many complaints on protocols of a contest at or beneath an area wait for an answer."""
    beneath = {
        AreaLevel.DISTRICT: {"station__area": area},
        AreaLevel.REGION: {"station__area__parent": area},
        AreaLevel.NATION: {},
    }[AreaLevel(area.level)]
    return Complaint.objects.filter(contest=contest, end=None, **beneath).count()


# The event of the step that each remedy orders.
_CARRIED_OUT_BY = {
    Remedy.CORRECTION: "protocol.corrected",
    Remedy.RECOUNT: "protocol.recounted",
    Remedy.ANNULMENT: "protocol.annulled",
}


def carried_out(complaint: Complaint, end: ComplaintEnd) -> StandingChange | None:
    """Return the change of the protocol that followed from an answer; None while there is none."""
    kind = _CARRIED_OUT_BY.get(Remedy(end.remedy))
    changes = StandingChange.objects.filter(contest=complaint.contest_id, station=complaint.station_id)
    return (
        changes.filter(event__gt=end.event_id, event__kind=kind)
        .select_related("version", "event")
        .order_by("event_id")
        .first()
    )


def was_in_force(version_id: int) -> bool:
    """Whether a version was ever in force: its figures are no secret then."""
    return StandingChange.objects.filter(version=version_id, state=State.IN_FORCE).exists()


def _within(scope: Scope) -> models.QuerySet[Complaint]:
    complaints = Complaint.objects.filter(contest__election=scope.election_id)
    if scope.everything:
        return complaints
    return complaints.filter(
        models.Q(station__in=scope.stations)
        | models.Q(station__area__in=scope.districts)
        | models.Q(station__area__parent__in=scope.regions)
        | models.Q(contest__in=scope.contests)
    )


def _listed(complaints: models.QuerySet[Complaint], now: datetime, offset: int, limit: int) -> list[ListedComplaint]:
    ordered = complaints.order_by(
        models.F("end__at").desc(nulls_first=True), models.F("answer_by").asc(nulls_last=True), "at", "pk"
    )
    ids = list(ordered.values_list("pk", flat=True)[offset : offset + limit])
    told = {each.complaint_id: each for each in _told(Complaint.objects.filter(pk__in=ids), now, "default")}
    stations = Station.objects.select_related("area").in_bulk({each.station_id for each in told.values()})
    contests = Contest.objects.in_bulk({each.contest_id for each in told.values()})
    return [ListedComplaint(told[pk], stations[told[pk].station_id], contests[told[pk].contest_id]) for pk in ids]


def _told(complaints: models.QuerySet[Complaint], now: datetime, using: str) -> list[ComplaintTold]:
    photographs = (
        ComplaintPhotograph.objects.filter(complaint=models.OuterRef("pk"))
        .values("complaint")
        .values(count=models.Count("pk"))
    )
    rows = list(
        complaints.order_by("number", "pk")
        .annotate(photograph_count=models.Subquery(photographs))
        .values(*_TOLD, "version__number", "photograph_count")
    )
    ends = {
        end["complaint_id"]: end
        for end in ComplaintEnd.objects.using(using)
        .filter(complaint__in=[row["id"] for row in rows])
        .values("complaint_id", "ending", "remedy", "at")
    }
    return [_one(row, ends.get(row["id"]), now) for row in rows]


def _one(row: Mapping[str, Any], end: Mapping[str, Any] | None, now: datetime) -> ComplaintTold:
    ending = Ending(str(end["ending"])) if end else None
    return ComplaintTold(
        complaint_id=row["id"],
        contest_id=row["contest_id"],
        station_id=row["station_id"],
        number=row["number"],
        version=row["version__number"],
        at=row["at"],
        answer_by=row["answer_by"],
        state=complaint_state(ending, row["answer_by"], now),
        ending=ending,
        remedy=Remedy(str(end["remedy"])) if end else Remedy.NOTHING,
        ended_at=end["at"] if end else None,
        photographs=row["photograph_count"] or 0,
    )
