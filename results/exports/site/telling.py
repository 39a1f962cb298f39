"""What a page of the static site shows: plain values in one language, for its template."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language

from results.exports import words
from results.exports.model import (
    LANGUAGES,
    ChoiceKind,
    ExportedArea,
    ExportedContest,
    ExportedStation,
    Names,
    StationCounts,
    StationResult,
)
from results.exports.site.drawing import drawn
from results.exports.site.lists import numbers_told, search_told, turnout_told
from results.exports.site.pages import Page, Said, Site, summed
from results.exports.site.paths import CHECK, CONTESTS, SEARCH, TURNOUT, contest_path, place_path
from stations.templatetags import written

VOTES = "votes:"


@dataclass(frozen=True)
class Downloadable:
    """A file of the result that pages link to; `path` is beneath the bundle."""

    path: str
    what: str
    size: int


@dataclass(frozen=True)
class Assets:
    """The style sheets and the script of the site's pages; paths beneath the bundle."""

    styles: str
    colours: str
    search: str


def photograph_path(sha256: str) -> str:
    """Where the copy of a page of a photograph lies beneath the bundle."""
    return f"photographs/{sha256[:2]}/{sha256}.jpg"


def context(site: Site, page: Page, *, downloads: Sequence[Downloadable], assets: Assets) -> dict[str, Any]:
    """Return what the page's template shows in the language that is active."""
    language = get_language() or "en"
    up = "../" * page.depth
    shared = {
        "language": language,
        "up": up,
        "top": f"{up}../../../",
        "styles": f"{up}../../../{assets.styles}",
        "colours": f"{up}../../../{assets.colours}",
        "search_script": f"{up}../../../{assets.search}",
        "languages": [(each, f"{up}../{each}/{page.path}", each == language) for each in LANGUAGES],
        "election": site.result.election.names.in_language(language),
        "issuer": site.result.issuer,
        "label": words.label_of(site.result.snapshot),
        "kind": words.kind_of(site.result.snapshot),
        "is_final": site.result.snapshot.kind == "final",
        "as_of": words.as_of(site.result.snapshot),
        "synthetic": words.synthetic() if site.result.snapshot.synthetic else "",
        "contests_url": up + CONTESTS,
        "search_url": up + SEARCH,
        "check_url": up + CHECK,
        "turnout_url": up + TURNOUT if site.has_turnout else "",
        "pause": site.pause,
    }
    return shared | _Telling(site, page, language, up).told() | {"downloads": downloads}


