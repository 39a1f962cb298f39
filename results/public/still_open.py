"""What can still change: bounds on seats and winners from the votes that are not counted, and where those are.

A station that is out can bring any number of valid votes up to its register, for any choices. That holds for one that
is held too: what its paper says is nobody's knowledge until a commission decides, and the decision may be to enter it
anew. Stations whose counted result may still be changed are told apart, in a second bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.paginator import Page

from aggregation.domain.bounds import Bounds, SeatRange, bounds, votes_that_change_nothing
from aggregation.selectors import (
    Counted,
    OutStation,
    Questioned,
    counted_votes,
    out_stations,
    questioned_stations,
)
from results.public.ground import READER, Ground, NotThere
from results.public.links import Links
from results.public.registry import choices_of, contest_of
from results.public.showing import Basis, Status
from results.publication.computing import rules_of, votes_of
from stations.models import Choice, Contest

MOST_STATIONS = 100


@dataclass(frozen=True)
class RangeRow:
    """A list's or candidate's seats now, and the least and most that it can still have."""

    choice: Choice
    range: SeatRange


@dataclass(frozen=True)
class StationRow:
    """A station that is out; `alone` says that its votes by themselves might change a seat."""

    out: OutStation
    url: str
    alone: bool


@dataclass(frozen=True)
class QuestionedRow:
    """A station whose counted result may still be changed."""

    questioned: Questioned
    url: str


@dataclass(frozen=True)
class ConstituencyRow:
    """A contest of candidates: who leads by how much, and how many votes are open.

    `decided` says that the one who leads has won whatever the open votes are, by the stations' registers.
    """

    contest: Contest
    url: str
    first: Choice | None
    second: Choice | None
    margin: int
    counted: Counted

    @property
    def decided(self) -> bool:
        """Whether no open vote can change who has most votes, nor make it a tie."""
        if self.first is None or self.counted.unregistered:
            return False
        return self.second is None or self.margin > self.counted.voters

    @property
    def slack(self) -> int:
        """How many votes the margin is larger than what is open; below zero where it is open."""
        return self.margin - self.counted.voters


def still_open_page(ground: Ground, frame: dict[str, Any], links: Links) -> dict[str, Any]:
    """Tell what can still change in the ground's contest. Raises NotThere for a contest without seats."""
    contest = contest_of(ground.contest_id)
    if not contest.seats:
        raise NotThere(contest.code)
    if ground.basis is None:
        return frame
    choices = choices_of(contest)
    counted = counted_votes([contest.pk], size=ground.basis.size, using=READER)[contest.pk]
    votes = votes_of(choices, counted.figures)
    found = bounds(votes=votes, open_votes=counted.voters, **rules_of(contest))
    harmless = votes_that_change_nothing(votes=votes, open_votes=counted.voters, **rules_of(contest))
    out = out_stations(contest.pk, size=ground.basis.size, most=MOST_STATIONS, using=READER)
    return frame | {
        "counted": counted,
        "bounds": found,
        "rows": _ranges(found, choices),
        "harmless": harmless,
        "in_threshold": [row for row in _ranges(found, choices) if row.range.threshold_is_open],
        "stations": [_out_row(contest, station, harmless, links) for station in out],
        "more_stations": counted.out - len(out),
        "certain": found.is_settled and not counted.unregistered,
        # What was published stays as it was: what is asked today is no part of it.
        **(_questioned(contest, choices, counted, links) if ground.basis.status is Status.LIVE else {}),
    }


def _ranges(found: Bounds, choices: Sequence[Choice]) -> list[RangeRow]:
    by_code = {choice.code: choice for choice in choices}
    return [RangeRow(by_code[each.choice], each) for each in found.ranges]


def _out_row(contest: Contest, out: OutStation, harmless: int | None, links: Links) -> StationRow:
    voters = out.station.registered_voters
    alone = harmless is None or voters == 0 or voters > harmless
    return StationRow(out, links.place(contest.code, out.station.code), alone)


def _questioned(
    contest: Contest,
    choices: Sequence[Choice],
    counted: Counted,
    links: Links,
) -> dict[str, Any]:
    """Tell what could change if results in question were changed too."""
    questioned = questioned_stations(contest.pk, using=READER)
    if not questioned:
        return {}
    less = [
        replace(choice, votes=choice.votes - sum(station.votes.get(choice.code, 0) for station in questioned))
        for choice in votes_of(list(choices), counted.figures)
    ]
    also_open = sum(station.voters for station in questioned)
    found = bounds(votes=less, open_votes=counted.voters + also_open, **rules_of(contest))
    return {
        "questioned": [
            QuestionedRow(station, links.place(contest.code, station.station.code)) for station in questioned
        ],
        "questioned_voters": also_open,
        "wider": found,
        "wider_rows": _ranges(found, choices),
    }


def constituencies(contests: Sequence[Contest], basis: Basis, links: Links) -> list[ConstituencyRow]:
    """Return the contests of candidates, those first in which an open vote may decide, the closest first."""
    counted = counted_votes([contest.pk for contest in contests], size=basis.size, using=READER)
    choices: dict[int, list[Choice]] = {contest.pk: [] for contest in contests}
    for choice in Choice.objects.using(READER).filter(contest__in=contests).order_by("position"):
        choices[choice.contest_id].append(choice)
    rows = [
        _constituency(contest, choices[contest.pk], counted[contest.pk], links)
        for contest in contests
        if contest.pk in counted
    ]
    return sorted(rows, key=lambda row: (row.decided, row.slack, row.contest.position))


def _constituency(contest: Contest, choices: Sequence[Choice], counted: Counted, links: Links) -> ConstituencyRow:
    by_code = {choice.code: choice for choice in choices}
    votes = [choice for choice in votes_of(list(choices), counted.figures) if not choice.against_all]
    ranked = sorted(votes, key=lambda choice: -choice.votes)
    first = ranked[0] if ranked and ranked[0].votes else None
    second = ranked[1] if first and len(ranked) > 1 else None
    return ConstituencyRow(
        contest=contest,
        url=links.still_open(contest.code),
        first=by_code[first.code] if first else None,
        second=by_code[second.code] if second else None,
        margin=(first.votes if first else 0) - (second.votes if second else 0),
        counted=counted,
    )


def constituencies_page(page: Page[ConstituencyRow], rows: Sequence[ConstituencyRow]) -> dict[str, Any]:
    """Tell a page of the list of constituencies."""
    return {"page": page, "rows": page.object_list, "open": sum(not row.decided for row in rows), "all": len(rows)}
