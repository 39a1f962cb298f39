"""What each result page tells: its template and everything the template shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from aggregation.allocation_sentences import sentences
from aggregation.domain.seats import Allocation, DivisorSheet, QuotaSheet, worksheet
from aggregation.selectors import Sum
from audit.selectors import cosignatures
from results.models import Snapshot
from results.public import still_open
from results.public.beneath import stations_beneath, sums_beneath
from results.public.ground import READER, Ground, NotThere
from results.public.links import Links
from results.public.listing import constituencies_of
from results.public.outcome import Outcome, outcome_of
from results.public.photographs import photographs_on
from results.public.pictures import map_picture, seats_picture
from results.public.protocol import Version, protocol_of
from results.public.registry import (
    children_of,
    choices_of,
    contest_of,
    contests,
    lines_of,
    nation,
    path_to,
    place_of,
    votes_in,
)
from results.public.seats import allocation_on, margins_on
from results.public.sharing import share_of
from results.public.showing import Basis, Status, show
from stations.domain.layout import VOTES
from stations.models import Area, AreaLevel, Choice, Contest, Station
from tallies.domain.lifecycle import State
from tallies.selectors.complaints import complaints_on

Told = tuple[str, dict[str, Any]]
A_PAGE = 50

# So many areas with stations not yet in are named; the table below names all.
MOST_MISSING = 5


@dataclass(frozen=True)
class Crumb:
    """A step on the way from the nation to this page."""

    name: str
    url: str


@dataclass(frozen=True)
class AreaRow:
    """An area beneath the one shown."""

    area: Area
    url: str
    sum: Sum
    outcome: Outcome

    @property
    def awaited(self) -> int:
        """How many stations are not counted, held ones among them."""
        return self.sum.expected - self.sum.reported - self.sum.annulled


@dataclass(frozen=True)
class StationRow:
    """A station of the district shown; no outcome unless its protocol is in force."""

    station: Station
    url: str
    state: State
    outcome: Outcome | None


@dataclass(frozen=True)
class Figure:
    """A line of a protocol in each of its public versions; `changed` where they do not agree."""

    number: int
    name: str
    values: tuple[int | None, ...]
    changed: bool


def area_page(ground: Ground, area: Area | None, links: Links, *, front: bool = False) -> Told:
    """Tell the result of the ground's contest in an area (None: the nation)."""
    contest = contest_of(ground.contest_id)
    return _area_page(ground, contest, area or nation(contest.election), links, front=front)


def _area_page(ground: Ground, contest: Contest, area: Area, links: Links, *, front: bool = False) -> Told:
    context = _frame(ground, contest, area, links) | {"front": front}
    if ground.basis is None:
        return "results/area.html", context
    choices = choices_of(contest)
    shown = show(contest, area, ground.basis, using=READER).sum
    allocation = None
    if area.level == AreaLevel.NATION:
        allocation = allocation_on(contest, choices, shown.figures, ground.basis)
    figures = _figures(contest, choices, shown, allocation, ground.basis)
    areas = [] if area.level == AreaLevel.DISTRICT else _areas(contest, area, choices, ground.basis, links)
    return "results/area.html", context | figures | {
        "areas": areas,
        "map": map_picture([(row.area, row.url, row.sum, row.outcome) for row in areas]),
        "missing": _missing(areas),
        "stations": _stations(contest, area, choices, ground.basis, links) if area.level == AreaLevel.DISTRICT else [],
        "seats_url": links.seats(contest.code),
        "mandates_url": _mandates_url(contest, area, ground.basis),
        "still_open_url": links.still_open(contest.code) if area.level == AreaLevel.NATION and contest.seats else "",
    }


def front_page(ground: Ground) -> Told:
    """Tell the national result of the first contest, and who is ahead in the constituencies."""
    template, context = area_page(ground, None, Links(), front=True)
    return template, context | {"constituencies": constituencies_of(ground, context["election"])}


def _mandates_url(contest: Contest, area: Area, basis: Basis) -> str:
    """Mandates follow from the final result, which is the nation's."""
    if basis.status is not Status.FINAL or area.level != AreaLevel.NATION or not contest.seats:
        return ""
    return reverse("mandates", kwargs={"contest": contest.code})


