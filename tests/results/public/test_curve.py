"""The curve of a day's turnout: every point where its share is, on a scale that holds them all."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from results.public.curve import BOTTOM, HEIGHT, TOP, curve_of

HOURS = ("10:00", "12:00", "14:00", "16:00")
SHARES = st.lists(st.fractions(0, 1, max_denominator=10_000), min_size=1, max_size=len(HOURS))
LEVELS = st.none() | st.fractions(0, 1, max_denominator=10_000)


def test_a_day_without_reports_has_no_curve() -> None:
    assert curve_of(HOURS, []) is None
    assert curve_of(HOURS, [("11:00", Fraction(1, 2))]) is None


@given(SHARES, LEVELS)
def test_every_point_lies_on_the_drawing_and_higher_shares_higher_up(
    shares: list[Fraction], level: Fraction | None
) -> None:
    curve = curve_of(HOURS, list(zip(HOURS, shares, strict=False)), level=level)
    assert curve is not None
    marks = [(point.share, point.y) for point in curve.points]
    marks += [(curve.level.share, curve.level.at)] if curve.level else []
    for _share, y in marks:
        assert TOP <= y <= HEIGHT - BOTTOM
    heights = [y for _share, y in sorted(marks)]
    assert heights == sorted(heights, reverse=True)


def test_what_it_is_held_against_stands_at_its_own_share_on_the_same_scale() -> None:
    curve = curve_of(HOURS, [("10:00", Fraction(1, 5))], level=Fraction(1, 5))
    assert curve is not None
    assert curve.level is not None
    assert curve.level.at == curve.points[0].y
