"""An allocation as a person checks it with a calculator: one table, whole numbers wherever they will do."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from aggregation.domain.seats.allocation import Allocation, Step, StepCode
from aggregation.domain.seats.divisors import DIVISORS


@dataclass(frozen=True)
class QuotaRow:
    """A list's quotient is product / quota votes = whole + rest / quota votes.

    All rests have one denominator, the votes of the lists taking part, so whole numbers are compared. `rank` is the
    place of the rest among all, from 1; `by_remainder` says that it got one of the last seats.
    """

    choice: str
    votes: int
    product: int
    quotient: Fraction
    whole: int
    rest: int
    rank: int
    by_remainder: bool
    seats: int


@dataclass(frozen=True)
class QuotaSheet:
    """Hare's quota: `votes` of the lists taking part, `seats`, whole seats `given`, and `left` for the remainders."""

    votes: int
    seats: int
    quota: Fraction
    given: int
    left: int
    rows: tuple[QuotaRow, ...]


@dataclass(frozen=True)
class DivisorRow:
    """The quotient of a list's last seat (None without a seat), and the one that would have to win its next."""

    choice: str
    votes: int
    seats: int
    last_divisor: int
    last: Fraction | None
    next_divisor: int
    next: Fraction


@dataclass(frozen=True)
class DivisorSheet:
    """Every `last` quotient is at least as large as every `next`: that is all there is to check."""

    rows: tuple[DivisorRow, ...]


def worksheet(allocation: Allocation) -> QuotaSheet | DivisorSheet | None:
    """Return the table; None where there is nothing to calculate, or the steps say all (plurality, a runner-up)."""
    codes = {step.code for step in allocation.steps}
    if StepCode.SEATS_LEFT in codes:
        return _quota_sheet(allocation)
    if StepCode.SEAT_BY_QUOTIENT in codes:
        return _divisor_sheet(allocation)
    return None


def _quota_sheet(allocation: Allocation) -> QuotaSheet:
    votes = int(_only(allocation, StepCode.QUOTA).figures["votes"])
    counted = {step.choice: int(step.figures["votes"]) for step in allocation.steps if step.code is StepCode.QUOTIENT}
    won = [step.choice for step in allocation.steps if step.code is StepCode.SEAT_BY_REMAINDER]
    rests = {code: count * allocation.total % votes for code, count in counted.items()}
    # Equal rests stand in the order in which they got seats: registration decided between them.
    ranked = sorted(rests, key=lambda code: (-rests[code], won.index(code) if code in won else len(won)))
    given = int(_only(allocation, StepCode.SEATS_LEFT).figures["given"])
    return QuotaSheet(
        votes=votes,
        seats=allocation.total,
        quota=Fraction(votes, allocation.total),
        given=given,
        left=allocation.total - given,
        rows=tuple(
            QuotaRow(
                choice=code,
                votes=count,
                product=count * allocation.total,
                quotient=Fraction(count * allocation.total, votes),
                whole=count * allocation.total // votes,
                rest=rests[code],
                rank=ranked.index(code) + 1,
                by_remainder=code in won,
                seats=allocation.seats[code],
            )
            for code, count in counted.items()
        ),
    )


def _divisor_sheet(allocation: Allocation) -> DivisorSheet:
    divisor = DIVISORS[allocation.method]
    rows = []
    for step in allocation.steps:
        if step.code is not StepCode.PASSED:
            continue
        votes, seats = int(step.figures["votes"]), allocation.seats[step.choice]
        last = divisor(seats - 1) if seats else 0
        rows.append(
            DivisorRow(
                choice=step.choice,
                votes=votes,
                seats=seats,
                last_divisor=last,
                last=Fraction(votes, last) if last else None,
                next_divisor=divisor(seats),
                next=Fraction(votes, divisor(seats)),
            )
        )
    return DivisorSheet(tuple(rows))


def _only(allocation: Allocation, code: StepCode) -> Step:
    return next(step for step in allocation.steps if step.code is code)
