"""Reading the registry for public pages, with the reader's rights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from django.db.models import Count, Q, QuerySet
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
    return list(_choices_of(contest.pk, contest.election_id, contest.election.revision))


# What a page asks of the registry again and again is kept by the election's revision, which every amendment moves on.
# The contest is read in the page's own transaction: a revision never stands for rows older than itself.
@lru_cache(maxsize=2_000)
def _choices_of(contest_id: int, election_id: int, revision: int) -> tuple[Choice, ...]:
    contest = Contest(id=contest_id, election_id=election_id)
    return tuple(choices_of_all([contest], Election(id=election_id, revision=revision))[contest_id])


def choices_of_all(contests: Sequence[Contest], election: Election) -> dict[int, list[Choice]]:
    """Return the choices of these contests of an election in their order, by contest."""
    choices: dict[int, list[Choice]] = {contest.pk: [] for contest in contests}
    of_party = _colours_of_parties(election.pk, election.revision)
    lists = _lists_of_parties(election.pk, election.revision)
    for choice in Choice.objects.using(READER).filter(contest__in=choices).order_by("position"):
        choice.colour = choice.colour or of_party.get(choice.party, "")
        choice.party_list = lists.get(choice.party) if choice.kind == Choice.Kind.CANDIDATE else None
        choices[choice.contest_id].append(choice)
    return choices


@lru_cache(maxsize=8)
def _colours_of_parties(election_id: int, revision: int) -> dict[str, str]:  # noqa: ARG001 (what it is kept by)
    """The colour of each party that has a list, of the list that stands first in the election."""
    lists = Choice.objects.using(READER).filter(contest__election=election_id, kind=Choice.Kind.LIST).exclude(party="")
    return dict(lists.exclude(colour="").order_by("-contest__position").values_list("party", "colour"))


@lru_cache(maxsize=8)
def _lists_of_parties(election_id: int, revision: int) -> dict[str, Choice]:  # noqa: ARG001 (what it is kept by)
    """The list of each party, the one that stands first in the election."""
    lists = Choice.objects.using(READER).filter(contest__election=election_id, kind=Choice.Kind.LIST).exclude(party="")
    return {choice.party: choice for choice in lists.order_by("-contest__position")}


def names_of_parties(election: Election) -> dict[str, str]:
    """Return what each party's list is called in the language of the page, by the party as candidates name it."""
    lists = _lists_of_parties(election.pk, election.revision)
    return {party: choice.name for party, choice in lists.items()}


def colours_of(election: Election) -> list[str]:
    """Return every colour that the election gives a choice."""
    return list(
        Choice.objects.using(READER).filter(contest__election=election).values_list("colour", flat=True).distinct()
    )


def lines_of(contest: Contest) -> list[Line]:
    """Return the lines of a contest's protocol above the votes, in their order."""
    return [Line(line.code, line.name) for line in _lines_of(contest.form_id, contest.election.revision)]


@lru_cache(maxsize=100)
def _lines_of(form_id: int, revision: int) -> tuple[FormLine, ...]:  # noqa: ARG001 (what it is kept by)
    return tuple(FormLine.objects.using(READER).filter(form=form_id).order_by("position"))


def nation(election: Election) -> Area:
    """Return the area that holds all others."""
    return _nation(election.pk, election.revision)


@lru_cache(maxsize=8)
def _nation(election_id: int, revision: int) -> Area:  # noqa: ARG001 (what it is kept by)
    return Area.objects.using(READER).get(election=election_id, level=AreaLevel.NATION)


def place_of(contest: Contest, code: str) -> Area | Station:
    """Return the area of the contest's election with this code, or the station. Raises NotThere.

    The areas above it come in the same statement.
    """
    if not CODE.fullmatch(code):
        raise NotThere(code)
    areas = Area.objects.using(READER).select_related("parent__parent")
    area = areas.filter(election=contest.election_id, code=code).first()
    return area or _station(contest, code)


def _station(contest: Contest, code: str) -> Station:
    stations = Station.objects.using(READER).select_related("area__parent__parent")
    station = stations.filter(election=contest.election_id, code=code).first()
    if station is None:
        raise NotThere(code)
    return station


def votes_in(contest: Contest, place: Area | Station) -> bool:
    """Say whether the contest is voted in anywhere at or beneath a place."""
    if isinstance(place, Area):
        return _is_voted_in(contest.pk, place.pk, contest.election.revision)
    return ballots_in(contest, place).exists()


@lru_cache(maxsize=20_000)
def _is_voted_in(contest_id: int, area_id: int, revision: int) -> bool:  # noqa: ARG001 (what it is kept by)
    return ballots_in(Contest(id=contest_id), Area.objects.using(READER).get(pk=area_id)).exists()


def expected_beneath(contest: Contest, area: Area) -> Mapping[int, int]:
    """Return how many stations owe a protocol of the contest in each area directly beneath that has any, by its id."""
    return _expected_beneath(contest.pk, area.pk, contest.election.revision)


@lru_cache(maxsize=2_000)
def _expected_beneath(contest_id: int, area_id: int, revision: int) -> Mapping[int, int]:  # noqa: ARG001 (kept by it)
    area = Area.objects.using(READER).get(pk=area_id)
    child = "station__area" if area.level == AreaLevel.REGION else "station__area__parent"
    beneath = ballots_in(Contest(id=contest_id), area).order_by().values_list(child)
    return MappingProxyType(dict(beneath.annotate(owed=Count("pk"))))


def forget_kept() -> None:
    """Read the registry anew from now on."""
    for kept in (
        _choices_of,
        _colours_of_parties,
        _lists_of_parties,
        _lines_of,
        _nation,
        _is_voted_in,
        _expected_beneath,
    ):
        kept.cache_clear()


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
    above = place.area if isinstance(place, Station) else place.parent
    while above is not None:
        path.insert(0, above)
        above = above.parent
    return path


def children_of(contest: Contest, area: Area) -> list[Area]:
    """Return the areas directly beneath in which the contest is voted, in the alphabet of the page's language."""
    voting = expected_beneath(contest, area)
    children = Area.objects.using(READER).filter(pk__in=list(voting)).select_related("outline")
    return sorted(children, key=lambda child: order(child.name, get_language() or "en"))
