"""How the count went on, as a drawing: stations counted from the first protocol to the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 16, 16, 20, 30
# The steps of the table and of the scale below the drawing, the shortest that gives no more than so many of them.
STEPS = tuple(
    timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080)
)
MOST_STEPS = 8


@dataclass(frozen=True)
class Tick:
    """A moment of the scale, and how many stations were counted by then."""

    x: int
    at: datetime
    counted: int


@dataclass(frozen=True)
class Progress:
    """A drawing of 640 × 240 units: the stations counted, and where on the line other things happened."""

    line: str
    ticks: list[Tick]
    marks: list[tuple[int, int]]


def progress_of(counted: Sequence[tuple[datetime, int]], expected: int, marks: Sequence[datetime]) -> Progress | None:
    """Draw how many stations were counted at each of these moments, oldest first; None for none.

    `counted` holds moments with the number counted from then on. A mark lies on the line, at its moment.
    """
    if not counted or expected <= 0:
        return None
    first, last = counted[0][0], counted[-1][0]
    span = max(last - first, timedelta(minutes=1))

    def x(at: datetime) -> int:
        return LEFT + round((min(max(at, first), first + span) - first) / span * (WIDTH - LEFT - RIGHT))

    def y(number: int) -> int:
        return HEIGHT - BOTTOM - round(min(number, expected) / expected * (HEIGHT - BOTTOM - TOP))

    points: list[tuple[int, int]] = [(LEFT, y(0))]
    for at, number in counted:
        point = (x(at), y(number))
        if point != points[-1]:
            points.append(point)
    ticks = [Tick(x(at), at, _by(counted, at)) for at in _moments(first, first + span)]
    return Progress(
        " ".join(f"{left},{top}" for left, top in points),
        ticks,
        [(x(at), y(_by(counted, at))) for at in marks],
    )


def _by(counted: Sequence[tuple[datetime, int]], at: datetime) -> int:
    before = [number for moment, number in counted if moment <= at]
    return before[-1] if before else 0


def _moments(first: datetime, last: datetime) -> list[datetime]:
    step = next((step for step in STEPS if (last - first) / step <= MOST_STEPS), (last - first) / MOST_STEPS)
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    start = midnight + step * (-((midnight - first) // step))
    return [start + step * number for number in range(MOST_STEPS + 1) if start + step * number <= last]
