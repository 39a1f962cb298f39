"""Search: a station by its number or address, a district, a constituency, a candidate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import Min
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.access import public
from results.public.finding import LONGEST_WORDS, Entry, Kind, find, words_of
from results.public.ground import READER, Ground, NotThere, ground_of
from results.public.kept_pages import PRESENT, answer
from results.public.links import Links
from results.public.pages import rendered
from stations.models import Area, AreaLevel, Ballot, Candidate, Choice, Contest, Election, Station

_LANGUAGES = ("en", "kk", "ru")
_NOTHING = ("", "", "")


@dataclass(frozen=True)
class Row:
    """What is shown of an entry, in each language, and where it leads: a contest, and a place of it."""

    names: tuple[str, ...]
    details: tuple[str, ...]
    contest: str
    place: str = ""


# What is read of each entry: its kind, its code, its row, and words beside its names.
Told = tuple[Kind, str, Row, tuple[str, ...]]


@dataclass(frozen=True)
class Index:
    """All that can be found in an election, as it is after so many amendments."""

    entries: tuple[Entry, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Hit:
    """An entry as the page shows it."""

    name: str
    detail: str
    code: str
    url: str


@public
@require_safe
def search(request: HttpRequest) -> HttpResponseBase:
    """`/search/?q=…`"""
    try:
        ground = ground_of(None, timezone.now())
    except NotThere:
        raise Http404 from None
    asked = " ".join(request.GET.get("q", "").replace("\x00", "")[:LONGEST_WORDS].split())
    election = Election.objects.using(READER).get(pk=ground.election_id)
    index = index_of(election.pk, election.revision)
    station = _station(index, asked)
    if station:
        return HttpResponseRedirect(station)
    key = ("search", get_language(), asked.lower(), election.pk, election.revision)
    return answer(
        request,
        key,
        lambda: rendered(request, "results/search.html", _told(ground, election, index, asked)),
        seconds=PRESENT,
    )


def _station(index: Index, asked: str) -> str:
    """The page of the station whose number this is; empty for none."""
    code = asked.lower()
    stations = (entry for entry in index.entries if entry.kind is Kind.STATION and entry.code.lower() == code)
    found = next(stations, None)
    return _url(index.rows[found.row]) if found else ""


def _told(ground: Ground, election: Election, index: Index, asked: str) -> dict[str, Any]:
    here = _LANGUAGES.index(language) if (language := get_language() or "en") in _LANGUAGES else 0
    return {
        "ground": ground,
        "election": election,
        "asked": asked,
        "found": [
            (found.kind, found.count, [_hit(entry, index.rows[entry.row], here) for entry in found.entries])
            for found in find(index.entries, asked)
        ],
    }


def _hit(entry: Entry, row: Row, here: int) -> Hit:
    return Hit(row.names[here], row.details[here], entry.code, _url(row))


def _url(row: Row) -> str:
    return Links().place(row.contest, row.place) if row.place else Links().contest(row.contest)


@lru_cache(maxsize=2)
def index_of(election_id: int, revision: int) -> Index:  # noqa: ARG001 (what it is kept by)
    """Read everything that can be found in an election. Kept in the process until the election is amended."""
    rows: list[Row] = []
    entries: list[Entry] = []
    for kind, code, row, more in _everything(election_id):
        entries.append(Entry(kind, code, words_of(code, *row.names, *more), len(rows)))
        rows.append(row)
    return Index(tuple(entries), tuple(rows))


def _everything(election_id: int) -> Iterator[Told]:
    contests = dict(Contest.objects.using(READER).filter(election=election_id).values_list("position", "code"))
    ballots = Ballot.objects.using(READER).filter(contest__election=election_id)
    first = dict(ballots.values_list("station_id").annotate(Min("contest__position")))
    yield from _stations(election_id, contests, first)
    yield from _areas(election_id, contests, first)
    yield from _contests(election_id)
    yield from _candidates(election_id)


def _stations(election_id: int, contests: dict[int, str], first: dict[int, int]) -> Iterator[Told]:
    stations = Station.objects.using(READER).filter(election=election_id).order_by("code")
    for pk, code, *texts in stations.values_list(
        "pk", "code", *_in_each("name"), *_in_each("address"), *_in_each("area__name")
    ):
        if pk in first:
            names, addresses, districts = tuple(texts[:3]), tuple(texts[3:6]), tuple(texts[6:])
            details = tuple(", ".join(filter(None, each)) for each in zip(districts, addresses, strict=True))
            yield Kind.STATION, code, Row(names, details, contests[first[pk]], code), (*addresses, *districts)


def _areas(election_id: int, contests: dict[int, str], first: dict[int, int]) -> Iterator[Told]:
    voting: dict[int, int] = {}
    stations = Station.objects.using(READER).filter(election=election_id).values_list("pk", "area", "area__parent")
    for pk, *above in stations:
        for area_id in above if pk in first else ():
            if area_id is not None:
                voting[area_id] = min(first[pk], voting.get(area_id, first[pk]))
    areas = Area.objects.using(READER).filter(election=election_id, parent__isnull=False).order_by("position")
    for pk, code, level, *texts in areas.values_list(
        "pk", "code", "parent__level", *_in_each("name"), *_in_each("parent__name")
    ):
        if pk in voting:
            details = _NOTHING if level == AreaLevel.NATION else tuple(texts[3:])
            yield Kind.AREA, code, Row(tuple(texts[:3]), details, contests[voting[pk]], code), ()


def _contests(election_id: int) -> Iterator[Told]:
    contests = Contest.objects.using(READER).filter(election=election_id).order_by("position")
    for code, *names in contests.values_list("code", *_in_each("name")):
        yield Kind.CONTEST, code, Row(tuple(names), _NOTHING, code), ()


def _candidates(election_id: int) -> Iterator[Told]:
    choices = Choice.objects.using(READER).filter(contest__election=election_id, kind=Choice.Kind.CANDIDATE)
    for contest, party, *texts in choices.order_by("contest__position", "position").values_list(
        "contest__code", "party", *_in_each("name"), *_in_each("contest__name")
    ):
        yield Kind.CANDIDATE, "", Row(tuple(texts[:3]), tuple(texts[3:]), contest), (party,)
    people = Candidate.objects.using(READER).filter(choice__contest__election=election_id)
    for contest, *texts in people.order_by("choice__contest__position", "choice_id", "position").values_list(
        "choice__contest__code", *_in_each("name"), *_in_each("choice__name"), *_in_each("choice__contest__name")
    ):
        details = tuple(", ".join(each) for each in zip(texts[3:6], texts[6:], strict=True))
        yield Kind.CANDIDATE, "", Row(tuple(texts[:3]), details, contest), ()


def _in_each(field: str) -> tuple[str, ...]:
    return tuple(f"{field}_{language}" for language in _LANGUAGES)
