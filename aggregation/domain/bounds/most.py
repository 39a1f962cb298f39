"""The most seats a list can have over every way the open votes can fall. Exact, but for a runner-up's share."""

from __future__ import annotations

from fractions import Fraction

from aggregation.domain.bounds.question import Question, possibly
from aggregation.domain.seats.hare import RUNNER_UP_FACTOR, RUNNER_UP_MINIMUM


def most_seats(question: Question, code: str) -> tuple[int, int]:
    """Return (proven, reached): no completion gives more than the first, one gives the second."""
    if question.open == 0:
        return _now(question, code), _now(question, code)
    if question.method in ("hare", "hare-kz"):
        reached = _most_by_quota(question, code) if code in question.can_pass else _now(question, code)
        reached = max(reached, _as_runner_up_reached(question, code))
        return max(reached, _as_runner_up(question, code)), reached
    # A vote more for a choice never costs it a seat by a divisor method or by plurality: its claims grow, those of
    # others stay, and a larger base can only take others out. So every open vote for it gives it the most.
    most = possibly(question.completed({code: question.open}), code)
    return most, most


def _now(question: Question, code: str) -> int:
    return possibly(question.completed({}), code)


def _most_by_quota(question: Question, code: str) -> int:
    """Return the most seats of a list that passes, by quota and remainders.

    Of two claims the larger wins, and claims differ as quotients do. So a list loses no seat when its quotient grows
    and none of the others' does. With the same lists passing, and so many votes counted in all, that holds for every
    vote moved to it from another choice. So, for each set of lists that may pass, the others of the set get what they
    lack to the threshold, and the list everything else. It remains to say how many votes are counted in all. Where the
    threshold in votes is the same, more is better. When the base grows by the denominator of the threshold's share and
    the threshold by its numerator, every other quotient falls, since the votes of the set are no more than the base.
    So only the last such stretch matters, and in it the last number before each step of the threshold.
    """
    most = _now(question, code)
    for passing in question.passing_sets(question.can_pass | {code}):
        for added in _ends_of_steps(question):
            completion = _completion(question, code, passing | {code}, added)
            if completion is not None:
                most = max(most, possibly(question.completed(completion), code))
    return most


def _ends_of_steps(question: Question) -> list[int]:
    last = question.open
    first = max(0, last - question.share.denominator + 1)
    ends = [last]
    while True:
        # The largest number with a smaller threshold than the one found before.
        smaller = question.least_passing(ends[-1]) - 1
        added = question.share.denominator * smaller // question.share.numerator - question.base if smaller else -1
        if added < first:
            return ends
        ends.append(added)


def _completion(question: Question, code: str, passing: frozenset[str], added: int) -> dict[str, int] | None:
    needed = question.least_passing(added)
    counted = question.counted
    if any(not question.fails(counted[other], added) for other in question.lists if other not in passing):
        return None
    completion = {other: max(0, needed - counted[other]) for other in passing if other != code}
    rest = added - sum(completion.values())
    if rest < 0 or question.fails(counted[code] + rest, added):
        return None
    return {**completion, code: rest}


def _as_runner_up(question: Question, code: str) -> int:
    """Return what a list below the threshold can have beside the only list that passes, or more: no completion can.

    It has fewer votes than the list that passes, fewer than the threshold, and no more than all open ones besides.
    """
    if question.method != "hare-kz" or not _may_be_runner_up(question, code):
        return 0
    votes = min(question.counted[code] + question.open, question.least_passing(question.open) - 1)
    if votes < 1:
        return 0
    least = RUNNER_UP_MINIMUM if question.minimum_runner_up is None else question.minimum_runner_up
    most = 0
    for first in question.can_pass - {code}:
        if all(other in question.can_fail for other in question.lists if other != first):
            against = max(question.counted[first], votes + 1)
            share = RUNNER_UP_FACTOR * Fraction(question.seats * votes, votes + against)
            most = max(most, min(max(int(share), least), question.seats))
    return most


def _may_be_runner_up(question: Question, code: str) -> bool:
    others = [question.counted[other] for other in question.lists if other != code]
    # Besides the one that passes no other list may be ahead of it, whatever it gets.
    ahead = sum(votes > question.counted[code] + question.open for votes in others)
    return code in question.can_fail and ahead <= 1


def _as_runner_up_reached(question: Question, code: str) -> int:
    """Return what some completions give a runner-up: just under the threshold, the rest elsewhere."""
    if question.method != "hare-kz" or not _may_be_runner_up(question, code):
        return 0
    below = max(0, min(question.open, question.least_passing(question.open) - 1 - question.counted[code]))
    reached = possibly(question.completed({code: below}), code)
    for choice in question.votes:
        if choice.code != code:
            completion = {code: below, choice.code: question.open - below}
            reached = max(reached, possibly(question.completed(completion), code))
    return reached
