"""Dividing whole numbers: every total exact, whatever the weights."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.kz_2023.rounding import fill_rows, fill_table, spread

WEIGHTS = st.floats(min_value=0.01, max_value=100)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[int], list[list[float]]]:
    width = draw(st.integers(1, 6))
    rows = draw(st.lists(st.integers(0, 500), min_size=1, max_size=20))
    return rows, [draw(st.lists(WEIGHTS, min_size=width, max_size=width)) for _ in rows]


@given(parts=st.lists(st.tuples(WEIGHTS, st.integers(0, 50), st.integers(0, 500)), min_size=1), share=st.floats(0, 1))
def test_a_total_is_spread_to_the_unit_within_the_bounds(parts: list[tuple[float, int, int]], share: float) -> None:
    weights = [weight for weight, _, _ in parts]
    lowest = [low for _, low, _ in parts]
    highest = [low + room for _, low, room in parts]
    total = sum(lowest) + round(share * (sum(highest) - sum(lowest)))
    spreaded = spread(total, weights, lowest=lowest, highest=highest)
    assert sum(spreaded) == total
    assert all(low <= part <= high for low, part, high in zip(lowest, spreaded, highest, strict=True))


def test_a_total_beyond_the_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match="does not lie between"):
        spread(11, [1.0, 1.0], lowest=[0, 0], highest=[5, 5])


@given(table=tables())
def test_rows_are_filled_to_the_unit(table: tuple[list[int], list[list[float]]]) -> None:
    rows, weights = table
    filled = fill_rows(rows, weights)
    assert [sum(row) for row in filled] == rows
    assert min(cell for row in filled for cell in row) >= 0


@given(table=tables(), data=st.data())
def test_rows_and_columns_are_filled_to_the_unit(
    table: tuple[list[int], list[list[float]]], data: st.DataObject
) -> None:
    rows, weights = table
    width = len(weights[0])
    columns = [0] * width
    for total in rows:
        columns[data.draw(st.integers(0, width - 1))] += total
    filled = fill_table(rows, columns, weights)
    assert [sum(row) for row in filled] == rows
    assert [sum(column) for column in zip(*filled, strict=True)] == columns
    assert min(cell for row in filled for cell in row) >= 0


def test_rows_and_columns_of_different_sums_are_refused() -> None:
    with pytest.raises(ValueError, match="rows add up to"):
        fill_table([3], [1, 1], [[1.0, 1.0]])
