"""From votes to seats, in exact fractions, with every step as data that can be shown."""

from aggregation.domain.seats.allocation import (
    Allocation,
    AllocationRefused,
    ChoiceVotes,
    Lots,
    LotsOver,
    Step,
    StepCode,
)
from aggregation.domain.seats.by_method import MAXIMUM_SEATS, METHODS, allocate

__all__ = [
    "MAXIMUM_SEATS",
    "METHODS",
    "Allocation",
    "AllocationRefused",
    "ChoiceVotes",
    "Lots",
    "LotsOver",
    "Step",
    "StepCode",
    "allocate",
]
