"""What goes into an allocation of seats, and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class AllocationRefused(ValueError):
    """The question makes no sense: `code` is stable, `message` a sentence, `field` what it concerns."""

    def __init__(self, code: str, message: str, field: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


@dataclass(frozen=True)
class ChoiceVotes:
    """A choice and its valid votes. `against_all` counts in the threshold's base and wins nothing.

    `registration_order` is the place in the order of registration (lower is earlier), None where there is none.
    """

    code: str
    votes: int
    registration_order: int | None = None
    against_all: bool = False


class StepCode(StrEnum):
    """What happened in a step. The comment names the step's choice, rivals and figures."""

    THRESHOLD = "threshold"  # base, percent, value (the votes that are just enough, as a fraction)
    AGAINST_ALL = "against_all"  # choice; votes
    PASSED = "passed"  # choice; votes, percent
    BELOW_THRESHOLD = "below_threshold"  # choice; votes, percent
    NO_SEATS = "no_seats"  # nothing is to be allocated
    NO_VOTES = "no_votes"  # seats: nobody voted for any list or candidate
    NOBODY_PASSES = "nobody_passes"  # seats
    RUNNER_UP_JOINS = "runner_up_joins"  # choice, rivals of equal votes that registered later; votes
    NO_RUNNER_UP = "no_runner_up"  # choice: the one list that passed, and no other has votes
    QUOTA = "quota"  # votes (of the lists taking part), seats, quota
    QUOTIENT = "quotient"  # choice; votes, quotient, whole, remainder
    RUNNER_UP_QUOTIENT = "runner_up_quotient"  # choice (empty if lots decide); votes, quotient, factor, share, whole
    RUNNER_UP_SEATS = "runner_up_seats"  # choice (empty if lots decide); whole, minimum, seats
    SEATS_LEFT = "seats_left"  # given, left
    SEAT_BY_REMAINDER = "seat_by_remainder"  # choice, rivals that registered later; seat, remainder
    REST_TO_FIRST = "rest_to_first"  # choice; whole, seats
    SEAT_BY_QUOTIENT = "seat_by_quotient"  # choice, rivals that registered later; seat, votes, divisor, quotient
    WINNER = "winner"  # choice; seat, votes
    VACANT = "vacant"  # seats: fewer candidates with votes than seats
    LOTS = "lots"  # rivals; seats, over


@dataclass(frozen=True)
class Step:
    """One step of an allocation; figures are exact: "7" or "123/7", never rounded."""

    code: StepCode
    choice: str = ""
    rivals: tuple[str, ...] = ()
    figures: Mapping[str, str] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        return {
            "code": self.code.value,
            "choice": self.choice,
            "rivals": list(self.rivals),
            "figures": dict(self.figures),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Step:
        return cls(
            code=StepCode(data["code"]),
            choice=data["choice"],
            rivals=tuple(data["rivals"]),
            figures=dict(data["figures"]),
        )


class LotsOver(StrEnum):
    """What lots decide about."""

    SEATS = "seats"  # which of the choices get one seat each
    RUNNER_UP = "runner_up"  # which single choice joins as the runner-up and gets all of these seats


@dataclass(frozen=True)
class Lots:
    """A tie that no rule breaks: the choices concerned and the seats that stay undecided until lots are drawn."""

    choices: tuple[str, ...]
    seats: int
    over: LotsOver = LotsOver.SEATS


@dataclass(frozen=True)
class Allocation:
    """An allocation: `seats` names every choice but "against all", with what is decided; `lots` what is not.

    `seats` and `steps` come in one order (votes, then registration, then code), whatever the order of the input.
    """

    method: str
    total: int
    threshold_percent: str
    seats: dict[str, int]
    steps: tuple[Step, ...]
    lots: Lots | None = None

    @property
    def unallocated(self) -> int:
        """Seats that nobody has: undecided until lots are drawn, or vacant."""
        return self.total - sum(self.seats.values())

    def as_data(self) -> dict[str, Any]:
        """The allocation as plain JSON data; `from_data` is its inverse."""
        lots = self.lots
        return {
            "method": self.method,
            "total": self.total,
            "threshold_percent": self.threshold_percent,
            "seats": dict(self.seats),
            "lots": lots and {"choices": list(lots.choices), "seats": lots.seats, "over": lots.over.value},
            "steps": [step.as_data() for step in self.steps],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Allocation:
        lots = data["lots"]
        return cls(
            method=data["method"],
            total=data["total"],
            threshold_percent=data["threshold_percent"],
            seats=dict(data["seats"]),
            steps=tuple(Step.from_data(step) for step in data["steps"]),
            lots=lots and Lots(tuple(lots["choices"]), lots["seats"], LotsOver(lots["over"])),
        )


@dataclass(frozen=True)
class Outcome:
    """What a method hands back: seats of the choices that got any, the steps, and lots if a tie is left."""

    seats: Mapping[str, int]
    steps: Sequence[Step]
    lots: Lots | None = None


def lots_step(lots: Lots) -> Step:
    return Step(StepCode.LOTS, rivals=lots.choices, figures={"seats": str(lots.seats), "over": lots.over.value})
