"""The cheapest way for several lists to hold so many claims together."""

from __future__ import annotations

from collections.abc import Sequence


def cheapest(costs: Sequence[Sequence[int]], wanted: int) -> tuple[int, list[int]] | None:
    """Return the least cost of `wanted` claims in all, and how many each list then holds; None where it has no way.

    `costs[list][number]` is what it costs a list to hold so many claims. It never falls with the number, so exactly
    as many as wanted cost no more than a larger number.
    """
    best: list[tuple[int, int]] = [(0, 0)]
    tables = []
    for own in costs:
        width = min(len(best) + len(own) - 1, wanted + 1)
        best = [
            min(
                (best[total - number][0] + own[number], number)
                for number in range(max(0, total - len(best) + 1), min(total, len(own) - 1) + 1)
            )
            for total in range(width)
        ]
        tables.append(best)
    if len(best) <= wanted:
        return None
    held = []
    left = wanted
    for table in reversed(tables):
        held.append(table[left][1])
        left -= table[left][1]
    return best[wanted][0], held[::-1]
