"""A complaint on a protocol: where it stands, and on which lines the complainant's copy says something else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from stations.domain.layout import Layout


class ComplaintState(StrEnum):
    """Where a complaint stands. Only `open` and `overdue` still wait for the commission."""

    OPEN = "open"
    OVERDUE = "overdue"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class Ending(StrEnum):
    """How a complaint ended: by one of three answers, or by the complainant taking it back."""

    UPHELD = "upheld"
    PARTLY_UPHELD = "partly_upheld"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


ANSWERS = (Ending.UPHELD, Ending.PARTLY_UPHELD, Ending.REJECTED)


class Remedy(StrEnum):
    """What follows for the protocol from an answer. A complaint itself never changes a figure."""

    NOTHING = "nothing"
    CORRECTION = "correction"
    RECOUNT = "recount"
    ANNULMENT = "annulment"


def may_follow(ending: Ending, remedy: Remedy) -> bool:
    """Say whether this remedy can follow from this answer: from a complaint that is rejected nothing does."""
    return ending in ANSWERS and (ending is not Ending.REJECTED or remedy is Remedy.NOTHING)


def complaint_state(ending: Ending | None, answer_by: datetime | None, now: datetime) -> ComplaintState:
    """Return where a complaint stands. `answer_by` is None where the law names no time."""
    if ending is Ending.WITHDRAWN:
        return ComplaintState.WITHDRAWN
    if ending is not None:
        return ComplaintState.ANSWERED
    return ComplaintState.OVERDUE if answer_by is not None and now > answer_by else ComplaintState.OPEN


def contradicted(copy: Sequence[int | None], figures: Sequence[int | None], layout: Layout) -> list[str]:
    """Return the codes of the lines on which a copy says something else. A line left empty says nothing."""
    return [
        code
        for code, on_copy, on_protocol in zip(layout.codes, copy, figures, strict=True)
        if on_copy is not None and on_copy != on_protocol
    ]
