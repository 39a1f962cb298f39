"""The least seats a list can have over every way the open votes can fall: a proven bound, and one that is reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from aggregation.domain.bounds.knapsack import cheapest
from aggregation.domain.bounds.question import Question, surely
from aggregation.domain.seats.divisors import DIVISORS
from aggregation.domain.seats.hare import RUNNER_UP_FACTOR, RUNNER_UP_MINIMUM

# Into so many parts the range of votes of the passing lists is cut, each with a bound of its own.
_PIECES = 8


def least_seats(question: Question, code: str) -> tuple[int, int]:
    """Return (proven, reached): no completion gives fewer than the first, one gives the second."""
    if question.open == 0:
        now = surely(question.completed({}), code)
        return now, now
    reached = min(surely(question.completed(completion), code) for completion in _adverse(question, code))
    if reached == 0 or code in question.can_fail:
        return 0, reached
    if question.method == "plurality":
        return _least_of_candidates(question, code), reached
    if question.method in DIVISORS:
        return _least_by_divisor(question, code), reached
    return _least_by_quota(question, code), reached


def _least_by_quota(question: Question, code: str) -> int:
    """Return what no completion goes below, for a list that passes in all of them.

    For each set of lists that may pass, and each part of the range that the votes of the set may lie in, others are
    given every advantage of the part; what the list keeps even then is its bound there.
    """
    least = question.seats
    for passing in question.passing_sets(question.can_pass):
        if len(passing) == 1:
            least = min(least, _least_alone(question, code))
            continue
        missing = {other: max(0, question.least_passing(0) - question.counted[other]) for other in passing}
        lifts = sum(missing.values())
        if lifts > question.open:
            continue
        counted = sum(question.counted[other] for other in passing)
        rivals = [other for other in passing if other != code]
        for low, high in _pieces(counted + lifts, counted + question.open):
            against = _Rivals(
                votes=question.counted[code],
                others=tuple(question.counted[other] + missing[other] for other in rivals),
                ties=tuple(question.wins_ties(code, other) for other in rivals),
                free=high - counted - lifts,
                low=low,
                high=high,
                seats=question.seats,
            )
            least = min(least, against.seats_left())
            if least == 0:
                return 0
    return least


def _pieces(low: int, high: int) -> Iterator[tuple[int, int]]:
    count = min(_PIECES, high - low + 1)
    cuts = [low + (high - low + 1) * number // count for number in range(count + 1)]
    for first, after in pairwise(cuts):
        yield first, after - 1


@dataclass(frozen=True)
class _Rivals:
    """What others can take from a list with `votes`, when the passing lists have from `low` to `high` votes together.

    A list's claims are its quotient, its quotient less one, and so on; the largest claims, one a seat, win. Another's
    b-th claim is no smaller than the list's m-th when seats × (other votes − votes) ≥ (b − m) × votes of all that
    pass. Each rival has at least its `others` votes, and all together get at most `free` more. Amounts are in votes ×
    seats, so that all are whole.
    """

    votes: int
    others: tuple[int, ...]
    ties: tuple[bool, ...]
    free: int
    low: int
    high: int
    seats: int

    def seats_left(self) -> int:
        """Return the largest number of seats that they cannot keep the list from."""
        low, high = 0, self.seats + 1
        while high - low > 1:
            middle = (low + high) // 2
            if self._can_refuse(middle):
                high = middle
            else:
                low = middle
        return low

    def _can_refuse(self, seat: int) -> bool:
        """Say whether rivals might hold enough claims before the list's claim for this seat."""
        needed = self.seats - seat + 1
        prices = []
        for votes, tie in zip(self.others, self.ties, strict=True):
            ahead = self.seats * (votes - self.votes)
            total = self.low if ahead >= 0 else self.high
            # Of an equal claim the list is not refused a seat where it comes first in a tie.
            claims = seat + ((ahead - 1) // total if tie else ahead // total)
            held = max(0, claims)
            needed -= held
            step = held + 1 - seat
            price = step * (self.low if step > 0 else self.high) - ahead + tie
            prices.append(min(max(0, price), self.low))
        budget = self.seats * self.free
        for price in sorted(prices):
            if needed <= 0 or price > budget:
                break
            budget -= price
            needed -= 1
        else:
            needed -= budget // self.low
        return needed <= 0


def _least_alone(question: Question, code: str) -> int:
    """Return what a list that passes alone keeps beside the strongest runner-up there can be."""
    if question.method == "hare":
        return question.seats
    others = [question.counted[other] for other in question.lists if other != code]
    if not others:
        return question.seats
    votes = min(max(others) + question.open, question.least_passing(question.open) - 1)
    if votes < 1:
        return question.seats
    least = RUNNER_UP_MINIMUM if question.minimum_runner_up is None else question.minimum_runner_up
    share = RUNNER_UP_FACTOR * Fraction(question.seats * votes, votes + question.counted[code])
    return question.seats - min(max(int(share), least), question.seats)


def _least_by_divisor(question: Question, code: str) -> int:
    """Return the largest number of seats whose claim others cannot outbid with all open votes."""
    low, high = 0, question.seats + 1
    while high - low > 1:
        middle = (low + high) // 2
        found = cheapest(_bids(question, code, middle), question.seats - middle + 1)
        if found is not None and found[0] <= question.open:
            high = middle
        else:
            low = middle
    return low


def _bids(question: Question, code: str, seat: int) -> list[list[int]]:
    """Return, for each rival that can pass, what it lacks to have 0, 1, 2, … claims before the list's for a seat."""
    divisor = DIVISORS[question.method]
    votes, own = question.counted[code], divisor(seat - 1)
    passing = question.least_passing(0)
    bids = []
    for other in question.lists:
        if other == code or other not in question.can_pass:
            continue
        tie = int(question.wins_ties(code, other))
        prices = [0]
        for claim in range(question.seats - seat + 1):
            product = votes * divisor(claim)
            enough = product // own + 1 if tie else -(-product // own)
            prices.append(max(0, enough - question.counted[other], passing - question.counted[other]))
        bids.append(prices)
    return bids


def _least_of_candidates(question: Question, code: str) -> int:
    """Return 1 where fewer others than there are seats can reach the candidate's votes together."""
    votes = question.counted[code]
    if votes == 0:
        return 0
    lacks = sorted(max(0, votes - question.counted[other]) for other in question.lists if other != code)
    enough = len(lacks) >= question.seats and sum(lacks[: question.seats]) <= question.open
    return int(not enough)


def _adverse(question: Question, code: str) -> Iterator[dict[str, int]]:
    """Yield completions that may cost a list the most."""
    yield {}
    others = [choice.code for choice in question.votes if choice.code != code]
    for other in others:
        yield {other: question.open}
    now = surely(question.completed({}), code)
    for seat in range(max(1, now - 2), now + 1):
        costs = _raises(question, code, seat)
        if not costs:
            continue
        found = cheapest([price for _, price in costs], question.seats - seat + 1)
        if found is None or found[0] > question.open:
            continue
        raised = {other: price[held] for (other, price), held in zip(costs, found[1], strict=True)}
        yield raised
        for other in others:
            yield {**raised, other: raised.get(other, 0) + question.open - found[0]}


def _raises(question: Question, code: str, seat: int) -> list[tuple[str, list[int]]]:
    """Return for each rival that passes now what so many claims before the list's for a seat would cost it."""
    rivals = [other for other in question.lists if other != code and other in question.can_pass]
    if question.method in DIVISORS:
        return list(zip(rivals, _bids(question, code, seat), strict=True))
    if question.method == "plurality":
        votes = question.counted[code]
        return [(other, [0, max(0, votes - question.counted[other])]) for other in rivals]
    rivals = [other for other in rivals if not question.fails(question.counted[other], question.open)]
    total = question.counted[code] + sum(question.counted[other] for other in rivals) + question.open
    raises = []
    for other in rivals:
        tie = int(question.wins_ties(code, other))
        prices = [0]
        for claim in range(1, question.seats - seat + 2):
            enough = question.counted[code] - (-((claim - seat) * total + tie) // question.seats)
            prices.append(max(0, enough - question.counted[other]))
        raises.append((other, prices))
    return raises
