"""The half circle has as many seats as there are, each choice's beside one another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from results.public.hemicycle import CENTRE_Y, HEIGHT, MOST_SEATS, WIDTH, hemicycle

SEATS = st.lists(st.integers(0, 80), min_size=1, max_size=12).filter(lambda seats: 0 < sum(seats) <= MOST_SEATS)


def points(path: str) -> list[tuple[int, int]]:
    return [(int(x), int(y)) for x, y in (point.split() for point in path.replace("h0", "").split("M") if point)]


@given(seats=SEATS)
def test_every_seat_is_drawn_once_and_inside_the_drawing(seats: list[int]) -> None:
    drawn = hemicycle(seats)
    assert drawn is not None
    assert [len(points(bench.path)) for bench in drawn.benches] == seats
    places = [point for bench in drawn.benches for point in points(bench.path)]
    assert len(set(places)) == len(places)
    half = drawn.seat_width / 2
    assert all(half <= x <= WIDTH - half and half <= y <= CENTRE_Y for x, y in places)


@given(seats=SEATS)
def test_numbers_stand_inside_the_drawing_and_lines_between_those_who_have_seats(seats: list[int]) -> None:
    drawn = hemicycle(seats)
    assert drawn is not None
    assert len(drawn.dividers) == sum(1 for count in seats if count) - 1
    labelled = [bench for bench in drawn.benches if bench.path]
    assert all(8 <= bench.label_x <= WIDTH - 8 and 8 <= bench.label_y <= HEIGHT - 8 for bench in labelled)


def test_who_comes_first_sits_at_the_left() -> None:
    drawn = hemicycle([40, 20, 9])
    assert drawn is not None
    middles = [sum(x for x, _ in points(bench.path)) / len(points(bench.path)) for bench in drawn.benches]
    assert middles == sorted(middles)


def test_no_seats_or_too_many_are_not_drawn() -> None:
    assert hemicycle([]) is None
    assert hemicycle([0, 0]) is None
    assert hemicycle([MOST_SEATS, 1]) is None
