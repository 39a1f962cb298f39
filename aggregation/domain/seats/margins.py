"""What a few votes more or fewer for one choice would have done, all else equal: the exact smallest number."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import ceil

from aggregation.domain.seats.allocation import Allocation, ChoiceVotes, Lots, StepCode
from aggregation.domain.seats.by_method import allocate, percent_of

_ALL_VOTES = 100  # percent


@dataclass(frozen=True)
class Change:
    """The smallest number of `votes` that changes anything, and what it changes: seats won or lost by choice.

    `lots` is what lots would then have to decide, None where nothing is left to them.
    """

    votes: int
    seats: dict[str, int]
    lots: Lots | None = None


@dataclass(frozen=True)
class Margin:
    """How far a choice is from a change, with more votes and with fewer; None where no number changes a seat."""

    choice: str
    more: Change | None
    fewer: Change | None


def margins(
    *,
    votes: Sequence[ChoiceVotes],
    seats: int,
    threshold_percent: Fraction | Decimal | str,
    method: str,
    minimum_runner_up: int | None = None,
) -> tuple[Margin, ...]:
    """Return for every choice the smallest number of votes more, and fewer, that changes any seat or what lots decide.

    Every other choice keeps its votes. The arguments and refusals are those of `allocate`.
    """
    percent = percent_of(threshold_percent)

    def result(counted: Sequence[ChoiceVotes]) -> Allocation:
        return allocate(
            votes=counted,
            seats=seats,
            threshold_percent=percent,
            method=method,
            minimum_runner_up=minimum_runner_up,
        )

    most = _beyond_all_changes(sum(choice.votes for choice in votes), seats, percent)
    return tuple(_margin(votes, place, result, most) for place in range(len(votes)))


def _beyond_all_changes(base: int, seats: int, percent: Fraction) -> int:
    """So many votes more for one choice, and a further vote for it changes nothing.

    Beyond 100 / percent times the base every other choice is below the threshold; beyond twice the seats times the
    base no other choice has a quotient, remainder or seven tenths of a quotient that still counts for a seat.
    """
    return (base + 1) * max(2 * seats + 1, ceil(_ALL_VOTES / percent) + 1 if percent else 1)


def _margin(
    votes: Sequence[ChoiceVotes], place: int, result: Callable[[Sequence[ChoiceVotes]], Allocation], most: int
) -> Margin:
    choice = votes[place]

    def with_change(number: int) -> Allocation:
        return result([*votes[:place], replace(choice, votes=choice.votes + number), *votes[place + 1 :]])

    return Margin(
        choice.code,
        more=_first_change(with_change, most),
        fewer=_first_change(lambda number: with_change(-number), choice.votes),
    )


def _first_change(result: Callable[[int], Allocation], most: int) -> Change | None:
    """Return the first number up to `most` whose allocation differs from that of 0.

    Bisection is exact here. With the same lists taking part and the same way of sharing, "the allocation is this one"
    is a set of linear inequalities between votes (of each two claims, which is the larger), and so is "these lists
    take part": along the line on which one choice gains or loses votes, each such state fills one interval. So the
    end of the state in which one stands can be bisected for. The next state may give the same seats by another way (a
    list without a seat falls below the threshold): then one goes on from there, never twice to the same state.
    """
    start = result(0)
    reached = 0
    while True:
        state = _state(result(reached))
        low, high = reached, most + 1  # `low` is in the state; `high` is not, or is beyond what is asked about
        while high - low > 1:
            middle = (low + high) // 2
            if _state(result(middle)) == state:
                low = middle
            else:
                high = middle
        if high > most:
            return None
        reached = high
        new = result(reached)
        if new.seats != start.seats or new.lots != start.lots:
            moved = {code: new.seats[code] - start.seats[code] for code in start.seats}
            return Change(reached, {code: number for code, number in moved.items() if number}, new.lots)


_WAYS = {StepCode.RUNNER_UP_JOINS, StepCode.NO_RUNNER_UP, StepCode.NO_VOTES, StepCode.NOBODY_PASSES}


def _state(allocation: Allocation) -> Hashable:
    lots = allocation.lots
    return (
        frozenset(step.choice for step in allocation.steps if step.code is StepCode.PASSED),
        frozenset((step.code, step.choice) for step in allocation.steps if step.code in _WAYS),
        frozenset(allocation.seats.items()),
        lots and (frozenset(lots.choices), lots.seats, lots.over),
    )