class _Telling:
    def __init__(self, site: Site, page: Page, language: str, up: str) -> None:
        self._site = site
        self._page = page
        self._language = language
        self._up = up

    def told(self) -> dict[str, Any]:
        page = self._page
        if page.contest is not None:
            return self._contest(page.contest)
        tellers: dict[str, Callable[[], dict[str, Any]]] = {
            "contests.html": lambda: {"rows": [self._row(contest) for contest in self._site.result.contests]},
            "search.html": lambda: search_told(self._site, self._language),
            "numbers.html": lambda: numbers_told(self._site, page, self._language, self._up),
            "turnout.html": lambda: turnout_told(self._site, page, self._language, self._up),
            "check.html": dict,
        }
        return tellers.get(page.template.rpartition("/")[2], lambda: self._place(page))()

    def _place(self, page: Page) -> dict[str, Any]:
        told: dict[str, Any] = {"beneath": [self._beneath(place) for place in page.beneath]}
        if page.place is self._site.nation:
            contests = self._site.national
            return (
                told
                | {"contests": [self._result(contest, contest.total, link=True) for contest in contests]}
                | (drawn(self._site, contests[0], self._up) if contests else {})
            )
        assert page.place is not None  # noqa: S101
        return told | {
            "title": self._named(page.place.names),
            "code": page.place.code,
            "path": self._path(page.place),
            "contests": [self._result(contest, said, link=True) for contest, said in page.said],
        }

    def _contest(self, contest: ExportedContest) -> dict[str, Any]:
        areas = [
            (self._site.areas[tally.area], tally) for tally in contest.tallies if tally.area != self._site.nation.code
        ]
        leading = [_ordered(contest, tally.figures)[:2] for _area, tally in areas]
        return {
            **drawn(self._site, contest, self._up),
            "title": self._named(contest.names),
            "contests": [self._result(contest, contest.total, link=False)],
            "areas": [
                {
                    "name": self._named(area.names),
                    "url": self._up + place_path(area.code),
                    "is_region": area.level == "region",
                    "counts": _counted(tally.stations),
                    "turnout": _turnout(tally.figures),
                    "leading": [self._choice(contest, choice, tally.figures) for choice in two],
                }
                for (area, tally), two in zip(areas, leading, strict=True)
            ],
        }

    def _row(self, contest: ExportedContest) -> dict[str, Any]:
        figures = contest.total.figures
        first = _ordered(contest, figures)[:1] if contest.total.stations.reported else []
        return {
            "name": self._named(contest.names),
            "url": self._up + contest_path(contest.code),
            "counts": _counted(contest.total.stations),
            "first": [self._choice(contest, choice, figures) for choice in first],
        }

    def _result(self, contest: ExportedContest, said: Said, *, link: bool) -> dict[str, Any]:
        figures = said.figures
        is_whole = said is contest.total
        state = said.state if isinstance(said, StationResult) else None
        return {
            "name": self._named(contest.names),
            "url": self._up + contest_path(contest.code) if link else "",
            "state": words.state_words()[state] if state else "",
            "has_figures": bool(figures) and (state is not None or said.stations.reported > 0),  # type: ignore[union-attr]
            "counts": None if isinstance(said, StationResult) else _counted(said.stations),
            "turnout": _turnout(figures),
            "valid": _number(_valid(contest, figures), self._language),
            "choices": [
                self._choice(contest, choice, figures, seats=is_whole) for choice in _ordered(contest, figures)
            ],
            "has_seats": is_whole and contest.seats_by_choice is not None,
            **(self._protocol(contest.code, said.station) if isinstance(said, StationResult) else {}),
            "lines": [
                (self._named(line.names), _number(figures[line.code], self._language))
                for line in contest.lines
                if line.code in figures
            ],
        }

    def _protocol(self, contest: str, station: str) -> dict[str, Any]:
        """Where the log has a protocol, and the pages of its photographs."""
        entry = self._site.beside.entries.get((contest, station))
        return {
            "entry": None if entry is None else _number(entry, self._language),
            "photographs": [
                {
                    "url": f"{self._up}../../../{photograph_path(each.sha256)}",
                    "width": each.width,
                    "height": each.height,
                }
                for each in self._site.beside.photographs.get((contest, station), ())
            ],
        }

    def _choice(
        self, contest: ExportedContest, choice: Any, figures: Mapping[str, int], *, seats: bool = False
    ) -> dict[str, Any]:
        votes = figures.get(VOTES + choice.code, 0)
        valid = _valid(contest, figures)
        given = (contest.seats_by_choice or {}).get(choice.code, 0)
        return {
            "name": words.choice_words(choice, self._language),
            "votes": _number(votes, self._language),
            "share": written.percent(Fraction(votes, valid) if valid else None),
            "seats": (written.NARROW_DASH if choice.kind is ChoiceKind.AGAINST_ALL else str(given)) if seats else "",
        }

    def _beneath(self, place: ExportedArea | ExportedStation) -> dict[str, Any]:
        expected, reported, held, annulled = summed(self._site.said_of(place.code))
        return {
            "name": self._named(place.names),
            "code": place.code,
            "url": self._up + place_path(place.code),
            "is_station": isinstance(place, ExportedStation),
            "counted": f"{_number(reported, self._language)} / {_number(expected, self._language)}",
            "held": held,
            "annulled": annulled,
        }

    def _path(self, place: ExportedArea | ExportedStation) -> list[tuple[str, str]]:
        """The areas above a place with their addresses, the nation first."""
        above: list[tuple[str, str]] = []
        code = place.area if isinstance(place, ExportedStation) else place.parent
        while code is not None:
            area = self._site.areas[code]
            is_nation = area is self._site.nation
            above.insert(0, (self._named(area.names), self._up + ("index.html" if is_nation else place_path(code))))
            code = area.parent
        return above

    def _named(self, names: Names) -> str:
        return names.in_language(self._language)


def _ordered(contest: ExportedContest, figures: Mapping[str, int]) -> list[Any]:
    """Choices by their votes; "against all" last, as on the ballot."""
    return sorted(
        contest.choices,
        key=lambda choice: (choice.kind is ChoiceKind.AGAINST_ALL, -figures.get(VOTES + choice.code, 0)),
    )


def _counted(counts: StationCounts) -> dict[str, Any]:
    share = Fraction(counts.reported, counts.expected) if counts.expected else None
    return {
        "reported": written.number(counts.reported),
        "expected": written.number(counts.expected),
        "share": written.percent(share),
        "held": counts.held,
        "annulled": counts.annulled,
        "complete": counts.complete,
    }


def _turnout(figures: Mapping[str, int]) -> str:
    listed = figures.get("voters_on_list")
    return (
        written.percent(Fraction(figures["ballots_issued"], listed)) if listed and "ballots_issued" in figures else ""
    )


def _valid(contest: ExportedContest, figures: Mapping[str, int]) -> int:
    valid = figures.get("ballots_valid")
    return sum(figures.get(VOTES + choice.code, 0) for choice in contest.choices) if valid is None else valid


@lru_cache(maxsize=20_000)
def _number(value: int, language: str) -> str:  # noqa: ARG001  (the language that is active)
    """Written many thousand times, and mostly small."""
    return written.number(value)
