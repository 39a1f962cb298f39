"""Who holds the mandates that a result gives: quotas, lots, places on lists, what votes for candidates mean."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from aggregation.domain.seats import Allocation, ChoiceVotes, LotsOver


@dataclass(frozen=True)
class Place:
    """A place on a list, from 1, and the groups of the person who stands there."""

    number: int
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True)
class QuotaCheck:
    """How many of `people` are in one of the groups of a quota, and how many the law asks for at least."""

    people: int
    inside: int
    needed: int

    @property
    def is_met(self) -> bool:
        """Whether the quota is met."""
        return self.inside >= self.needed


def check_quota(places: Sequence[Place], *, percent: int, groups: Collection[str]) -> QuotaCheck:
    """Hold places against a quota. "At least 30 percent" of 10 are 3 people, of 11 are 4: a part of a person is one."""
    inside = sum(bool(place.groups & set(groups)) for place in places)
    return QuotaCheck(len(places), inside, -(-percent * len(places) // 100))


def holders(places: Sequence[Place], *, seats: int, gave_up: Collection[int]) -> list[Place]:
    """Return who holds a list's seats: its places in order, without those that gave theirs up.

    Fewer than there are seats where the list is too short: then seats stay vacant.
    """
    return [place for place in sorted(places, key=lambda place: place.number) if place.number not in gave_up][:seats]


class LotsRefused(ValueError):
    """What was drawn is no answer to the tie. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def with_lots(allocation: Allocation, won: Sequence[str]) -> Allocation:
    """Return the allocation with a drawn tie decided: no lots are left.

    Raises LotsRefused: `no_tie`, `not_tied` for a choice that was not in it, `wrong_number` of choices drawn.
    """
    lots = allocation.lots
    if lots is None:
        raise LotsRefused("no_tie")
    if not set(won) <= set(lots.choices):
        raise LotsRefused("not_tied")
    each = lots.seats if lots.over is LotsOver.RUNNER_UP else 1
    if len(set(won)) != len(won) or len(won) * each != lots.seats:
        raise LotsRefused("wrong_number")
    seats = {code: number + (each if code in won else 0) for code, number in allocation.seats.items()}
    return replace(allocation, seats=seats, lots=None)


class Verdict(StrEnum):
    """What votes for candidates mean for a constituency."""

    ELECTED = "elected"
    LOTS = "lots"
    REPEAT_VOTING = "repeat_voting"
    REPEAT_ELECTION = "repeat_election"


@dataclass(frozen=True)
class Consequence:
    """The verdict, and the candidates it is about: elected, or tied."""

    verdict: Verdict
    choices: tuple[str, ...] = ()


def consequence_of(
    allocation: Allocation, votes: Sequence[ChoiceVotes], *, on_tie: str, on_against_all: str
) -> Consequence:
    """Return what follows from the votes in a contest of candidates, by the contest's own rules.

    Where nobody got a vote, or "against all" got more than every candidate and the rule says so, the election is held
    again; a tie goes to lots or to repeat voting between those who are tied.
    """
    counted: Mapping[str, int] = {choice.code: choice.votes for choice in votes if not choice.against_all}
    against = sum(choice.votes for choice in votes if choice.against_all)
    most = max(counted.values(), default=0)
    if most == 0 or (on_against_all == Verdict.REPEAT_ELECTION and against > most):
        return Consequence(Verdict.REPEAT_ELECTION)
    if allocation.lots is not None:
        return Consequence(Verdict(on_tie), allocation.lots.choices)
    return Consequence(Verdict.ELECTED, tuple(code for code, seats in allocation.seats.items() if seats))