def place_page(ground: Ground, code: str, links: Links) -> Told:
    """Tell the result in the area with this code, or the protocol of the station. Raises NotThere."""
    contest = contest_of(ground.contest_id)
    place = place_of(contest, code)
    if not votes_in(contest, place):
        raise NotThere(code)
    if isinstance(place, Area):
        return _area_page(ground, contest, place, links)
    return station_page(ground, contest, place, links)


def seats_page(ground: Ground, links: Links) -> Told:
    """Tell how the seats of the ground's contest are allocated. Raises NotThere for a contest without seats."""
    contest = contest_of(ground.contest_id)
    if not contest.seats:
        raise NotThere(contest.code)
    area = nation(contest.election)
    context = _frame(ground, contest, area, links)
    context["path"] = [*context["path"], Crumb(area.name, links.contest(contest.code))]
    if ground.basis is None:
        return "results/seats.html", context
    choices = choices_of(contest)
    shown = show(contest, area, ground.basis, using=READER).sum
    allocation = allocation_on(contest, choices, shown.figures, ground.basis)
    names = {choice.code: choice.name for choice in choices}
    return "results/seats.html", context | _figures(contest, choices, shown, allocation, ground.basis) | {
        "sentences": sentences(allocation, names) if allocation else [],
        "margins": margins_on(contest, choices, shown.figures) if allocation else [],
        "names": names,
        **_sheet(allocation),
    }


def _sheet(allocation: Allocation | None) -> dict[str, Any]:
    sheet = worksheet(allocation) if allocation else None
    return {
        "quota_sheet": sheet if isinstance(sheet, QuotaSheet) else None,
        "divisor_sheet": sheet if isinstance(sheet, DivisorSheet) else None,
    }


def still_open_page(ground: Ground, links: Links) -> Told:
    """Tell what can still change in the ground's contest. Raises NotThere for a contest without seats."""
    contest = contest_of(ground.contest_id)
    area = nation(contest.election)
    frame = _frame(ground, contest, area, links)
    frame["path"] = [*frame["path"], Crumb(area.name, links.contest(contest.code))]
    return "results/still_open.html", still_open.still_open_page(ground, frame, links)


def constituencies_page(ground: Ground, number: str | None) -> dict[str, Any]:
    """Tell a page of the contests of candidates, by how far their margins are from what is open."""
    contest = contest_of(ground.contest_id)
    context = {"ground": ground, "basis": ground.basis, "election": contest.election}
    if ground.basis is None:
        return context
    of_candidates = contests(contest.election).filter(kind=Contest.Kind.PLURALITY, seats=1)
    rows = still_open.constituencies(list(of_candidates), ground.basis, Links())
    return context | still_open.constituencies_page(Paginator(rows, A_PAGE).get_page(number), rows)


def snapshot_page(ground: Ground, links: Links) -> Told:
    """Tell what a published snapshot is, and the national result of the first contest in it."""
    _template, context = area_page(ground, None, links)
    if ground.basis is not None and ground.basis.snapshot_id is not None:
        snapshots = Snapshot.objects.using(READER).select_related("checkpoint", "approval")
        context["snapshot"] = snapshots.get(pk=ground.basis.snapshot_id)
        context["later_edition"] = _later_edition(context["snapshot"])
        context["witnesses"] = cosignatures(context["snapshot"].checkpoint_id, using=READER)
    return "results/snapshot.html", context


def _later_edition(snapshot: Snapshot) -> int | None:
    """Return the number of the edition that took the place of this final result; None where none did."""
    if snapshot.kind != Snapshot.Kind.FINAL:
        return None
    newer = Snapshot.objects.using(READER).filter(
        election=snapshot.election_id, kind=snapshot.kind, number__gt=snapshot.number, approval__isnull=False
    )
    return newer.order_by("-number").values_list("number", flat=True).first()


