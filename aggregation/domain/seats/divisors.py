"""Divisor methods: every seat to the choice with the largest votes / divisor."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from aggregation.domain.seats.allocation import ChoiceVotes, Lots, Outcome, Step, StepCode, lots_step
from aggregation.domain.seats.ties import Award, Claim, award_one_each

# What a choice's votes are divided by for its next seat, given the seats it holds.
DIVISORS: Mapping[str, Callable[[int], int]] = {
    "dhondt": lambda held: held + 1,
    "sainte-lague": lambda held: 2 * held + 1,
}


def dhondt(passing: Sequence[ChoiceVotes], seats: int) -> Outcome:
    """Divisors 1, 2, 3, …"""
    return _divide(passing, seats, DIVISORS["dhondt"])


def sainte_lague(passing: Sequence[ChoiceVotes], seats: int) -> Outcome:
    """Divisors 1, 3, 5, …"""
    return _divide(passing, seats, DIVISORS["sainte-lague"])


def _divide(passing: Sequence[ChoiceVotes], seats: int, divisor: Callable[[int], int]) -> Outcome:
    """Hand out the seats in rounds, each round to all whose quotient is the largest left.

    A choice has one quotient of a given size, so a round gives each tied choice one seat, and only the last round
    can hold more equal quotients than seats.
    """
    given = {choice.code: 0 for choice in passing}
    place = {choice.code: number for number, choice in enumerate(passing)}
    largest = [(-Fraction(choice.votes), place[choice.code]) for choice in passing]
    heapq.heapify(largest)
    steps: list[Step] = []
    lots: Lots | None = None
    while len(steps) < seats and lots is None:
        claims = _largest_claims(largest, passing)
        awards, lots = award_one_each(claims, seats - len(steps))
        for award in awards:
            steps.append(_seat_step(award, len(steps) + 1, divisor(given[award.choice.code])))
            given[award.choice.code] += 1
        for claim in claims:
            code = claim.choice.code
            heapq.heappush(largest, (-Fraction(claim.choice.votes, divisor(given[code])), place[code]))
    if lots:
        steps.append(lots_step(lots))
    return Outcome(given, steps, lots)


def _largest_claims(largest: list[tuple[Fraction, int]], passing: Sequence[ChoiceVotes]) -> list[Claim]:
    size = largest[0][0]
    claims: list[Claim] = []
    while largest and largest[0][0] == size:
        claims.append(Claim(passing[heapq.heappop(largest)[1]], -size))
    return claims


def _seat_step(award: Award, number: int, divisor: int) -> Step:
    figures = {
        "seat": str(number),
        "votes": str(award.choice.votes),
        "divisor": str(divisor),
        "quotient": str(award.size),
    }
    return Step(StepCode.SEAT_BY_QUOTIENT, award.choice.code, award.rivals, figures)
