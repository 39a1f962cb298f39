"""The drawings of a result page: who sits where, and who leads in which region."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from aggregation.domain.seats import Allocation
from aggregation.selectors import Sum
from results.public.abbreviations import abbreviations
from results.public.hemicycle import Bench, Hemicycle, hemicycle
from results.public.outcome import ChoiceResult, Outcome
from results.public.tile_map import tile_map
from stations.models import Area

# Between the outermost areas and the edge of the drawing.
EDGE = 6


@dataclass(frozen=True)
class SeatsPicture:
    """The seats of each choice that has any, from the left, most first."""

    drawing: Hemicycle
    benches: list[tuple[ChoiceResult, Bench]]
    total: int


@dataclass(frozen=True)
class Tile:
    """An area on the map: as a tile whose corner is at (x, y), or as an outline with its name there.

    Nobody leads where nothing is counted.
    """

    area: Area
    url: str
    short: str
    x: int
    y: int
    sum: Sum
    leader: ChoiceResult | None
    leader_short: str = ""
    outline: str = ""

    @property
    def bar(self) -> str:
        """How long the leader's bar is, in hundredths of a tile."""
        return f"{float((self.leader and self.leader.share) or Fraction(0)) * 100:.0f}"


@dataclass(frozen=True)
class Leader:
    """A choice that leads somewhere: what it is called on the map, and in how many areas it leads."""

    result: ChoiceResult
    short: str
    areas: int


@dataclass(frozen=True)
class MapPicture:
    """Areas where they lie, and who leads in any of them, in most of them first.

    `is_drawn` says that they have outlines and are no tiles. Areas without an outline are on the table alone.
    """

    view_box: str
    is_drawn: bool
    tiles: list[Tile]
    leaders: list[Leader]


def seats_picture(outcome: Outcome, allocation: Allocation | None) -> SeatsPicture | None:
    """Draw the seats of a contest that has several; None for a single one, or while none is allocated."""
    if allocation is None:
        return None
    seated = [row for row in outcome.choices if row.seats]
    total = sum(row.seats or 0 for row in seated)
    drawing = hemicycle([row.seats or 0 for row in seated])
    if drawing is None or total < 2:  # noqa: PLR2004
        return None
    return SeatsPicture(drawing, list(zip(seated, drawing.benches, strict=True)), total)


def map_picture(rows: Sequence[tuple[Area, str, Sum, Outcome]]) -> MapPicture | None:
    """Draw these areas: by their outlines where several have one, or else as tiles if each has a place on the grid."""
    outlined = [row for row in rows if hasattr(row[0], "outline")]
    if len(outlined) > 1:
        return _outlined(outlined)
    drawing = tile_map([(area.tile_x, area.tile_y) for area, *_ in rows])
    if drawing is None:
        return None
    return _picture(rows, drawing.corners, f"0 0 {drawing.width} {drawing.height}", is_drawn=False)


def _outlined(rows: Sequence[tuple[Area, str, Sum, Outcome]]) -> MapPicture:
    boxes = [area.outline.box for area, *_ in rows]
    left, top = (min(box[side] for box in boxes) - EDGE for side in (0, 1))
    right, bottom = (max(box[side] for box in boxes) + EDGE for side in (2, 3))
    labels = [(area.outline.label[0], area.outline.label[1]) for area, *_ in rows]
    return _picture(rows, labels, f"{left} {top} {right - left} {bottom - top}", is_drawn=True)


def _picture(
    rows: Sequence[tuple[Area, str, Sum, Outcome]], places: Sequence[tuple[int, int]], view_box: str, *, is_drawn: bool
) -> MapPicture:
    leads = [next(iter(outcome.leading), None) for *_, outcome in rows]
    leaders = _leaders([leader for leader in leads if leader])
    of_leader = {leader.result.choice.code: leader.short for leader in leaders}
    names = abbreviations([area.name for area, *_ in rows])
    tiles = [
        Tile(
            area=area,
            url=url,
            short=short,
            x=x,
            y=y,
            sum=counted,
            leader=leader,
            leader_short=of_leader[leader.choice.code] if leader else "",
            outline=area.outline.path if is_drawn else "",
        )
        for (area, url, counted, _), short, leader, (x, y) in zip(rows, names, leads, places, strict=True)
    ]
    # In the order in which people read: the keyboard goes through them so.
    return MapPicture(view_box, is_drawn, sorted(tiles, key=lambda tile: (tile.y, tile.x)), leaders)


def _leaders(leads: Sequence[ChoiceResult]) -> list[Leader]:
    areas = Counter(leader.choice.code for leader in leads)
    by_code = {leader.choice.code: leader for leader in leads}
    codes = [code for code, _times in areas.most_common()]
    names = abbreviations([by_code[code].choice.name for code in codes])
    return [Leader(by_code[code], short, areas[code]) for code, short in zip(codes, names, strict=True)]
