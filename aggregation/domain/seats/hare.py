"""Hare quota with largest remainders, plain and as Article 97-1 has it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from aggregation.domain.seats.allocation import ChoiceVotes, Lots, LotsOver, Outcome, Step, StepCode, lots_step
from aggregation.domain.seats.ties import Claim, award_one_each

RUNNER_UP_FACTOR = Fraction(7, 10)
RUNNER_UP_MINIMUM = 2


def hare(passing: Sequence[ChoiceVotes], seats: int) -> Outcome:
    """Whole quotas first, then one seat each to the largest remainders.

    Quota = votes of the lists taking part / seats, a fraction that is never rounded. Fewer seats are left than there
    are lists with a remainder, so no list gets two by remainder and none gets one for a remainder of zero.
    """
    quota, quota_step = _quota(passing, seats)
    steps = [quota_step]
    given: dict[str, int] = {}
    claims: list[Claim] = []
    for choice in passing:
        quotient = choice.votes / quota
        whole = int(quotient)
        given[choice.code] = whole
        claims.append(Claim(choice, quotient - whole))
        steps.append(_quotient_step(choice, quotient))
    left = seats - sum(given.values())
    steps.append(_seats_left_step(seats - left, left))
    awards, lots = award_one_each(claims, left)
    for number, award in enumerate(awards, start=seats - left + 1):
        given[award.choice.code] += 1
        figures = {"seat": str(number), "remainder": str(award.size)}
        steps.append(Step(StepCode.SEAT_BY_REMAINDER, award.choice.code, award.rivals, figures))
    if lots:
        steps.append(lots_step(lots))
    return Outcome(given, steps, lots)


def hare_kz(
    passing: Sequence[ChoiceVotes], seats: int, others: Sequence[ChoiceVotes], minimum_runner_up: int | None
) -> Outcome:
    """Constitutional Law on Elections of Kazakhstan, Article 97-1.

    As `hare`, unless a single list passes. Then the list with the next most votes joins it (`others` are the lists
    below the threshold): at least two lists sit in the house. A list nobody voted for does not join; where there is
    no other, the single list takes all seats.
    """
    if len(passing) != 1:
        return hare(passing, seats)
    first = passing[0]
    voted_for = [choice for choice in others if choice.votes > 0]
    if not voted_for:
        alone = hare(passing, seats)
        return Outcome(alone.seats, [Step(StepCode.NO_RUNNER_UP, first.code), *alone.steps])
    minimum = RUNNER_UP_MINIMUM if minimum_runner_up is None else minimum_runner_up
    return _first_and_runner_up(first, voted_for, seats, minimum)


def _first_and_runner_up(first: ChoiceVotes, below: Sequence[ChoiceVotes], seats: int, minimum: int) -> Outcome:
    """Share the seats between the only list that passed and the runner-up.

    The quota is that of both lists' votes. The runner-up's quotient is multiplied by 0.7 and its whole part taken,
    raised to the minimum (but to no more than the seats there are). Everything else is the first list's: the law
    gives it what is left, so no remainder is compared. Rounding the product down is the reading that keeps the
    factor a reduction; rounding up would hand the runner-up a part of a seat the law has just taken from it.

    Several equally strong runners-up are told apart by registration, or else by lots: they have the same votes, so
    how many seats the one drawn will get is already certain.
    """
    awards, tie = award_one_each([Claim(choice, Fraction(choice.votes)) for choice in below], 1)
    votes = max(choice.votes for choice in below)
    runner_up = awards[0].choice.code if awards else ""
    steps: list[Step] = []
    if awards:
        steps.append(Step(StepCode.RUNNER_UP_JOINS, runner_up, awards[0].rivals, {"votes": str(votes)}))
    quota, quota_step = _quota([first, ChoiceVotes(runner_up, votes)], seats)
    quotient = votes / quota
    share = quotient * RUNNER_UP_FACTOR
    runner_up_seats = min(max(int(share), minimum), seats)
    steps += [
        quota_step,
        _quotient_step(first, first.votes / quota),
        Step(
            StepCode.RUNNER_UP_QUOTIENT,
            runner_up,
            figures={
                "votes": str(votes),
                "quotient": str(quotient),
                "factor": str(RUNNER_UP_FACTOR),
                "share": str(share),
                "whole": str(int(share)),
            },
        ),
        Step(
            StepCode.RUNNER_UP_SEATS,
            runner_up,
            figures={"whole": str(int(share)), "minimum": str(minimum), "seats": str(runner_up_seats)},
        ),
        Step(
            StepCode.REST_TO_FIRST,
            first.code,
            figures={"whole": str(int(first.votes / quota)), "seats": str(seats - runner_up_seats)},
        ),
    ]
    given = {first.code: seats - runner_up_seats}
    if runner_up:
        given[runner_up] = runner_up_seats
    lots = Lots(tie.choices, runner_up_seats, LotsOver.RUNNER_UP) if tie and runner_up_seats else None
    if lots:
        steps.append(lots_step(lots))
    return Outcome(given, steps, lots)


def _quota(participants: Sequence[ChoiceVotes], seats: int) -> tuple[Fraction, Step]:
    votes = sum(choice.votes for choice in participants)
    quota = Fraction(votes, seats)
    return quota, Step(StepCode.QUOTA, figures={"votes": str(votes), "seats": str(seats), "quota": str(quota)})


def _quotient_step(choice: ChoiceVotes, quotient: Fraction) -> Step:
    whole = int(quotient)
    figures = {
        "votes": str(choice.votes),
        "quotient": str(quotient),
        "whole": str(whole),
        "remainder": str(quotient - whole),
    }
    return Step(StepCode.QUOTIENT, choice.code, figures=figures)


def _seats_left_step(given: int, left: int) -> Step:
    return Step(StepCode.SEATS_LEFT, figures={"given": str(given), "left": str(left)})
