"""The one way in: votes, seats, threshold and the method's code."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from aggregation.domain.seats.allocation import (
    Allocation,
    AllocationRefused,
    ChoiceVotes,
    Outcome,
    Step,
    StepCode,
)
from aggregation.domain.seats.divisors import dhondt, sainte_lague
from aggregation.domain.seats.hare import hare, hare_kz
from aggregation.domain.seats.plurality import plurality
from aggregation.domain.seats.threshold import apply_threshold

MAXIMUM_SEATS = 10_000  # Every seat of a divisor method is a step; no parliament has a third of this.

_PLAIN_METHODS: Mapping[str, Callable[[Sequence[ChoiceVotes], int], Outcome]] = {
    "hare": hare,
    "dhondt": dhondt,
    "sainte-lague": sainte_lague,
    "plurality": plurality,
}
METHODS = ("hare-kz", *_PLAIN_METHODS)

_ALL_VOTES = 100  # percent
_PERCENT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,30}|/[0-9]{1,30})?", re.ASCII)


def allocate(
    *,
    votes: Sequence[ChoiceVotes],
    seats: int,
    threshold_percent: Fraction | Decimal | str,
    method: str,
    minimum_runner_up: int | None = None,
) -> Allocation:
    """Allocate `seats` seats among the choices.

    `votes` names every choice on the ballot once, "against all" included; a withdrawn choice is left out by the
    caller, since ballots for it are not valid votes. `threshold_percent` is a share of all valid votes in percent
    ("5", "7/2", Decimal("0.5")), never a float. `method` is one of `METHODS`. `minimum_runner_up` is for `hare-kz`
    alone (None: the two seats of Article 97-1); other methods have no runner-up and take no notice of it.

    When nobody passes, no seat is allocated; when a tie is left, `lots` says between whom and for how many seats.

    Raises AllocationRefused.
    """
    percent = percent_of(threshold_percent)
    _refuse_nonsense(votes, seats, method, minimum_runner_up)
    ranked = sorted(votes, key=_rank)
    passing, steps = apply_threshold(ranked, percent)
    nothing = _nothing_to_allocate(ranked, passing, seats)
    if nothing:
        outcome = Outcome({}, [nothing])
    elif method == "hare-kz":
        below = [choice for choice in ranked if choice not in passing and not choice.against_all]
        outcome = hare_kz(passing, seats, below, minimum_runner_up)
    else:
        outcome = _PLAIN_METHODS[method](passing, seats)
    return Allocation(
        method=method,
        total=seats,
        threshold_percent=str(percent),
        seats={choice.code: outcome.seats.get(choice.code, 0) for choice in ranked if not choice.against_all},
        steps=(*steps, *outcome.steps),
        lots=outcome.lots,
    )


def percent_of(value: Fraction | Decimal | str) -> Fraction:
    """The exact percentage; raises AllocationRefused unless it is a number from 0 to 100."""
    if isinstance(value, str) and not _PERCENT.fullmatch(value):
        raise _bad_percent(value)
    if isinstance(value, Decimal) and not (value.is_finite() and 0 <= value <= _ALL_VOTES):
        raise _bad_percent(str(value))
    if not isinstance(value, Fraction | Decimal | str | int):
        raise TypeError(f"a percentage is a Fraction, a Decimal or a str, not {type(value).__name__}")
    try:
        percent = Fraction(value)
    except ZeroDivisionError:
        raise _bad_percent(str(value)) from None
    if not 0 <= percent <= _ALL_VOTES:
        raise _bad_percent(str(value))
    return percent


def _bad_percent(value: str) -> AllocationRefused:
    return AllocationRefused(
        "bad_threshold", f"The threshold must be a number from 0 to 100 such as 5 or 3.5, not “{value}”.", "threshold"
    )


def _refuse_nonsense(votes: Sequence[ChoiceVotes], seats: int, method: str, minimum_runner_up: int | None) -> None:
    if method not in METHODS:
        raise AllocationRefused(
            "unknown_method", f"There is no method “{method}”; there are {', '.join(METHODS)}.", "method"
        )
    if not 0 <= seats <= MAXIMUM_SEATS:
        raise AllocationRefused("bad_seats", f"Seats must be from 0 to {MAXIMUM_SEATS}, not {seats}.", "seats")
    if minimum_runner_up is not None and minimum_runner_up < 0:
        raise AllocationRefused(
            "bad_minimum", f"The runner-up's minimum cannot be negative ({minimum_runner_up}).", "minimum_runner_up"
        )
    seen: set[str] = set()
    for choice in votes:
        if choice.code in seen:
            raise AllocationRefused("duplicate_choice", f"The choice “{choice.code}” is named twice.", choice.code)
        if choice.votes < 0:
            raise AllocationRefused("negative_votes", f"“{choice.code}” has negative votes.", choice.code)
        seen.add(choice.code)


def _nothing_to_allocate(choices: Sequence[ChoiceVotes], passing: Sequence[ChoiceVotes], seats: int) -> Step | None:
    figures = {"seats": str(seats)}
    if seats == 0:
        return Step(StepCode.NO_SEATS)
    if not any(choice.votes for choice in choices):
        return Step(StepCode.NO_VOTES, figures=figures)
    if not passing:
        return Step(StepCode.NOBODY_PASSES, figures=figures)
    return None


def _rank(choice: ChoiceVotes) -> tuple[bool, int, bool, int, str]:
    order = choice.registration_order
    return choice.against_all, -choice.votes, order is None, order or 0, choice.code
