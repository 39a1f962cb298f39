"""Reading the registry for public pages, with the reader's rights."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import get_language

from results.public.alphabet import order
from results.public.ground import CODE, READER, NotThere
from stations.models import Area, AreaLevel, Ballot, Choice, Contest, Election, FormLine, Station


@dataclass(frozen=True)
class Line:
    """A line of a contest's protocol with its name in the language of the page."""

    code: str
    name: str


def current_election() -> Election | None:
    """Return the election with the latest date; None before one is loaded."""
    return Election.objects.using(READER).order_by("-date", "-id").first()


def contest_of(contest_id: int) -> Contest:
    """Return a contest with its election."""
    return Contest.objects.using(READER).select_related("election").get(pk=contest_id)


def contests(election: Election, words: str = "") -> QuerySet[Contest]:
    """Return the contests whose code or name, in any language, holds each of these words."""
    found = Contest.objects.using(READER).filter(election=election).order_by("position")
    for word in words.split():
        found = found.filter(
            Q(code__icontains=word)
            | Q(name_kk__icontains=word)
            | Q(name_ru__icontains=word)
            | Q(name_en__icontains=word)
        )
    return found


def choices_of(contest: Contest) -> list[Choice]:
    """Return the choices of a contest in their order."""
    return list(Choice.objects.using(READER).filter(contest=contest).order_by("position"))


def lines_of(contest: Contest) -> list[Line]:
    """Return the lines of a contest's protocol above the votes, in their order."""
    lines = FormLine.objects.using(READER).filter(form=contest.form_id).order_by("position")
    return [Line(line.code, line.name) for line in lines]


def nation(election: Election) -> Area:
    """Return the area that holds all others."""
    return Area.objects.using(READER).get(election=election, level=AreaLevel.NATION)


def place_of(contest: Contest, code: str) -> Area | Station:
    """Return the area of the contest's election with this code, or the station. Raises NotThere."""
    if not CODE.fullmatch(code):
        raise NotThere(code)
    area = Area.objects.using(READER).filter(election=contest.election_id, code=code).first()
    return area or _station(contest, code)


def _station(contest: Contest, code: str) -> Station:
    station = (
        Station.objects.using(READER).select_related("area").filter(election=contest.election_id, code=code).first()
    )
    if station is None:
        raise NotThere(code)
    return station


def votes_in(contest: Contest, place: Area | Station) -> bool:
    """Say whether the contest is voted in anywhere at or beneath a place."""
    return ballots_in(contest, place).exists()


def ballots_in(contest: Contest, place: Area | Station) -> QuerySet[Ballot]:
    """Return which stations at or beneath a place owe a protocol of the contest."""
    ballots = Ballot.objects.using(READER).filter(contest=contest)
    if isinstance(place, Station):
        return ballots.filter(station=place)
    match place.level:
        case AreaLevel.DISTRICT:
            return ballots.filter(station__area=place)
        case AreaLevel.REGION:
            return ballots.filter(station__area__parent=place)
        case _:
            return ballots.filter(station__area__parent__parent=place)


def path_to(place: Area | Station) -> list[Area]:
    """Return the areas above a place, the nation first, without the place itself."""
    path: list[Area] = []
    above = place.area if isinstance(place, Station) else _parent(place)
    while above is not None:
        path.insert(0, above)
        above = _parent(above)
    return path


def _parent(area: Area) -> Area | None:
    return None if area.parent_id is None else Area.objects.using(READER).get(pk=area.parent_id)


def children_of(contest: Contest, area: Area) -> list[Area]:
    """Return the areas directly beneath in which the contest is voted, in the alphabet of the page's language."""
    stations = ballots_in(contest, area)
    level = "station__area" if area.level == AreaLevel.REGION else "station__area__parent"
    voting = stations.filter(**{level: OuterRef("pk")})
    children = Area.objects.using(READER).filter(Exists(voting), parent=area)
    return sorted(children, key=lambda child: order(child.name, get_language() or "en"))
