"""A curve of shares over the hours of a day, as points of a drawing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 52, 24, 28, 34
TENTH = Fraction(1, 10)


@dataclass(frozen=True)
class Point:
    """An hour that was reported, and where it stands in the drawing."""

    x: int
    y: int
    hour: str
    share: Fraction


@dataclass(frozen=True)
class Tick:
    """A line of the scale: where it stands, and what it says."""

    at: int
    share: Fraction


@dataclass(frozen=True)
class Curve:
    """A drawing of 640 × 260 units: points joined by straight lines, hours below, a scale from zero at the left.

    `level` is what the curve is held against, a line across.
    """

    points: list[Point]
    hours: list[tuple[int, str]]
    scale: list[Tick]
    level: Tick | None = None

    @property
    def line(self) -> str:
        """The points as SVG's `polyline` takes them."""
        return " ".join(f"{point.x},{point.y}" for point in self.points)

    @property
    def last(self) -> Point:
        return self.points[-1]


def curve_of(
    hours: Sequence[str], shares: Sequence[tuple[str, Fraction]], *, level: Fraction | None = None
) -> Curve | None:
    """Return the curve of the shares that were reported on a day with these hours; None for none.

    The scale begins at zero and ends at the next ten percent above the highest share, `level` among them.
    """
    known = [(hour, share) for hour, share in shares if hour in hours]
    if not known:
        return None
    highest = max([share for _, share in known] + ([level] if level is not None else []))
    top = max(TENTH, math.ceil(highest / TENTH) * TENTH)
    places = {
        hour: LEFT + round(Fraction(index, max(1, len(hours) - 1)) * (WIDTH - LEFT - RIGHT))
        for index, hour in enumerate(hours)
    }

    def height(share: Fraction) -> int:
        return round(HEIGHT - BOTTOM - share / top * (HEIGHT - BOTTOM - TOP))

    steps = 2 if top <= 4 * TENTH else 4
    scale = [Tick(height(top * step / steps), top * step / steps) for step in range(steps + 1)]
    points = [Point(places[hour], height(share), hour, share) for hour, share in known]
    across = Tick(height(level), level) if level is not None else None
    return Curve(points, [(places[hour], hour) for hour in hours], scale, across)
