"""Outlines of areas for drawings: from the degrees of a GeoJSON file to paths of a few hundred whole numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

# The longer side of the drawing, in whole units.
SIZE = 1000
# A line is simplified as long as it stays within this of what it was, in units; then more, until all are short enough.
TOLERANCE = 1.0
MOST_CHARACTERS = 40_000
MOST_POINTS = 2_000_000
MOST_FEATURES = 5_000
# A part smaller than this is left out beside a larger one.
SMALLEST_PART = 3.0
_RING = 4

Point = tuple[float, float]
Ring = list[Point]


class Unreadable(ValueError):
    """A feature cannot be drawn; the message says why."""


@dataclass(frozen=True)
class Outline:
    """What a `path` draws of an area, its box (left, top, right, bottom), and a point well inside."""

    path: str
    box: tuple[int, int, int, int]
    label: tuple[int, int]


def rings_of(geometry: object) -> list[Ring]:
    """Return the outer rings of a GeoJSON polygon or multipolygon, in degrees. Raises Unreadable."""
    if not isinstance(geometry, Mapping):
        raise Unreadable("it has no geometry")
    coordinates = geometry.get("coordinates")
    match geometry.get("type"):
        case "Polygon":
            polygons: Sequence[Any] = [coordinates]
        case "MultiPolygon":
            polygons = _listed(coordinates)
        case other:
            raise Unreadable(f"its geometry is {other!r}, not a Polygon or MultiPolygon")
    rings = [_ring(_listed(polygon)[0]) for polygon in polygons if _listed(polygon)]
    if not rings:
        raise Unreadable("its geometry is empty")
    return rings


def outlines(areas: Mapping[str, Sequence[Ring]]) -> dict[str, Outline]:
    """Draw areas beside each other, by code: north above, as wide as the middle of them is.

    The paths together have at most so many characters, unless that would leave nothing of their shapes.
    """
    if not areas:
        return {}
    flat = {code: [_simplified(ring, TOLERANCE) for ring in rings] for code, rings in _flat(areas).items()}
    tolerance = TOLERANCE
    drawn = _drawn(flat, tolerance)
    while sum(len(outline.path) for outline in drawn.values()) > MOST_CHARACTERS and tolerance < SIZE / 10:
        tolerance *= 1.5
        drawn = _drawn(flat, tolerance)
    return drawn


def _listed(value: object) -> Sequence[Any]:
    if not isinstance(value, list):
        raise Unreadable("its coordinates are no list")
    return value


def _ring(value: object) -> Ring:
    ring = [_point(point) for point in _listed(value)]
    if len(ring) < _RING or ring[0] != ring[-1]:
        raise Unreadable("a ring is not closed, or has fewer than four points")
    return ring


def _point(value: object) -> Point:
    numbers = _listed(value)[:2]
    if len(numbers) < 2 or not all(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers):  # noqa: PLR2004
        raise Unreadable("a point is not a longitude and a latitude")
    longitude, latitude = map(float, numbers)
    if not (abs(longitude) <= 180 and abs(latitude) <= 90):  # noqa: PLR2004 (degrees; refuses NaN as well)
        raise Unreadable(f"{numbers} is not a longitude and a latitude in degrees")
    return longitude, latitude


def _flat(areas: Mapping[str, Sequence[Ring]]) -> dict[str, list[Ring]]:
    points = [point for rings in areas.values() for ring in rings for point in ring]
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    bottom, top = min(y for _, y in points), max(y for _, y in points)
    narrower = math.cos(math.radians((bottom + top) / 2))
    scale = SIZE / max((right - left) * narrower, top - bottom, 1e-9)
    return {
        code: [[((x - left) * narrower * scale, (top - y) * scale) for x, y in ring] for ring in rings]
        for code, rings in areas.items()
    }


def _drawn(areas: Mapping[str, Sequence[Ring]], tolerance: float) -> dict[str, Outline]:
    return {code: _outline(rings, tolerance) for code, rings in areas.items()}


def _outline(rings: Sequence[Ring], tolerance: float) -> Outline:
    largest = max(rings, key=lambda ring: abs(_area(ring)))
    parts = [ring for ring in rings if ring is largest or abs(_area(ring)) >= SMALLEST_PART**2]
    simple = [_whole(_simplified(ring, tolerance)) for ring in parts]
    corners = [point for ring in simple for point in ring]
    box = (
        min(x for x, _ in corners),
        min(y for _, y in corners),
        max(x for x, _ in corners),
        max(y for _, y in corners),
    )
    return Outline("".join(map(_path, simple)), box, _middle(largest))


def _area(ring: Ring) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)) / 2


def _middle(ring: Ring) -> tuple[int, int]:
    """The centroid, or the middle of the corners for a ring without an area."""
    area = _area(ring)
    if abs(area) < 1e-6:  # noqa: PLR2004
        return round(sum(x for x, _ in ring) / len(ring)), round(sum(y for _, y in ring) / len(ring))
    pairs = list(pairwise(ring))
    x = sum((x1 + x2) * (x1 * y2 - x2 * y1) for (x1, y1), (x2, y2) in pairs) / (6 * area)
    y = sum((y1 + y2) * (x1 * y2 - x2 * y1) for (x1, y1), (x2, y2) in pairs) / (6 * area)
    return round(x), round(y)


def _simplified(ring: Ring, tolerance: float) -> Ring:
    """Leave out corners that are nearer than the tolerance to the line without them (Ramer, Douglas and Peucker)."""
    far = max(range(len(ring)), key=lambda place: math.dist(ring[0], ring[place]))
    kept = {0, far, len(ring) - 1}
    waiting = [(0, far), (far, len(ring) - 1)]
    while waiting:
        first, last = waiting.pop()
        farthest, distance = first, tolerance
        for place in range(first + 1, last):
            away = _away(ring[place], ring[first], ring[last])
            if away > distance:
                farthest, distance = place, away
        if farthest != first:
            kept.add(farthest)
            waiting += [(first, farthest), (farthest, last)]
    return [ring[place] for place in sorted(kept)]


def _away(point: Point, one: Point, other: Point) -> float:
    (x, y), (x1, y1), (x2, y2) = point, one, other
    length = math.dist(one, other)
    if length == 0:
        return math.dist(point, one)
    along = max(0.0, min(1.0, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length**2))
    return math.dist(point, (x1 + along * (x2 - x1), y1 + along * (y2 - y1)))


def _whole(ring: Ring) -> list[tuple[int, int]]:
    corners = [(round(x), round(y)) for x, y in ring]
    return [corner for place, corner in enumerate(corners) if place == 0 or corner != corners[place - 1]]


def _path(corners: Sequence[tuple[int, int]]) -> str:
    """Steps from corner to corner: shorter than the corners themselves."""
    (x, y), *rest = corners
    steps = []
    for left, top in rest[:-1] if rest and rest[-1] == corners[0] else rest:
        steps.append(f"{left - x} {top - y}")
        x, y = left, top
    return f"M{corners[0][0]} {corners[0][1]}l{' '.join(steps)}z" if steps else ""
