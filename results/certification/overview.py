"""How far a country is with establishing its results: by region, or by district within one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from results.certification.domain.levels import Cell, Level
from results.certification.plan import Plan, plan_of
from results.certification.selectors import CellSeen, Stage, seen
from stations.models import Area, AreaLevel, Contest, Election


@dataclass
class Progress:
    """How many results are established of how many, and how far the others are. `withdrawn` are among the others."""

    expected: int = 0
    certified: int = 0
    proposed: int = 0
    ready: int = 0
    withdrawn: int = 0
    late: int = 0

    def take(self, each: CellSeen, now: datetime) -> None:
        self.expected += 1
        self.certified += each.stage is Stage.CERTIFIED
        self.proposed += each.stage is Stage.PROPOSED
        self.ready += each.stage is Stage.READY
        self.withdrawn += each.was_withdrawn
        self.late += each.is_late(now)


@dataclass(frozen=True)
class Line:
    """An area with what is established in it, level by level."""

    area: Area
    districts: Progress = field(default_factory=Progress)
    constituencies: Progress = field(default_factory=Progress)
    region: Progress = field(default_factory=Progress)
    late: int = 0


@dataclass(frozen=True)
class Waiting:
    """A result that is not established: which, where, and how far it is."""

    contest: Contest
    area: Area
    seen: CellSeen
    late: bool


@dataclass(frozen=True)
class Overview:
    """`lines` by area; `last` counts the contests whose result is established; `waiting` lists what is open."""

    lines: list[Line]
    levels: dict[Level, Progress]
    last: Progress
    waiting: list[Waiting]
    waiting_more: int


MOST_WAITING = 100


def overview_of(election: Election, *, region: Area | None, now: datetime) -> Overview:
    """Return how far the country, or a region's districts, are. A number of statements that does not grow."""
    plan = plan_of(election)
    cells = [cell for cell in plan.cells.values() if region is None or _lies_in(cell, region.pk, plan)]
    looked_at = seen(election, cells, plan)
    lines: dict[int, Line] = {}
    levels: dict[Level, Progress] = defaultdict(Progress)
    last = Progress()
    areas = {area.pk: area for area in Area.objects.filter(election=election).order_by("position")}
    for each in looked_at:
        levels[each.cell.level].take(each, now)
        if each.cell.is_last:
            last.take(each, now)
        for area in _shown_under(each.cell, plan, region):
            line = lines.setdefault(area, Line(areas[area]))
            _of_level(line, each.cell.level).take(each, now)
    waiting = [each for each in looked_at if not each.is_certified]
    waiting.sort(key=lambda each: (not each.was_withdrawn, -_ORDER.index(each.stage), each.cell.contest))
    contests = Contest.objects.in_bulk({each.cell.contest for each in waiting[:MOST_WAITING]})
    level = AreaLevel.DISTRICT if region else AreaLevel.REGION
    return Overview(
        [lines[pk] for pk, area in areas.items() if pk in lines and area.level == level],
        {level: levels[level] for level in Level if level in levels},
        last,
        [
            Waiting(contests[each.cell.contest], areas[each.cell.area], each, each.is_late(now))
            for each in waiting[:MOST_WAITING]
        ],
        max(0, len(waiting) - MOST_WAITING),
    )


_ORDER = [Stage.NOT_READY, Stage.READY, Stage.PROPOSED, Stage.CERTIFIED]


def _lies_in(cell: Cell, region: int, plan: Plan) -> bool:
    return cell.level is not Level.NATION and region in _regions(cell, plan)


def _regions(cell: Cell, plan: Plan) -> set[int]:
    return {plan.country.region_of[district] for district in plan.districts_of(cell)}


def _shown_under(cell: Cell, plan: Plan, region: Area | None) -> Iterable[int]:
    """The areas whose line counts a cell: the regions it lies in, or within one region its districts."""
    if cell.level is Level.NATION:
        return ()
    if region is None:
        return _regions(cell, plan)
    if cell.level is Level.REGION:
        return ()
    return [district for district in plan.districts_of(cell) if plan.country.region_of[district] == region.pk]


def _of_level(line: Line, level: Level) -> Progress:
    return {Level.DISTRICT: line.districts, Level.CONSTITUENCY: line.constituencies}.get(level, line.region)
