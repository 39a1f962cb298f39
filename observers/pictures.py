"""Drawings of distributions, as numbers a template writes into SVG. No colours here, and no words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from observers.domain.distributions import BINS, Cell, DigitTest

LEFT, TOP, SIDE = 56, 16, 500
CELL = SIDE / BINS
SHADES = 6
BARS_WIDTH, BARS_HEIGHT, BARS_FOOT = 640, 220, 32
_MARGIN = 64


@dataclass(frozen=True)
class DrawnCell:
    """A cell of the histogram. `shade` is from 1 (one station) to SHADES; `link` goes to its stations."""

    x: float
    y: float
    shade: int
    stations: tuple[str, ...]
    turnout: int
    share: int


@dataclass(frozen=True)
class Histogram:
    """A square of BINS by BINS cells over turnout (to the right) and share (upward), in percent."""

    cells: Sequence[DrawnCell]
    ticks: Sequence[tuple[float, float, int]]
    most: int
    size: float = CELL
    left: int = LEFT
    top: int = TOP
    side: int = SIDE
    width: int = LEFT + SIDE + 24
    height: int = TOP + SIDE + 56

    @property
    def bottom(self) -> int:
        return TOP + SIDE

    @property
    def right(self) -> int:
        return LEFT + SIDE


def histogram(cells: Sequence[Cell]) -> Histogram:
    """Return the drawing of a fingerprint. Shades grow with the logarithm of how many stations a cell has."""
    most = max((len(cell.stations) for cell in cells), default=1)
    step = 100 // BINS
    drawn = [
        DrawnCell(
            round(LEFT + cell.x * CELL, 2),
            round(TOP + SIDE - (cell.y + 1) * CELL, 2),
            1 if most == 1 else 1 + round((SHADES - 1) * math.log(len(cell.stations)) / math.log(most)),
            cell.stations,
            cell.x * step,
            cell.y * step,
        )
        for cell in cells
    ]
    ticks = [
        (round(LEFT + SIDE * percent / 100, 1), round(TOP + SIDE * (1 - percent / 100), 1), percent)
        for percent in range(0, 101, 20)
    ]
    return Histogram(drawn, ticks, most)


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    label: str
    value: int
    expected: float | None
    is_odd: bool = False

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True)
class Bars:
    """Bars over a line, each with what was expected of it where something was; `line` joins the expected ones."""

    bars: Sequence[Bar]
    line: str
    width: int = BARS_WIDTH
    height: int = BARS_HEIGHT
    base: int = BARS_HEIGHT - BARS_FOOT
    left: int = _MARGIN
    right: int = BARS_WIDTH - 12
    top: int = 12

    @property
    def most(self) -> int:
        return max((bar.value for bar in self.bars), default=0)


def digit_bars(test: DigitTest) -> Bars:
    """Return the drawing of how often each digit stands."""
    return _bars([str(digit) for digit in range(10)], test.counted, test.expected)


def percent_bars(by_percent: Sequence[int]) -> Bars:
    """Return the drawing of how many shares are each whole percent."""
    return _bars([str(percent) for percent in range(101)], by_percent, None, multiples_of=5)


def _bars(
    labels: Sequence[str], values: Sequence[int], expected: Sequence[float] | None, multiples_of: int = 0
) -> Bars:
    base = BARS_HEIGHT - BARS_FOOT
    highest = max([*values, *(expected or ()), 1])
    slot = (BARS_WIDTH - 12 - _MARGIN) / len(labels)
    bars, points = [], []
    for number, (label, value) in enumerate(zip(labels, values, strict=True)):
        height = (base - 12) * value / highest
        right = expected[number] if expected else None
        is_odd = bool(multiples_of) and number % multiples_of == 0
        x = _MARGIN + number * slot
        place, size = (round(x + slot * 0.12, 2), round(base - height, 2)), (round(slot * 0.76, 2), round(height, 2))
        bars.append(Bar(*place, *size, label, value, right, is_odd))
        if right is not None:
            points.append(f"{x + slot / 2:.1f},{base - (base - 12) * right / highest:.1f}")
    return Bars(bars, " ".join(points))
