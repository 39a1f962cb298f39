"""Dividing whole numbers so that every row and every column adds up to the unit.

Sums of fractions use `math.fsum`: since Python 3.12 `sum` rounds differently, and a package must not depend on the
version that generated it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from math import fsum

HALVINGS = 60
FITTINGS = 12
# Keeps a column of nothing divisible.
NEARLY_NOTHING = 1e-9


def spread(total: int, weights: Sequence[float], *, lowest: Sequence[int], highest: Sequence[int]) -> list[int]:
    """Divide `total` in proportion to positive weights, each part between its lowest and its highest.

    Raises ValueError when the bounds leave no room for the total.
    """
    if not sum(lowest) <= total <= sum(highest):
        raise ValueError(f"{total} does not lie between {sum(lowest)} and {sum(highest)}")
    bounds = list(zip(weights, lowest, highest, strict=True))

    def parts(scale: float) -> list[float]:
        return [min(high, max(low, weight * scale)) for weight, low, high in bounds]

    small, large = 0.0, 1.0
    while fsum(parts(large)) < total:
        large *= 2
    for _ in range(HALVINGS):
        middle = (small + large) / 2
        if fsum(parts(middle)) < total:
            small = middle
        else:
            large = middle
    exact = parts(large)
    whole = [int(part) for part in exact]
    order = sorted(range(len(whole)), key=lambda i: whole[i] - exact[i])
    missing = total - sum(whole)
    for i in cycle(order):
        if missing == 0:
            return whole
        if whole[i] < highest[i]:
            whole[i] += 1
            missing -= 1
    return whole


def fill_rows(rows: Sequence[int], weights: Sequence[Sequence[float]]) -> list[list[int]]:
    """Divide each row's total in proportion to its weights, in whole numbers.

    What rounding took from a column is carried to the next row, so that columns stay near their exact sums.
    """
    if not rows:
        return []
    carried = [0.0] * len(weights[0])
    table = []
    for total, row in zip(rows, weights, strict=True):
        size = fsum(row)
        exact = [total * weight / size + carry for weight, carry in zip(row, carried, strict=True)]
        whole = [max(0, int(cell)) for cell in exact]
        _reach(total, whole, exact)
        carried = [cell - part for cell, part in zip(exact, whole, strict=True)]
        table.append(whole)
    return table


def fill_table(rows: Sequence[int], columns: Sequence[int], weights: Sequence[Sequence[float]]) -> list[list[int]]:
    """Whole numbers near the weights whose rows and columns add up to exactly the totals given.

    Iterative proportional fitting finds the columns' factors, rounding keeps the rows, and the few units left over
    move within a row from a column that has too many to one that has too few.
    Raises ValueError when rows and columns do not have one sum.
    """
    if sum(rows) != sum(columns):
        raise ValueError(f"rows add up to {sum(rows)}, columns to {sum(columns)}")
    factors = _column_factors(rows, columns, weights)
    fitted = [[weight * factor for weight, factor in zip(row, factors, strict=True)] for row in weights]
    table = fill_rows(rows, fitted)
    missing = [total - sum(column) for total, column in zip(columns, zip(*table, strict=True), strict=True)]
    for row in cycle(table):
        if not any(missing):
            return table
        scarce = max(range(len(missing)), key=lambda j: missing[j])
        ample = min(range(len(missing)), key=lambda j: missing[j])
        if row[ample]:
            row[ample] -= 1
            row[scarce] += 1
            missing[ample] += 1
            missing[scarce] -= 1
    return table


def _reach(total: int, whole: list[int], exact: Sequence[float]) -> None:
    """Raise or lower the row's parts by single units, where they are furthest from exact, until it has its total."""
    missing = total - sum(whole)
    while missing:
        step = 1 if missing > 0 else -1
        allowed = [j for j in range(len(whole)) if whole[j] + step >= 0]
        best = max(allowed, key=lambda j: step * (exact[j] - whole[j]))
        whole[best] += step
        missing -= step


def _column_factors(rows: Sequence[int], columns: Sequence[int], weights: Sequence[Sequence[float]]) -> list[float]:
    factors = [1.0] * len(columns)
    for _ in range(FITTINGS):
        fitted = []
        for total, row in zip(rows, weights, strict=True):
            cells = [weight * factor for weight, factor in zip(row, factors, strict=True)]
            scale = total / fsum(cells)
            fitted.append([cell * scale for cell in cells])
        sums = [fsum(column) for column in zip(*fitted, strict=True)]
        factors = [
            factor * (total + NEARLY_NOTHING) / (size + NEARLY_NOTHING)
            for factor, total, size in zip(factors, columns, sums, strict=True)
        ]
    return factors
