"""Seats, allocated a second time, as plainly as the law says it: counting and comparing, seat by seat.

Constitutional Law on Elections of Kazakhstan, Article 97-1, for `hare-kz`; Hare with largest remainders, D'Hondt,
Sainte-Laguë and plurality by their textbook definitions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Contender:
    """A choice that can win seats."""

    code: str
    votes: int
    order: int | None


@dataclass(frozen=True, slots=True)
class Seats:
    """Seats of each choice, and how many stay open until lots are drawn."""

    of: dict[str, int]
    by_lots: int = 0


def allocate(
    contenders: Sequence[Contender],
    *,
    against_all: int,
    seats: int,
    threshold: Fraction,
    method: str,
    minimum_runner_up: int | None,
) -> Seats:
    """Allocate `seats`. `threshold` is in percent of all valid votes, those `against_all` included.

    Raises ValueError for a method it does not know.
    """
    valid = against_all + sum(contender.votes for contender in contenders)
    inside = [one for one in contenders if one.votes and one.votes * 100 >= threshold * valid]
    outside = [one for one in contenders if one.votes and one not in inside]
    won = {contender.code: 0 for contender in contenders}
    if not inside or not seats:
        return Seats(won)
    by_lots = _METHODS[method](won, inside, outside, seats, minimum_runner_up) if method in _METHODS else None
    if by_lots is None:
        raise ValueError(f"unknown method {method}")
    return Seats(won, by_lots)


def _hare(
    won: dict[str, int], inside: list[Contender], _outside: list[Contender], seats: int, _minimum: int | None
) -> int:
    quota = Fraction(sum(one.votes for one in inside), seats)
    for one in inside:
        won[one.code] = int(one.votes / quota)
    remainders = {one.code: one.votes / quota - won[one.code] for one in inside}
    return _one_each(won, inside, remainders, seats - sum(won.values()), registration_decides=True)


def _hare_kz(
    won: dict[str, int], inside: list[Contender], outside: list[Contender], seats: int, minimum: int | None
) -> int:
    if len(inside) > 1 or not outside:
        return _hare(won, inside, outside, seats, minimum)
    first = inside[0]
    most = max(one.votes for one in outside)
    quotient = Fraction(most * seats, first.votes + most)
    for_second = min(seats, max(int(quotient * 7 / 10), 2 if minimum is None else minimum))
    won[first.code] = seats - for_second
    second, _ = _winners([one for one in outside if one.votes == most], 1, registration_decides=True)
    for one in second:
        won[one.code] = for_second
    return 0 if second else for_second


def _by_divisors(divisor: Callable[[int], int]) -> Method:
    def method(
        won: dict[str, int], inside: list[Contender], _outside: list[Contender], seats: int, _minimum: int | None
    ) -> int:
        left = seats
        while left:
            largest = max(Fraction(one.votes, divisor(won[one.code])) for one in inside)
            tied = [one for one in inside if Fraction(one.votes, divisor(won[one.code])) == largest]
            winners, by_lots = _winners(tied, left, registration_decides=True)
            for one in winners:
                won[one.code] += 1
            if by_lots:
                return by_lots
            left -= len(winners)
        return 0

    return method


def _plurality(
    won: dict[str, int], inside: list[Contender], _outside: list[Contender], seats: int, _minimum: int | None
) -> int:
    votes = {one.code: Fraction(one.votes) for one in inside}
    return _one_each(won, inside, votes, seats, registration_decides=False)


Method = Callable[[dict[str, int], list[Contender], list[Contender], int, int | None], int]
"""Gives seats (first argument) to those inside, or the runner-up outside; returns how many go to lots."""

_METHODS: dict[str, Method] = {
    "hare-kz": _hare_kz,
    "hare": _hare,
    "dhondt": _by_divisors(lambda held: held + 1),
    "sainte-lague": _by_divisors(lambda held: 2 * held + 1),
    "plurality": _plurality,
}


def _one_each(
    won: dict[str, int], among: list[Contender], sizes: dict[str, Fraction], seats: int, *, registration_decides: bool
) -> int:
    """Give one seat each to the largest; return how many seats go to lots."""
    left = seats
    for size in sorted(set(sizes.values()), reverse=True):
        tied = [one for one in among if sizes[one.code] == size]
        winners, by_lots = _winners(tied, left, registration_decides=registration_decides)
        for one in winners:
            won[one.code] += 1
        left -= len(winners)
        if by_lots or not left:
            return by_lots
    return 0


def _winners(tied: list[Contender], seats: int, *, registration_decides: bool) -> tuple[list[Contender], int]:
    """Of equals, those who get one of the seats, and how many seats nothing but lots can give.

    The earlier registered go first; who has no place in that order, or shares one, cannot be told apart by it.
    """
    if len(tied) <= seats:
        return tied, 0
    if not registration_decides or any(one.order is None for one in tied):
        return [], seats
    winners: list[Contender] = []
    for order in sorted({one.order for one in tied if one.order is not None}):
        same = [one for one in tied if one.order == order]
        if len(winners) + len(same) > seats:
            break
        winners += same
    return winners, seats - len(winners)
