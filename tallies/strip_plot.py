"""A district's stations on one line, drawn by the server: where the others lie, and where the one asked about lies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Final

WIDTH: Final = 640
HEIGHT: Final = 96
MARGIN: Final = 28
AXIS: Final = 60
ROWS: Final = 4
ROW: Final = 9


@dataclass(frozen=True)
class Dot:
    """A station on the plot, and the share it stands for in thousandths."""

    x: float
    y: float
    station: str
    thousandths: int
    is_asked: bool


@dataclass(frozen=True)
class StripPlot:
    """Dots from 0 to 100 percent, the asked one last so that it lies above; the median of the others."""

    dots: tuple[Dot, ...]
    median: int
    median_x: float
    ticks: tuple[tuple[float, int], ...]
    width: int = WIDTH
    height: int = HEIGHT
    axis: int = AXIS

    @property
    def asked(self) -> Dot:
        return self.dots[-1]

    @property
    def by_share(self) -> list[Dot]:
        """The stations from the highest share to the lowest."""
        return sorted(self.dots, key=lambda dot: (-dot.thousandths, dot.station))


def strip_plot(shares: Iterable[tuple[str, float]], asked: str) -> StripPlot | None:
    """Return the plot of (station, share); None where the asked station or all others are missing.

    Stations that would cover each other stand in rows above each other.
    """
    known = sorted(shares, key=lambda each: (each[1], each[0]))
    others = [share for station, share in known if station != asked]
    if not others or len(others) == len(known):
        return None
    dots = [
        Dot(_x(share), AXIS - 12 - ROW * (number % ROWS), station, round(share * 1000), station == asked)
        for number, (station, share) in enumerate(known)
    ]
    middle = median(others)
    return StripPlot(
        tuple(sorted(dots, key=lambda dot: dot.is_asked)),
        round(middle * 1000),
        _x(middle),
        tuple((_x(percent / 100), percent) for percent in range(0, 101, 20)),
    )


def _x(share: float) -> float:
    return round(MARGIN + min(max(share, 0.0), 1.0) * (WIDTH - 2 * MARGIN), 1)