def station_page(ground: Ground, contest: Contest, station: Station, links: Links) -> Told:
    """Tell a station's protocol of the ground's contest. The station must be read with the areas above it."""
    address = getattr(station, f"address_{get_language() or 'en'}", "")
    context = _frame(ground, contest, station, links) | {"address": address}
    if ground.basis is None:
        return "results/station.html", context
    protocol = protocol_of(contest, station, ground.basis)
    choices = choices_of(contest)
    lines = lines_of(contest)
    in_force = protocol.in_force
    return "results/station.html", context | {
        "protocol": protocol,
        "outcome": outcome_of(in_force.figures, choices) if in_force else None,
        "lines": _lines(protocol.versions, [(line.code, line.name) for line in lines]),
        "votes": _lines(
            protocol.versions, [(VOTES + choice.code, choice.name) for choice in choices], after=len(lines)
        ),
        "history": list(reversed(protocol.changes)),
        # What is published stays as it was: complaints are told beside what stands now.
        "complaints": complaints_on(contest.pk, station.pk, now=timezone.now(), using=READER)
        if links.published is None
        else [],
        "photographs": photographs_on(contest, station, protocol.state, ground.basis, links),
    }


def _lines(versions: Sequence[Version], lines: Sequence[tuple[str, str]], after: int = 0) -> list[Figure]:
    figures = []
    for number, (code, name) in enumerate(lines, start=after + 1):
        values = tuple(version.figures.get(code) for version in versions)
        figures.append(Figure(number, name, values, changed=len(set(values)) > 1))
    return figures


def frame_of(ground: Ground, place: Area | Station, links: Links) -> dict[str, Any]:
    """Return what every page of a place in the ground's contest shows around its figures."""
    return _frame(ground, contest_of(ground.contest_id), place, links)


def _frame(ground: Ground, contest: Contest, place: Area | Station, links: Links) -> dict[str, Any]:
    """Return what every page of a place shows around its figures."""
    return {
        "ground": ground,
        "basis": ground.basis,
        "is_live": ground.basis is not None and ground.basis.status is Status.LIVE,
        "election": contest.election,
        "contest": contest,
        "place": place,
        "links": links,
        "front_url": links.front(),
        "contest_url": links.contest(contest.code),
        "share": share_of(contest, place) if ground.basis else None,
        "path": [_crumb(contest, above, links) for above in path_to(place)],
    }


def _crumb(contest: Contest, area: Area, links: Links) -> Crumb:
    nation = area.level == AreaLevel.NATION
    return Crumb(area.name, links.contest(contest.code) if nation else links.place(contest.code, area.code))


def _figures(
    contest: Contest, choices: Sequence[Choice], shown: Sum, allocation: Allocation | None, basis: Basis
) -> dict[str, Any]:
    outcome = outcome_of(shown.figures, choices, allocation.seats if allocation else None)
    return {
        "sum": shown,
        "awaited": shown.expected - shown.reported - shown.annulled,
        "outcome": outcome,
        "allocation": allocation,
        "hemicycle": seats_picture(outcome, allocation) if contest.kind == Contest.Kind.PARTY_LIST else None,
        "seats_are_final": basis.status is Status.FINAL,
        "threshold": contest.threshold_percent if contest.kind == Contest.Kind.PARTY_LIST else None,
        "complete": shown.expected == shown.reported + shown.annulled,
    }


def _areas(contest: Contest, area: Area, choices: Sequence[Choice], basis: Basis, links: Links) -> list[AreaRow]:
    sums = sums_beneath(contest, area, basis)
    return [
        AreaRow(
            child,
            links.place(contest.code, child.code),
            sums[child.pk],
            outcome_of(sums[child.pk].figures, choices),
        )
        for child in children_of(contest, area)
        if child.pk in sums
    ]


def _missing(areas: Sequence[AreaRow]) -> list[AreaRow]:
    """The areas from which most stations are not yet in, most first."""
    behind = [row for row in areas if row.awaited]
    return sorted(behind, key=lambda row: -row.awaited)[:MOST_MISSING]


def _stations(contest: Contest, area: Area, choices: Sequence[Choice], basis: Basis, links: Links) -> list[StationRow]:
    return [
        StationRow(
            said.station,
            links.place(contest.code, said.station.code),
            said.state,
            None if said.figures is None else outcome_of(said.figures, choices),
        )
        for said in stations_beneath(contest, area, basis)
    ]
