"""Reading the registry for public pages, with the reader's rights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import get_language

from results.public.ground import CODE, READER, NotThere
from stations.domain.alphabet import order
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


def contests(election: Election, words: str = "", kind: str = "") -> QuerySet[Contest]:
    """Return the contests whose code or name, in any language, holds each of these words; of one kind or of all."""
    found = Contest.objects.using(READER).filter(election=election).order_by("position")
    if kind in Contest.Kind.values:
        found = found.filter(kind=kind)
    for word in words.split():
        found = found.filter(
            Q(code__icontains=word)
            | Q(name_kk__icontains=word)
            | Q(name_ru__icontains=word)
            | Q(name_en__icontains=word)
        )
    return found


def choices_of(contest: Contest) -> list[Choice]:
    """Return the choices of a contest in their order. A candidate without a colour has that of the party's list."""
    return choices_of_all([contest], contest.election)[contest.pk]


def choices_of_all(contests: Sequence[Contest], election: Election) -> dict[int, list[Choice]]:
    """Return the choices of these contests of an election in their order, by contest."""
    choices: dict[int, list[Choice]] = {contest.pk: [] for contest in contests}
    of_party = _colours_of_parties(election.pk, election.revision)
    for choice in Choice.objects.using(READER).filter(contest__in=choices).order_by("position"):
        choice.colour = choice.colour or of_party.get(choice.party, "")
        choices[choice.contest_id].append(choice)
    return choices


@lru_cache(maxsize=8)
def _colours_of_parties(election_id: int, revision: int) -> dict[str, str]:  # noqa: ARG001 (what it is kept by)
    """The colour of each party that has a list, of the list that stands first in the election."""
    lists = Choice.objects.using(READER).filter(contest__election=election_id, kind=Choice.Kind.LIST).exclude(party="")
    return dict(lists.exclude(colour="").order_by("-contest__position").values_list("party", "colour"))


def names_of_parties(election: Election) -> dict[str, str]:
    """Return what each party's list is called in the language of the page, by the party as candidates name it."""
    lists = Choice.objects.using(READER).filter(contest__election=election, kind=Choice.Kind.LIST).exclude(party="")
    named = lists.order_by("-contest__position").values_list("party", f"name_{get_language() or 'en'}")
    return dict(named)


def colours_of(election: Election) -> list[str]:
    """Return every colour that the election gives a choice."""
    return list(
        Choice.objects.using(READER).filter(contest__election=election).values_list("colour", flat=True).distinct()
    )


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
    children = Area.objects.using(READER).filter(Exists(voting), parent=area).select_related("outline")
    return sorted(children, key=lambda child: order(child.name, get_language() or "en"))
