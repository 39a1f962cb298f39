"""The day's turnout: how it grew, where, and what the protocols said of it at night.

Turnout is told while people vote: it does not wait for `figures_public_from`. What protocols say does.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import public
from aggregation.selectors import HourSum, stations_by_area, turnout_mark, turnout_of
from results.public.beneath import stations_beneath, sums_beneath
from results.public.curve import Curve, curve_of
from results.public.ground import CODE, READER, Ground, NotThere, ground_of
from results.public.kept_pages import LIVE, answer
from results.public.outcome import outcome_of
from results.public.pages import rendered
from results.public.registry import contest_of
from results.public.sharing import share_of
from results.public.showing import Basis
from stations.domain.alphabet import order
from stations.models import Area, AreaLevel, Contest, Election
from tallies.selectors.turnout import last_reports


@dataclass(frozen=True)
class TurnoutRow:
    """An area or a station beneath the one shown: its last hour, and what its protocols say."""

    name: str
    url: str
    last: HourSum | None
    stations: int
    by_protocols: Fraction | None
    issued: int | None = None

    @property
    def contradicts(self) -> bool:
        """Whether protocols know of fewer voters than were reported through the day."""
        return self.issued is not None and self.last is not None and self.issued < self.last.voters


@dataclass(frozen=True)
class _Beneath:
    """The areas beneath one, with their hours and how many stations each has, by area id."""

    area: Area
    children: list[Area]
    sums: dict[int, list[HourSum]]
    expected: dict[int, int]


@public
@require_safe
def turnout(request: HttpRequest, place: str = "") -> HttpResponseBase:
    """`/turnout/` of the nation, `/turnout/<area>/` of a region or district."""
    try:
        ground = ground_of(None, timezone.now())
    except NotThere:
        raise Http404 from None
    election = Election.objects.using(READER).get(pk=ground.election_id)
    area = _area(election, place)
    key = (request.path, get_language(), ground.token, turnout_mark(using=READER))
    return answer(
        request, key, lambda: rendered(request, "results/turnout.html", _told(election, area, ground)), seconds=LIVE
    )


def _area(election: Election, code: str) -> Area:
    areas = Area.objects.using(READER).filter(election=election).select_related("parent__parent")
    found = (
        areas.filter(code=code).first() if CODE.fullmatch(code) else None if code else areas.get(level=AreaLevel.NATION)
    )
    if found is None or not election.turnout_hours:
        raise Http404
    return found


def _told(election: Election, area: Area, ground: Ground) -> dict[str, Any]:
    language = get_language() or "en"
    children = sorted(Area.objects.using(READER).filter(parent=area), key=lambda child: order(child.name, language))
    sums = turnout_of([area.pk, *(child.pk for child in children)], using=READER)
    expected = stations_by_area(election.pk, using=READER)
    contest = contest_of(ground.contest_id) if ground.basis else None
    hours = sums.get(area.pk, [])
    is_district = area.level == AreaLevel.DISTRICT
    rows = (
        _stations(area, contest, ground.basis)
        if is_district
        else _areas(_Beneath(area, children, sums, expected), contest, ground.basis)
    )
    return {
        "election": election,
        "place": area,
        "path": _path(area),
        "hours": hours,
        "expected": expected.get(area.pk, 0),
        "curve": _curve(election, hours),
        "rows": rows,
        "is_district": is_district,
        "contest": contest,
        "share": share_of(contest, area, f"{_('Turnout')}: {area.name}") if contest else None,
        "is_live": True,
    }


def _curve(election: Election, hours: list[HourSum]) -> Curve | None:
    return curve_of(election.turnout_hours, [(hour.hour, hour.share) for hour in hours if hour.share is not None])


def _areas(beneath: _Beneath, contest: Contest | None, basis: Basis | None) -> list[TurnoutRow]:
    figures = sums_beneath(contest, beneath.area, basis) if contest and basis else {}
    rows = []
    for child in beneath.children:
        hours = beneath.sums.get(child.pk, [])
        outcome = outcome_of(figures[child.pk].figures, ()) if child.pk in figures else None
        rows.append(
            TurnoutRow(
                child.name,
                reverse("turnout-in", args=[child.code]),
                hours[-1] if hours else None,
                beneath.expected.get(child.pk, 0),
                outcome.turnout if outcome else None,
            )
        )
    return rows


def _stations(area: Area, contest: Contest | None, basis: Basis | None) -> list[TurnoutRow]:
    stations = list(area.stations.using(READER).order_by("code"))
    last = last_reports([station.pk for station in stations], using=READER)
    said = {each.station.pk: each for each in stations_beneath(contest, area, basis)} if contest and basis else {}
    rows = []
    for station in stations:
        hour, voters = last.get(station.pk, ("", 0))
        protocol = said.get(station.pk)
        outcome = outcome_of(protocol.figures, ()) if protocol and protocol.figures else None
        rows.append(
            TurnoutRow(
                station.name,
                reverse("place", args=[contest.code, station.code]) if contest else "",
                HourSum(hour, voters, 1, station.registered_voters) if hour else None,
                1,
                outcome.turnout if outcome else None,
                outcome.issued if outcome else None,
            )
        )
    return rows


def _path(area: Area) -> list[tuple[str, str]]:
    """The areas above, the nation first, with their pages."""
    path: list[tuple[str, str]] = []
    above = area.parent
    while above is not None:
        url = reverse("turnout") if above.level == AreaLevel.NATION else reverse("turnout-in", args=[above.code])
        path.insert(0, (above.name, url))
        above = above.parent
    return path
