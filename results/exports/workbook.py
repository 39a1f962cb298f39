"""A workbook as a clerk expects it: a sheet for each level, one place a row, one figure a column.

A contest of the whole country has sheets of its own, with its choices as columns. All other contests share sheets:
there a choice's column carries its number on the ballot, and the sheet "Nation" says who that is. Text is written as
text, whatever it begins with; numbers are numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any
from zoneinfo import ZoneInfo

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from results.exports import words
from results.exports.model import (
    ExportedArea,
    ExportedContest,
    ExportedLine,
    ExportedResult,
    ExportedStation,
    StationCounts,
)

VOTES = "votes:"
ON_LIST = "voters_on_list"
ISSUED = "ballots_issued"
WIDEST = 42
LEVELS = ("region", "district")

Cell = str | int | float | None
Row = Sequence[Cell]


def write(result: ExportedResult, file: IO[bytes], *, language: str) -> None:
    """Write the workbook in kk, ru or en. Same result, same bytes."""
    book = xlsxwriter.Workbook(
        file,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    with override(language), timezone.override(ZoneInfo(result.election.time_zone)):
        _Book(book, result, language).fill()
    book.close()


@dataclass(frozen=True)
class _Group:
    """Contests that share sheets; `title` is added to the sheets' names, "" where it is the only group."""

    contests: tuple[ExportedContest, ...]
    title: str

    @property
    def own_columns(self) -> bool:
        return len(self.contests) == 1


