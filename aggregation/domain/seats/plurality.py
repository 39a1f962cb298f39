"""The most votes win."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from aggregation.domain.seats.allocation import ChoiceVotes, Outcome, Step, StepCode, lots_step
from aggregation.domain.seats.ties import Claim, award_one_each


def plurality(passing: Sequence[ChoiceVotes], seats: int) -> Outcome:
    """One seat each to those with the most votes; equal votes for too few seats go to lots.

    The order of registration is a rule for lists, so it decides nothing between candidates. With fewer candidates
    than seats the rest stay vacant.
    """
    claims = [Claim(replace(choice, registration_order=None), Fraction(choice.votes)) for choice in passing]
    awards, lots = award_one_each(claims, seats)
    steps = [
        Step(StepCode.WINNER, award.choice.code, figures={"seat": str(number), "votes": str(award.choice.votes)})
        for number, award in enumerate(awards, start=1)
    ]
    vacant = seats - len(awards) - (lots.seats if lots else 0)
    if lots:
        steps.append(lots_step(lots))
    if vacant:
        steps.append(Step(StepCode.VACANT, figures={"seats": str(vacant)}))
    return Outcome({award.choice.code: 1 for award in awards}, steps, lots)
