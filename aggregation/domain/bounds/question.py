"""Counted votes, open votes, and the rule of the contest: what a bound is asked about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import combinations

from aggregation.domain.seats import Allocation, ChoiceVotes, LotsOver, allocate


@dataclass(frozen=True)
class Question:
    """Counted `votes`, and `open` votes of which any number may fall in any way, or be no valid vote at all.

    Stations that are out, each with at most so many valid votes, are together the same as one station with the sum:
    every distribution of at most that many votes can be cut up among them. So one number says all about them.
    """

    votes: tuple[ChoiceVotes, ...]
    open: int
    seats: int
    percent: Fraction
    method: str
    minimum_runner_up: int | None

    @cached_property
    def counted(self) -> dict[str, int]:
        """Counted votes by choice, those against all included."""
        return {choice.code: choice.votes for choice in self.votes}

    @cached_property
    def base(self) -> int:
        """All valid votes counted."""
        return sum(self.counted.values())

    @cached_property
    def lists(self) -> tuple[str, ...]:
        """The choices that can win seats."""
        return tuple(choice.code for choice in self.votes if not choice.against_all)

    @cached_property
    def share(self) -> Fraction:
        """The threshold as a share of the base."""
        return self.percent / 100

    def least_passing(self, added: int) -> int:
        """Return the fewest votes that pass the threshold when `added` votes are counted besides."""
        return max(1, -(-self.share.numerator * (self.base + added) // self.share.denominator))

    def fails(self, votes: int, added: int) -> bool:
        """Say whether a list with so many votes is below the threshold when `added` votes are counted besides."""
        return votes < self.least_passing(added)

    @cached_property
    def can_pass(self) -> frozenset[str]:
        """The lists that pass in some completion: each does best with every open vote."""
        return frozenset(code for code in self.lists if not self.fails(self.counted[code] + self.open, self.open))

    @cached_property
    def can_fail(self) -> frozenset[str]:
        """The lists that fail in some completion: each does worst if others get every open vote."""
        alone = len(self.votes) == 1
        return frozenset(code for code in self.lists if self.fails(self.counted[code], 0 if alone else self.open))

    def passing_sets(self, among: Iterable[str]) -> Iterator[frozenset[str]]:
        """Yield every set of lists that might be those that pass, `among` being the ones it may hold."""
        allowed = [code for code in self.lists if code in among]
        certain = frozenset(allowed) - self.can_fail
        uncertain = [code for code in allowed if code in self.can_fail and code in self.can_pass]
        for size in range(len(uncertain) + 1):
            for chosen in combinations(uncertain, size):
                yield certain | frozenset(chosen)

    @cached_property
    def uncertain(self) -> frozenset[str]:
        """The lists of which it is open whether they pass."""
        return self.can_pass & self.can_fail

    def completed(self, added: Mapping[str, int]) -> Allocation:
        """Return the allocation with these votes counted besides."""
        votes = [replace(choice, votes=choice.votes + added.get(choice.code, 0)) for choice in self.votes]
        return self.allocated(votes)

    def allocated(self, votes: Sequence[ChoiceVotes]) -> Allocation:
        """Return the allocation of these votes by the contest's rule."""
        return allocate(
            votes=votes,
            seats=self.seats,
            threshold_percent=self.percent,
            method=self.method,
            minimum_runner_up=self.minimum_runner_up,
        )

    def wins_ties(self, code: str, rival: str) -> bool:
        """Say whether a list surely comes before its rival where their claims are equal."""
        if self.method == "plurality":
            return False
        orders = {choice.code: choice.registration_order for choice in self.votes if not choice.against_all}
        if None in orders.values() or len(set(orders.values())) < len(orders):
            return False
        return (orders[code] or 0) < (orders[rival] or 0)


def surely(allocation: Allocation, code: str) -> int:
    """Return the seats a choice has whatever lots say."""
    return allocation.seats[code]


def possibly(allocation: Allocation, code: str) -> int:
    """Return the seats a choice has if lots fall for it."""
    lots = allocation.lots
    if lots is None or code not in lots.choices:
        return allocation.seats[code]
    return allocation.seats[code] + (lots.seats if lots.over is LotsOver.RUNNER_UP else 1)
