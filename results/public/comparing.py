"""Two areas of a contest beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.access import public
from aggregation.selectors import Sum
from results.public.ground import CODE, READER, Ground, NotThere
from results.public.links import Links
from results.public.outcome import ChoiceResult, Outcome, outcome_of
from results.public.pages import ground_and_links, shown_page
from results.public.registry import choices_of, contest_of, nation, place_of, votes_in
from results.public.sharing import share_of
from results.public.showing import show
from stations.domain.alphabet import order
from stations.models import Area, AreaLevel, Ballot, Contest


@dataclass(frozen=True)
class Side:
    """One of the two areas."""

    area: Area
    url: str
    sum: Sum
    outcome: Outcome


@dataclass(frozen=True)
class Both:
    """A choice in both areas, and by how much its share is larger in the first."""

    one: ChoiceResult
    other: ChoiceResult

    @property
    def difference(self) -> Fraction | None:
        return None if self.one.share is None or self.other.share is None else self.one.share - self.other.share


@dataclass(frozen=True)
class Group:
    """Areas of a form's list that lie in one region, and the region itself first."""

    region: Area
    areas: list[Area]


@public
@require_safe
def choose(request: HttpRequest, contest: str) -> HttpResponseBase:
    """Choose two areas of a contest; `?one=…&other=…` leads to them beside each other."""
    ground, links = ground_and_links(contest)
    one, other = (request.GET.get(name, "")[:64] for name in ("one", "other"))
    if CODE.fullmatch(one) and CODE.fullmatch(other):
        return HttpResponseRedirect(reverse("compare-two", args=[contest, one, other]))
    return shown_page(request, ground, links, lambda: _told(ground, links, None))


@public
@require_safe
def compare(request: HttpRequest, contest: str, one: str, other: str) -> HttpResponseBase:
    """The result of a contest in two areas."""
    ground, links = ground_and_links(contest)
    return shown_page(request, ground, links, lambda: _told(ground, links, (one, other)))


def _told(ground: Ground, links: Links, codes: tuple[str, str] | None) -> tuple[str, dict[str, Any]]:
    contest = contest_of(ground.contest_id)
    context: dict[str, Any] = {
        "ground": ground,
        "basis": ground.basis,
        "is_live": False,
        "election": contest.election,
        "contest": contest,
        "contest_url": links.contest(contest.code),
        "nation": nation(contest.election),
        "groups": _groups(contest),
        "place": None,
    }
    if codes is None:
        return "results/compare.html", context
    areas = [_area(contest, code) for code in codes]
    title = f"{contest.name}: {', '.join(area.name for area in areas)}"
    context |= {"chosen": areas, "share": share_of(contest, areas[0], title) if ground.basis else None}
    if ground.basis is None:
        return "results/compare.html", context
    choices = choices_of(contest)
    sides = []
    for area in areas:
        shown = show(contest, area, ground.basis, using=READER).sum
        url = links.contest(contest.code) if area.level == AreaLevel.NATION else links.place(contest.code, area.code)
        sides.append(Side(area, url, shown, outcome_of(shown.figures, choices)))
    return "results/compare.html", context | {"sides": sides, "rows": _rows(*sides)}


def _area(contest: Contest, code: str) -> Area:
    place = place_of(contest, code)
    if not isinstance(place, Area) or not votes_in(contest, place):
        raise NotThere(code)
    return place


def _rows(one: Side, other: Side) -> list[Both]:
    """The choices in the order of both areas' votes together."""
    others = {row.choice.code: row for row in other.outcome.choices}
    rows = [Both(row, others[row.choice.code]) for row in one.outcome.choices if row.choice.code in others]
    return sorted(rows, key=lambda row: (row.one.is_against_all, -(row.one.votes + row.other.votes)))


def _groups(contest: Contest) -> list[Group]:
    """The areas in which the contest is voted, by region, in the alphabet of the page's language."""
    language = get_language() or "en"
    voting = Ballot.objects.using(READER).filter(contest=contest).values("station__area")
    districts = Area.objects.using(READER).filter(pk__in=voting).select_related("parent")
    by_region: dict[int, Group] = {}
    for district in _sorted(list(districts), language):
        region = district.parent
        if region is not None:
            by_region.setdefault(region.pk, Group(region, [])).areas.append(district)
    return sorted(by_region.values(), key=lambda group: order(group.region.name, language))


def _sorted(areas: Sequence[Area], language: str) -> list[Area]:
    return sorted(areas, key=lambda area: order(area.name, language))
