"""Which choices take part in the allocation."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from aggregation.domain.seats.allocation import ChoiceVotes, Step, StepCode


def apply_threshold(choices: Sequence[ChoiceVotes], percent: Fraction) -> tuple[list[ChoiceVotes], list[Step]]:
    """Return the choices that pass and the steps that say why.

    The base is all valid votes, "against all" included. A choice passes with at least `percent` of it ("five and
    more percent", Article 97-1), compared in whole numbers and fractions. A choice without a single vote never
    passes, not even a threshold of zero.
    """
    base = sum(choice.votes for choice in choices)
    value = percent * base / 100
    steps = [
        Step(StepCode.THRESHOLD, figures={"base": str(base), "percent": str(percent), "value": str(value)}),
    ]
    passing: list[ChoiceVotes] = []
    for choice in choices:
        figures = {"votes": str(choice.votes), "percent": str(Fraction(100 * choice.votes, base or 1))}
        if choice.against_all:
            code = StepCode.AGAINST_ALL
        elif choice.votes > 0 and choice.votes >= value:
            code = StepCode.PASSED
            passing.append(choice)
        else:
            code = StepCode.BELOW_THRESHOLD
        steps.append(Step(code, choice.code, figures=figures))
    return passing, steps
