"""Seats that open votes can still change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from aggregation.domain.bounds.least import least_seats
from aggregation.domain.bounds.most import most_seats
from aggregation.domain.bounds.question import Question, surely
from aggregation.domain.seats import AllocationRefused, ChoiceVotes
from aggregation.domain.seats.by_method import percent_of

# With more lists than this at the threshold there are too many ways to pass: bounds are then from nothing to all.
MOST_UNCERTAIN = 10


@dataclass(frozen=True)
class SeatRange:
    """Seats of a list over every way the open votes can fall, and whether it is open that it passes the threshold.

    No completion gives fewer than `least` or more than `most`; `least_reached` and `most_reached` say that one gives
    just that, so that the bound is exact. `now` are the seats by the counted votes.
    """

    choice: str
    now: int
    least: int
    most: int
    least_reached: bool
    most_reached: bool
    passes_now: bool
    can_fail: bool
    can_pass: bool

    @property
    def is_open(self) -> bool:
        """Whether its seats can still change."""
        return self.least != self.most

    @property
    def is_exact(self) -> bool:
        """Whether both bounds are reached."""
        return self.least_reached and self.most_reached

    @property
    def threshold_is_open(self) -> bool:
        """Whether it can still pass or still fail."""
        return self.can_pass and self.can_fail


@dataclass(frozen=True)
class Bounds:
    """What `open_votes` can still change; `ranges` in the order of the votes counted."""

    open_votes: int
    ranges: tuple[SeatRange, ...]

    @property
    def is_settled(self) -> bool:
        """Whether no seat can change any more, and none waits for lots."""
        return not any(each.is_open for each in self.ranges)

    @property
    def is_exact(self) -> bool:
        """Whether every bound is reached by some completion."""
        return all(each.is_exact for each in self.ranges)

    @property
    def winners(self) -> tuple[str, ...]:
        """The choices that can have a seat."""
        return tuple(each.choice for each in self.ranges if each.most)


def bounds(
    *,
    votes: Sequence[ChoiceVotes],
    open_votes: int,
    seats: int,
    threshold_percent: Fraction | Decimal | str,
    method: str,
    minimum_runner_up: int | None = None,
) -> Bounds:
    """Return the least and most seats of every list, whatever at most `open_votes` further valid votes will be.

    Raises AllocationRefused as `allocate` does, and for a negative number of open votes.
    """
    question = _question(
        votes=votes,
        open_votes=open_votes,
        seats=seats,
        threshold_percent=threshold_percent,
        method=method,
        minimum_runner_up=minimum_runner_up,
    )
    now = question.completed({})
    return Bounds(open_votes, tuple(_range(question, code, surely(now, code)) for code in now.seats))


def votes_that_change_nothing(
    *,
    votes: Sequence[ChoiceVotes],
    open_votes: int,
    seats: int,
    threshold_percent: Fraction | Decimal | str,
    method: str,
    minimum_runner_up: int | None = None,
) -> int | None:
    """Return a number up to `open_votes` of which it is proven that so many further votes change no seat.

    The largest the bounds can prove; None where even none is too many, since lots must decide already. Fewer votes are
    covered: they can fall in no way that more could not.
    """

    def asked(number: int) -> Question:
        return _question(
            votes=votes,
            open_votes=number,
            seats=seats,
            threshold_percent=threshold_percent,
            method=method,
            minimum_runner_up=minimum_runner_up,
        )

    if not _is_settled(asked(0)):
        return None
    low, high = 0, open_votes + 1
    while high - low > 1:
        middle = (low + high) // 2
        if _is_settled(asked(middle)):
            low = middle
        else:
            high = middle
    return low


def _is_settled(question: Question) -> bool:
    return not any(_range(question, code, 0).is_open for code in question.lists)


def _question(
    *,
    votes: Sequence[ChoiceVotes],
    open_votes: int,
    seats: int,
    threshold_percent: Fraction | Decimal | str,
    method: str,
    minimum_runner_up: int | None,
) -> Question:
    if open_votes < 0:
        raise AllocationRefused("negative_votes", f"Open votes cannot be negative ({open_votes}).", "open_votes")
    return Question(tuple(votes), open_votes, seats, percent_of(threshold_percent), method, minimum_runner_up)


def _range(question: Question, code: str, now: int) -> SeatRange:
    if len(question.uncertain) > MOST_UNCERTAIN:
        least, least_reached, most, most_reached = 0, -1, question.seats, -1
    else:
        least, least_reached = least_seats(question, code)
        most, most_reached = most_seats(question, code)
    return SeatRange(
        choice=code,
        now=now,
        least=least,
        most=most,
        least_reached=least == least_reached,
        most_reached=most == most_reached,
        passes_now=not question.fails(question.counted[code], 0),
        can_fail=code in question.can_fail,
        can_pass=code in question.can_pass,
    )
