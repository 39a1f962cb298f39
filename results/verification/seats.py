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
class Open:
    """How many seats stay open until lots are drawn, and between whom; `together` if one of them gets all."""

    seats: int = 0
    between: frozenset[str] = frozenset()
    together: bool = False


_NOTHING_OPEN = Open()


@dataclass(frozen=True, slots=True)
class Seats:
    """Seats of each choice, and what stays open until lots are drawn."""

    of: dict[str, int]
    open: Open = _NOTHING_OPEN

    @property
    def by_lots(self) -> int:
        """How many seats lots give."""
        return self.open.seats


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
    if method not in _METHODS:
        raise ValueError(f"unknown method {method}")
    return Seats(won, _METHODS[method](won, inside, outside, seats, minimum_runner_up))


def _hare(
    won: dict[str, int], inside: list[Contender], _outside: list[Contender], seats: int, _minimum: int | None
) -> Open:
    quota = Fraction(sum(one.votes for one in inside), seats)
    for one in inside:
        won[one.code] = int(one.votes / quota)
    remainders = {one.code: one.votes / quota - won[one.code] for one in inside}
    return _one_each(won, inside, remainders, seats - sum(won.values()), registration_decides=True)


def _hare_kz(
    won: dict[str, int], inside: list[Contender], outside: list[Contender], seats: int, minimum: int | None
) -> Open:
    if len(inside) > 1 or not outside:
        return _hare(won, inside, outside, seats, minimum)
    first = inside[0]
    most = max(one.votes for one in outside)
    quotient = Fraction(most * seats, first.votes + most)
    for_second = min(seats, max(int(quotient * 7 / 10), 2 if minimum is None else minimum))
    won[first.code] = seats - for_second
    second, tie = _winners([one for one in outside if one.votes == most], 1, registration_decides=True)
    for one in second:
        won[one.code] = for_second
    return _NOTHING_OPEN if second or not for_second else Open(for_second, tie.between, together=True)


def _by_divisors(divisor: Callable[[int], int]) -> Method:
    def method(
        won: dict[str, int], inside: list[Contender], _outside: list[Contender], seats: int, _minimum: int | None
    ) -> Open:
        left = seats
        while left:
            largest = max(Fraction(one.votes, divisor(won[one.code])) for one in inside)
            tied = [one for one in inside if Fraction(one.votes, divisor(won[one.code])) == largest]
            winners, tie = _winners(tied, left, registration_decides=True)
            for one in winners:
                won[one.code] += 1
            if tie.seats:
                return tie
            left -= len(winners)
        return _NOTHING_OPEN

    return method


def _plurality(
    won: dict[str, int], inside: list[Contender], _outside: list[Contender], seats: int, _minimum: int | None
) -> Open:
    votes = {one.code: Fraction(one.votes) for one in inside}
    return _one_each(won, inside, votes, seats, registration_decides=False)


Method = Callable[[dict[str, int], list[Contender], list[Contender], int, int | None], Open]
"""Gives seats (first argument) to those inside, or the runner-up outside; returns what goes to lots."""

_METHODS: dict[str, Method] = {
    "hare-kz": _hare_kz,
    "hare": _hare,
    "dhondt": _by_divisors(lambda held: held + 1),
    "sainte-lague": _by_divisors(lambda held: 2 * held + 1),
    "plurality": _plurality,
}


def _one_each(
    won: dict[str, int], among: list[Contender], sizes: dict[str, Fraction], seats: int, *, registration_decides: bool
) -> Open:
    """Give one seat each to the largest; return what goes to lots."""
    left = seats
    for size in sorted(set(sizes.values()), reverse=True):
        tied = [one for one in among if sizes[one.code] == size]
        winners, tie = _winners(tied, left, registration_decides=registration_decides)
        for one in winners:
            won[one.code] += 1
        left -= len(winners)
        if tie.seats or not left:
            return tie
    return _NOTHING_OPEN


def _winners(tied: list[Contender], seats: int, *, registration_decides: bool) -> tuple[list[Contender], Open]:
    """Of equals, those who get one of the seats, and what nothing but lots can give.

    The earlier registered go first; who has no place in that order, or shares one, cannot be told apart by it.
    """
    if len(tied) <= seats or not seats:
        return tied[:seats], _NOTHING_OPEN
    if not registration_decides or any(one.order is None for one in tied):
        return [], Open(seats, frozenset(one.code for one in tied))
    winners: list[Contender] = []
    for order in sorted({one.order for one in tied if one.order is not None}):
        same = [one for one in tied if one.order == order]
        if len(winners) + len(same) > seats:
            left = seats - len(winners)
            return winners, Open(left, frozenset(one.code for one in same)) if left else _NOTHING_OPEN
        winners += same
    return winners, _NOTHING_OPEN