class _Book:
    def __init__(self, book: Any, result: ExportedResult, language: str) -> None:
        self._book = book
        self._result = result
        self._language = language
        self._areas = {area.code: area for area in result.areas}
        self._stations = {station.code: station for station in result.stations}
        self._states = words.state_words()
        self._formats = {
            "head": book.add_format(
                {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E6EBEE"}
            ),
            "number": book.add_format({"num_format": "#,##0"}),
            "share": book.add_format({"num_format": "0.00%"}),
            "title": book.add_format({"bold": True, "font_size": 14}),
            "bold": book.add_format({"bold": True}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        book.set_properties(
            {
                "title": f"{self._said(result.election)}: {words.label_of(result.snapshot)}",
                "author": result.issuer,
                "comments": words.as_of(result.snapshot),
                "created": result.snapshot.made_at.replace(tzinfo=None),
            }
        )

    def fill(self) -> None:
        self._notes()
        self._contests()
        self._votes()
        for group in self._groups():
            for level, title in zip(LEVELS, (_("Regions"), _("Districts")), strict=True):
                self._places(title + group.title, group, self._area_rows(group, level), of_stations=False)
            if any(contest.stations for contest in group.contests):
                self._places(_("Stations") + group.title, group, self._station_rows(group), of_stations=True)

    def _groups(self) -> Iterator[_Group]:
        contests = self._result.contests
        if len(contests) == 1:
            yield _Group(contests, "")
            return
        nation = next(area.code for area in self._result.areas if area.parent is None)
        national = [contest for contest in contests if contest.electorate == nation]
        for number, contest in enumerate(national, start=1):
            yield _Group((contest,), f" {number}")
        others = tuple(contest for contest in contests if contest.electorate != nation)
        if others:
            yield _Group(others, " " + _("(others)") if national else "")

    def _notes(self) -> None:
        result, snapshot = self._result, self._result.snapshot
        sheet = self._book.add_worksheet(_("Notes"))
        sheet.set_column(0, 0, 32)
        sheet.set_column(1, 1, 90)
        rows: list[tuple[str, str]] = [
            (_("Election"), self._said(result.election)),
            (_("What this is"), f"{words.label_of(snapshot)}. {words.kind_of(snapshot)}."),
            (_("As of"), words.as_of(snapshot)),
            (_("Given out by"), result.issuer),
        ]
        if snapshot.training:
            rows.append((_("Training"), words.training()))
        if snapshot.synthetic:
            rows.append((_("Synthetic"), words.synthetic()))
        if snapshot.as_of:
            rows.append((_("Root of the log's tree"), snapshot.as_of.root))
        rows += [
            (_("Percentages"), _("Votes are percentages of valid ballots, those against all included.")),
            (_("Turnout"), _("Voters who received a ballot, of the voters on the list.")),
            (_("Empty cells"), _("The protocol is not in force, or its form has no such line.")),
        ]
        if any(not group.own_columns for group in self._groups()):
            rows.append(
                (_("Numbered votes"), _("A number is the choice's place on the ballot: see the sheet “Nation”."))
            )
        for group in self._groups():
            if group.title:
                told = self._said(group.contests[0]) if group.own_columns else _("All other contests")
                rows.append((_("Sheets “%(sign)s”") % {"sign": group.title.strip()}, told))
        sheet.write_string(0, 0, self._said(result.election), self._formats["title"])
        for number, (name, text) in enumerate(rows, start=2):
            sheet.write_string(number, 0, name, self._formats["bold"])
            sheet.write_string(number, 1, text, self._formats["wrap"])

    def _contests(self) -> None:
        head = [_("Contest"), _("Name"), *_counted_heads(), _("Turnout"), _("Valid ballots"), _("Seats"), _("First")]
        shares = {len(head) - 4}
        self._sheet(_("Contests"), head, (self._contest_row(contest) for contest in self._result.contests), shares)

    def _contest_row(self, contest: ExportedContest) -> Row:
        figures = contest.total.figures
        leading = max(contest.choices, key=lambda choice: figures.get(VOTES + choice.code, 0), default=None)
        votes = figures.get(VOTES + leading.code, 0) if leading else 0
        return (
            contest.code,
            self._said(contest),
            *_counted(contest.total.stations),
            _turnout(figures),
            _valid(contest, figures),
            contest.seats,
            words.choice_words(leading, self._language) if leading and votes else "",
        )

    def _votes(self) -> None:
        """The national result: the lines of each contest's protocol, then its choices."""
        head = [
            _("Contest"),
            _("Name"),
            _("Number"),
            _("Line or choice"),
            _("Figure"),
            _("Of valid ballots"),
            _("Seats"),
        ]
        self._sheet(_("Nation"), head, self._vote_rows(), {5})

    def _vote_rows(self) -> Iterator[Row]:
        for contest in self._result.contests:
            figures = contest.total.figures
            code, name = contest.code, self._said(contest)
            for line in contest.lines:
                yield code, name, None, self._said(line), figures.get(line.code), None, None
            valid = _valid(contest, figures)
            for number, choice in enumerate(contest.choices, start=1):
                votes = figures.get(VOTES + choice.code, 0)
                seats = (contest.seats_by_choice or {}).get(choice.code)
                said = words.choice_words(choice, self._language)
                yield code, name, number, said, votes, votes / valid if valid else None, seats

    def _places(self, title: str, group: _Group, rows: Iterable[Row], *, of_stations: bool) -> None:
        state = [_("Protocol"), _("Registered voters")] if of_stations else _counted_heads()
        contest = [] if group.own_columns else [_("Contest"), _("Contest's name")]
        above = [_("Region"), _("District")] if of_stations else [_("Region")]
        head = [*contest, _("Code"), _("Name"), *above, *state, _("Turnout")]
        head += [self._said(line) for line in _lines(group)] + self._choice_heads(group)
        self._sheet(title, head, rows, {len(contest) + 2 + len(above) + len(state)})

    def _choice_heads(self, group: _Group) -> list[str]:
        if group.own_columns:
            return [words.choice_words(choice, self._language) for choice in group.contests[0].choices]
        most = max(len(contest.choices) for contest in group.contests)
        return [_("Votes: number %(number)d") % {"number": number} for number in range(1, most + 1)]

    def _area_rows(self, group: _Group, level: str) -> Iterator[Row]:
        lines = _lines(group)
        for contest in group.contests:
            for tally in contest.tallies:
                area = self._areas[tally.area]
                if area.level == level:
                    place = (area.code, self._said(area), self._region(area), *_counted(tally.stations))
                    yield (*self._contest(group, contest), *place, *_figures(contest, lines, tally.figures))

    def _station_rows(self, group: _Group) -> Iterator[Row]:
        lines = _lines(group)
        names = {code: self._said(station) for code, station in self._stations.items()}
        above = {code: (self._region(area), self._said(area)) for code, area in self._areas.items()}
        for contest in group.contests:
            head = self._contest(group, contest)
            for result in contest.stations:
                station = self._stations[result.station]
                place = (station.code, names[station.code], *above[station.area], self._states[result.state])
                figures = _figures(contest, lines, result.figures) if result.figures else ()
                yield (*head, *place, station.registered_voters, *figures)

    def _contest(self, group: _Group, contest: ExportedContest) -> tuple[str, ...]:
        return () if group.own_columns else (contest.code, self._said(contest))

    def _region(self, area: ExportedArea) -> str:
        """The name of the region that an area lies in, or is."""
        while area.level != "region" and area.parent is not None:
            area = self._areas[area.parent]
        return self._said(area)

    def _said(self, named: ExportedArea | ExportedStation | ExportedContest | ExportedLine | Any) -> str:
        return str(named.names.in_language(self._language))

    def _sheet(self, title: str, head: Sequence[str], rows: Iterable[Row], shares: set[int]) -> None:
        """Write a sheet with a frozen header that filters. Rows go to the disk as they come."""
        sheet = self._book.add_worksheet(title[:31])
        for column, text in enumerate(head):
            share = column in shares
            width = min(WIDEST, max(11, len(text) * 0.6 if len(text) > 20 else len(text) + 2))  # noqa: PLR2004
            if text in (_("Name"), _("Contest's name"), _("Line or choice"), _("First"), _("Region"), _("District")):
                width = 30
            sheet.set_column(column, column, width, self._formats["share" if share else "number"])
            sheet.write_string(0, column, text, self._formats["head"])
        sheet.freeze_panes(1, 2)
        if self._result.snapshot.training:
            # On every printed page of it.
            sheet.set_header(f"&C&B{words.training()}")
        last = 0
        for last, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                if value is None:
                    continue
                if isinstance(value, str):
                    sheet.write_string(last, column, value)
                else:
                    sheet.write_number(last, column, value)
        sheet.autofilter(0, 0, last, len(head) - 1)


def _lines(group: _Group) -> list[ExportedLine]:
    """The lines of the contests' forms, each once, in the order of the first form that has it."""
    lines: dict[str, ExportedLine] = {}
    for contest in group.contests:
        for line in contest.lines:
            lines.setdefault(line.code, line)
    return list(lines.values())


def _figures(contest: ExportedContest, lines: Sequence[ExportedLine], figures: Mapping[str, int]) -> Iterator[Cell]:
    yield _turnout(figures)
    for line in lines:
        yield figures.get(line.code)
    for choice in contest.choices:
        yield figures.get(VOTES + choice.code)


def _counted_heads() -> list[str]:
    return [_("Stations expected"), _("Stations counted"), _("Held"), _("Annulled")]


def _counted(counts: StationCounts) -> tuple[int, int, int, int]:
    return counts.expected, counts.reported, counts.held, counts.annulled


def _turnout(figures: Mapping[str, int]) -> float | None:
    listed = figures.get(ON_LIST)
    return figures[ISSUED] / listed if listed and ISSUED in figures else None


def _valid(contest: ExportedContest, figures: Mapping[str, int]) -> int:
    """Valid ballots, those against all included: the base of every percentage."""
    valid = figures.get("ballots_valid")
    return sum(figures.get(VOTES + choice.code, 0) for choice in contest.choices) if valid is None else valid
