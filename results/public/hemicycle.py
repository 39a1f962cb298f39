"""Seats in a half circle, as points of a drawing."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 460, 250
CENTRE_X, CENTRE_Y = 230, 218
OUTER, INNER = 172, 74
MARGIN = 20
# More seats than this are told by the table alone.
MOST_SEATS = 1000
# Two numbers nearer than this would be written over each other.
NEAREST_LABELS = 22


@dataclass(frozen=True)
class Bench:
    """The seats of one choice: what a `path` with round caps draws, and where their number stands."""

    path: str
    label_x: int
    label_y: int


@dataclass(frozen=True)
class Hemicycle:
    """A drawing of 460 × 250 units: a bench for each choice, from the left, and lines between benches."""

    benches: list[Bench]
    dividers: list[tuple[int, int, int, int]]
    seat_width: int


@dataclass(frozen=True)
class _Seat:
    angle: float
    """From the left end of the half circle."""
    radius: float


def hemicycle(seats: Sequence[int]) -> Hemicycle | None:
    """Draw so many seats for each choice, in this order from the left; None for no seats or too many."""
    total = sum(seats)
    if not 0 < total <= MOST_SEATS:
        return None
    rows = _rows(total)
    placed = sorted(_placed(total, rows), key=lambda seat: (seat.angle, -seat.radius))
    benches: list[list[_Seat]] = []
    for count in seats:
        taken = sum(map(len, benches))
        benches.append(placed[taken : taken + count])
    return Hemicycle(_drawn(benches), _dividers(benches), _seat_width(total, rows))


def _rows(total: int) -> list[float]:
    """The radii of the fewest rows in which so many seats stand no nearer to their neighbours than to the next row."""
    for count in range(1, MOST_SEATS):
        gap = (OUTER - INNER) / count
        radii = [INNER + gap * (row + 0.5) for row in range(count)]
        if sum(int(math.pi * radius / gap) + 1 for radius in radii) >= total:
            return radii
    raise AssertionError(total)


def _placed(total: int, rows: Sequence[float]) -> list[_Seat]:
    """Share the seats among the rows by their length, the last ones by largest remainders."""
    length = sum(rows)
    shares = [total * radius / length for radius in rows]
    counts = [int(share) for share in shares]
    by_remainder = sorted(range(len(rows)), key=lambda row: counts[row] - shares[row])
    for row in by_remainder[: total - sum(counts)]:
        counts[row] += 1
    return [
        _Seat(math.pi * (place + 0.5) / count, radius)
        for radius, count in zip(rows, counts, strict=True)
        for place in range(count)
    ]


def _seat_width(total: int, rows: Sequence[float]) -> int:
    between_rows = (OUTER - INNER) / len(rows)
    between_seats = math.pi * sum(rows) / total
    return max(2, min(22, round(0.78 * min(between_rows, between_seats))))


def _drawn(benches: Sequence[Sequence[_Seat]]) -> list[Bench]:
    drawn: list[Bench] = []
    before = (-NEAREST_LABELS, 0)
    for bench in benches:
        if not bench:
            drawn.append(Bench("", 0, 0))
            continue
        middle = (bench[0].angle + bench[-1].angle) / 2
        label = _point(middle, OUTER + MARGIN - 6)
        if math.dist(label, before) < NEAREST_LABELS:
            label = _point(middle, OUTER + MARGIN + 12)
        before = label
        path = "".join("M{} {}h0".format(*_point(seat.angle, seat.radius)) for seat in bench)
        drawn.append(Bench(path, *label))
    return drawn


def _dividers(benches: Sequence[Sequence[_Seat]]) -> list[tuple[int, int, int, int]]:
    seated = [bench for bench in benches if bench]
    between = [(left[-1].angle + right[0].angle) / 2 for left, right in itertools.pairwise(seated)]
    return [(*_point(angle, INNER - 4), *_point(angle, OUTER + 4)) for angle in between]


def _point(angle: float, radius: float) -> tuple[int, int]:
    return round(CENTRE_X - radius * math.cos(angle)), round(CENTRE_Y - radius * math.sin(angle))
