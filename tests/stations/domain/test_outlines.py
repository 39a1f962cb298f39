"""Outlines are short, lie where areas lie, and say what is wrong with a feature."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

from stations.domain.outlines import MOST_CHARACTERS, SIZE, Unreadable, outlines, rings_of


def square(left: float, bottom: float, size: float = 1.0) -> list[tuple[float, float]]:
    right, top = left + size, bottom + size
    return [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]


def test_areas_lie_beside_each_other_as_they_do_with_north_above() -> None:
    drawn = outlines({"west": [square(60, 0)], "east": [square(61, 0)], "north": [square(60, 1)]})
    assert drawn["west"].box[2] == drawn["east"].box[0]
    assert drawn["north"].box[3] == drawn["west"].box[1]
    assert max(outline.box[2] for outline in drawn.values()) == SIZE
    left, top, right, bottom = drawn["west"].box
    assert left < drawn["west"].label[0] < right and top < drawn["west"].label[1] < bottom


def test_far_from_the_equator_degrees_of_longitude_are_narrower() -> None:
    left, top, right, bottom = outlines({"a": [square(60, 59.5)]})["a"].box
    assert (right - left) / (bottom - top) == pytest.approx(0.5, abs=0.01)


def test_corners_on_a_line_are_left_out_and_others_stay() -> None:
    along = [(60 + step / 100, 10.0) for step in range(101)]
    ring = [*along, (61.0, 11.0), (60.0, 11.0), (60.0, 10.0)]
    assert outlines({"a": [ring]})["a"].path.count(" ") == 1 + 3 + 2


def test_however_long_a_coast_is_the_drawing_stays_short() -> None:
    coast = [
        (
            60 + math.cos(angle) * (5 + 0.4 * math.sin(97 * angle)),
            45 + math.sin(angle) * (5 + 0.4 * math.sin(89 * angle)),
        )
        for angle in (step / 6000 * 2 * math.pi for step in range(6000))
    ]
    areas = {f"a{number}": [[(x + 11 * number, y) for x, y in (*coast, coast[0])]] for number in range(8)}
    drawn = outlines(areas)
    assert sum(len(outline.path) for outline in drawn.values()) <= MOST_CHARACTERS
    assert all(re.fullmatch(r"(M-?\d+ -?\d+l[-\d ]+z)+", outline.path) for outline in drawn.values())


def test_small_islands_are_left_out_beside_a_mainland_but_not_alone() -> None:
    with_islet = outlines({"a": [square(60, 10, 5), square(66, 10, 0.001)]})
    assert with_islet["a"].path.count("M") == 1
    assert outlines({"a": [square(60, 10, 0.001)], "b": [square(60, 10, 5)]})["a"].path is not None


@pytest.mark.parametrize(
    ("geometry", "why"),
    [
        (None, "no geometry"),
        ({"type": "Point", "coordinates": [1, 2]}, "'Point', not a Polygon"),
        ({"type": "Polygon", "coordinates": []}, "empty"),
        ({"type": "Polygon", "coordinates": "x"}, "no list"),
        ({"type": "Polygon", "coordinates": [[[1, 2], [2, 3], [1, 2]]]}, "fewer than four"),
        ({"type": "Polygon", "coordinates": [[[1, 2], [2, 3], [3, 4], [4, 5]]]}, "not closed"),
        ({"type": "Polygon", "coordinates": [[[1, 200], [2, 3], [3, 4], [1, 200]]]}, "in degrees"),
        ({"type": "Polygon", "coordinates": [[["1", 2], [2, 3], [3, 4], ["1", 2]]]}, "not a longitude"),
        ({"type": "MultiPolygon", "coordinates": [[[[1, 2], [float("nan"), 3], [3, 4], [1, 2]]]]}, "in degrees"),
    ],
)
def test_what_cannot_be_drawn_says_why(geometry: Any, why: str) -> None:
    with pytest.raises(Unreadable, match=re.escape(why)):
        rings_of(geometry)
