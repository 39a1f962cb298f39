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
from aggregation.domain.seats.margins import Change, Margin, margins
from aggregation.domain.seats.worksheet import DivisorRow, DivisorSheet, QuotaRow, QuotaSheet, worksheet

__all__ = [
    "MAXIMUM_SEATS",
    "METHODS",
    "Allocation",
    "AllocationRefused",
    "Change",
    "ChoiceVotes",
    "DivisorRow",
    "DivisorSheet",
    "Lots",
    "LotsOver",
    "Margin",
    "QuotaRow",
    "QuotaSheet",
    "Step",
    "StepCode",
    "allocate",
    "margins",
    "worksheet",
]
