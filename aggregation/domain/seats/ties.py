"""Handing out seats one each to the largest claims, and what happens when claims are equal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from aggregation.domain.seats.allocation import ChoiceVotes, Lots


@dataclass(frozen=True)
class Claim:
    """What a choice holds against the others for one seat: a remainder, a quotient, its votes."""

    choice: ChoiceVotes
    size: Fraction


@dataclass(frozen=True)
class Award:
    """One seat for one choice; `rivals` had the same claim and gave way because they registered later."""

    choice: ChoiceVotes
    size: Fraction
    rivals: tuple[str, ...] = ()


def award_one_each(claims: Sequence[Claim], seats: int) -> tuple[list[Award], Lots | None]:
    """Give up to `seats` seats, one a claim, to the largest claims.

    Among equal claims for too few seats the earlier registered come first (Article 97-1). Where one of them has no
    place in the order of registration, or several share one, nothing ranks them: the seats go to lots.
    """
    awards: list[Award] = []
    for size, tied in _equal_claims(claims):
        left = seats - len(awards)
        if left == 0:
            break
        if len(tied) <= left:
            awards += [Award(choice, size) for choice in tied]
            continue
        winners, lots = _earlier_registered(tied, left)
        winning = {choice.code for choice in winners}
        rivals = tuple(choice.code for choice in tied if choice.code not in winning)
        awards += [Award(choice, size, rivals) for choice in winners]
        return awards, lots
    return awards, None


def _equal_claims(claims: Sequence[Claim]) -> Iterator[tuple[Fraction, list[ChoiceVotes]]]:
    ranked = sorted(claims, key=lambda claim: claim.size, reverse=True)
    for size, group in groupby(ranked, key=lambda claim: claim.size):
        yield size, [claim.choice for claim in group]


def _earlier_registered(tied: Sequence[ChoiceVotes], seats: int) -> tuple[list[ChoiceVotes], Lots | None]:
    orders = {choice.code: choice.registration_order for choice in tied}
    if None in orders.values():
        return [], Lots(tuple(orders), seats)
    ranked = sorted(tied, key=_registration)
    winners: list[ChoiceVotes] = []
    for _, group in groupby(ranked, key=_registration):
        same_place = list(group)
        left = seats - len(winners)
        if left == 0:
            break
        if len(same_place) > left:
            return winners, Lots(tuple(choice.code for choice in same_place), left)
        winners += same_place
    return winners, None


def _registration(choice: ChoiceVotes) -> int:
    return choice.registration_order or 0
