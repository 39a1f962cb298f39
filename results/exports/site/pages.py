"""Which pages a result has, what each tells, and on what it depends.

A page names the contests of one place, or the places of one contest. Addresses are those of files, and links between
them lead from file to file, so that the site works beneath any address, and from a disk.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson

from results.exports.model import (
    AreaTally,
    ExportedArea,
    ExportedContest,
    ExportedResult,
    ExportedStation,
    SnapshotKind,
    StationResult,
)
from results.exports.site.beside import Beside
from results.exports.site.finding import SearchFiles, search_files
from results.exports.site.paths import (
    CHECK,
    CONTESTS,
    FRONT,
    SEARCH,
    TURNOUT,
    contest_path,
    numbers_path,
    place_path,
    turnout_path,
)
from results.public.search import Index

Said = AreaTally | StationResult


@dataclass(frozen=True)
class Page:
    """A page of the site, in whichever language.

    `path` is beneath the folder of the language; `depends` is the hash of all that it tells but the name of the
    snapshot. `place`, or `contest`, is what it is about; neither is the front page's, or the list's.
    """

    path: str
    template: str
    depends: str
    place: ExportedArea | ExportedStation | None = None
    contest: ExportedContest | None = None
    said: Sequence[tuple[ExportedContest, Said]] = ()
    beneath: Sequence[ExportedArea | ExportedStation] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        """How many folders lie between the page and the folder of the language."""
        return self.path.count("/")


class Site:
    """The pages of one result. `build` stands for templates and styles: another one makes every page anew.

    `pause` is the event by which publication was paused, None while it is not; `beside` is what is told beside the
    figures, and `index` all that can be found.
    """

    def __init__(
        self, result: ExportedResult, *, build: str, beside: Beside, index: Index, pause: int | None = None
    ) -> None:
        self.result = result
        self.pause = pause
        self.beside = beside
        self._build = build
        self.areas = {area.code: area for area in result.areas}
        self.stations = {station.code: station for station in result.stations}
        self.nation = next(area for area in result.areas if area.parent is None)
        self._said: dict[str, list[tuple[ExportedContest, Said]]] = defaultdict(list)
        self._areas_beneath: dict[str, list[ExportedArea]] = defaultdict(list)
        self._stations_beneath: dict[str, list[ExportedStation]] = defaultdict(list)
        for contest in result.contests:
            self._tell(contest)
        for area in result.areas:
            if area.parent is not None:
                self._areas_beneath[area.parent].append(area)
        for station in result.stations:
            self._stations_beneath[station.area].append(station)
        self.search: SearchFiles = search_files(index, self._known())

    def pages(self) -> Iterator[Page]:
        """Yield every page, those that others lead to first."""
        for station in self.result.stations:
            yield self._place(station, "station.html", ())
        for area in reversed(self.result.areas):
            if area is not self.nation:
                beneath = self._areas_beneath[area.code] or self._stations_beneath[area.code]
                yield self._place(area, "area.html", beneath)
        for contest in self.result.contests:
            yield self._contest(contest)
        yield Page(CONTESTS, "results/static/contests.html", self._hash("contests", *self._sums(self.result.contests)))
        yield from self._turnout()
        for region in self.regions:
            beneath = self._areas_beneath[region.code]
            yield Page(
                numbers_path(region.code),
                "results/static/numbers.html",
                self._hash("numbers", [repr(station) for area in beneath for station in self.stations_of(area)]),
                place=region,
                beneath=beneath,
            )
        yield Page(CHECK, "results/static/check.html", self._hash("check"))
        depends = self._hash("search", self.search.folder, [area.code for area in self.regions])
        yield Page(SEARCH, "results/static/search.html", depends, beneath=self.regions)
        yield self._front()

    @property
    def count(self) -> int:
        """How many pages there are in each language."""
        turnout = len(self.regions) + 1 if self.has_turnout else 0
        places = len(self.result.stations) + len(self.result.areas) - 1
        # The front page, the list of contests, the search, and how to check.
        return places + len(self.result.contests) + turnout + len(self.regions) + 4

    def said_of(self, code: str) -> Sequence[tuple[ExportedContest, Said]]:
        """What each contest says of a place."""
        return self._said[code]

    @property
    def regions(self) -> Sequence[ExportedArea]:
        return self._areas_beneath[self.nation.code]

    def areas_of(self, region: ExportedArea) -> Sequence[ExportedArea]:
        return self._areas_beneath[region.code]

    def stations_of(self, district: ExportedArea) -> Sequence[ExportedStation]:
        return self._stations_beneath[district.code]

    def expected_stations(self, code: str) -> int:
        """How many stations lie in an area."""
        return len(self._stations_beneath[code]) + sum(
            self.expected_stations(area.code) for area in self._areas_beneath[code]
        )

    @property
    def has_turnout(self) -> bool:
        """Whether anybody has reported turnout through the day."""
        return self.nation.code in self.beside.hours

    @cached_property
    def national(self) -> list[ExportedContest]:
        """The contests in which the whole country votes."""
        return [contest for contest in self.result.contests if contest.electorate == self.nation.code]

    @cached_property
    def _everywhere(self) -> str:
        """The hash of what every page may tell: names, what the result is, and how pages are made."""
        result = self.result
        final = result.snapshot.kind is SnapshotKind.FINAL
        digest = hashlib.sha256(f"{self._build} {final} {result.snapshot.synthetic} {result.issuer}".encode())
        digest.update(repr((result.election, result.areas)).encode())
        for contest in result.contests:
            digest.update(repr((contest.code, contest.names, contest.choices, contest.lines, contest.seats)).encode())
        return digest.hexdigest()

    def _tell(self, contest: ExportedContest) -> None:
        districts = sum(self.areas[tally.area].level == "district" for tally in contest.tallies)
        for tally in contest.tallies:
            # What happens in one district is told there, not once more in its region.
            if districts > 1 or self.areas[tally.area].level == "district":
                self._said[tally.area].append((contest, tally))
        for station in contest.stations:
            self._said[station.station].append((contest, station))

    def _place(
        self,
        place: ExportedArea | ExportedStation,
        template: str,
        beneath: Sequence[ExportedArea | ExportedStation],
    ) -> Page:
        said = self._said[place.code]
        parts = [(contest.code, _values(told), *self._of_protocol(contest.code, place.code)) for contest, told in said]
        counted = [self._counted(each.code) for each in beneath]
        depends = self._hash(repr(place), parts, counted, [repr(each) for each in beneath])
        return Page(
            place_path(place.code), f"results/static/{template}", depends, place=place, said=said, beneath=beneath
        )

    def _of_protocol(self, contest: str, place: str) -> tuple[int | None, list[str]]:
        """Where the log has a protocol, and what its photographs are."""
        pictures = self.beside.photographs.get((contest, place), ())
        return self.beside.entries.get((contest, place)), [picture.sha256 for picture in pictures]

    def _known(self) -> set[str]:
        """The pages that a search can lead to."""
        contests = {contest_path(contest.code) for contest in self.result.contests}
        areas = {place_path(area.code) for area in self.result.areas if area is not self.nation}
        return contests | areas | {place_path(station.code) for station in self.result.stations}

    def _turnout(self) -> Iterator[Page]:
        if not self.has_turnout:
            return
        template = "results/static/turnout.html"
        for area in (*self.regions, self.nation):
            path = TURNOUT if area is self.nation else turnout_path(area.code)
            beneath = self._areas_beneath[area.code]
            hours = [[repr(hour) for hour in self.beside.hours.get(each.code, ())] for each in (area, *beneath)]
            said = [_values(told) for each in beneath for told in self.national_of(each.code)]
            yield Page(path, template, self._hash("turnout", area.code, hours, said), place=area, beneath=beneath)

    def national_of(self, code: str) -> list[Said]:
        """What the first contest of the whole country says of a place."""
        first = self.national[0].code if self.national else None
        return [told for contest, told in self._said[code] if contest.code == first]

    def _contest(self, contest: ExportedContest) -> Page:
        revision = self.beside.revision
        depends = self._hash(
            contest.code, revision, *self._sums([contest]), [_values(tally) for tally in contest.tallies]
        )
        return Page(contest_path(contest.code), "results/static/contest.html", depends, contest=contest)

    def _front(self) -> Page:
        regions = self._areas_beneath[self.nation.code]
        counted = [self._counted(area.code) for area in regions]
        # The front page says which result is the newest: it changes with every one.
        said = [self.result.snapshot.label, self.pause, self.beside.revision, self.has_turnout, self.search.folder]
        drawn = [_values(tally) for contest in self.national[:1] for tally in contest.tallies]
        depends = self._hash("front", said, *self._sums(self.national), counted, drawn)
        return Page(FRONT, "results/static/front.html", depends, place=self.nation, beneath=regions)

    def _sums(self, contests: Sequence[ExportedContest]) -> list[Any]:
        return [[contest.code, _values(contest.total), contest.seats_by_choice] for contest in contests]

    def _counted(self, code: str) -> list[Any]:
        """What a list tells of a place beneath: how many protocols it owes, and what became of them."""
        return [code, *summed(self._said[code])]

    def _hash(self, *parts: Any) -> str:
        return hashlib.sha256(self._everywhere.encode() + orjson.dumps(parts)).hexdigest()


def summed(said: Sequence[tuple[ExportedContest, Said]]) -> tuple[int, int, int, int]:
    """Protocols of all contests in a place: expected, in force, held, annulled."""
    counts = [_counts(told) for _contest, told in said]
    return (
        sum(count.expected for count in counts),
        sum(count.reported for count in counts),
        sum(count.held for count in counts),
        sum(count.annulled for count in counts),
    )


def _counts(told: Said) -> Any:
    return told.counts if isinstance(told, StationResult) else told.stations


def _values(told: Said) -> list[Any]:
    if isinstance(told, StationResult):
        return [told.station, told.state, list(told.figures.values())]
    counts = told.stations
    values = list(told.figures.values())
    return [told.area, counts.expected, counts.reported, counts.held, counts.annulled, values]
