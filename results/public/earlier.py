"""A contest beside the same contest of an earlier election, where that one is loaded and published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db import connections, transaction
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.access import public
from aggregation.selectors import Sum
from results.models import Snapshot
from results.public.beneath import sums_beneath
from results.public.ground import READER, NotThere, ground_of
from results.public.kept_pages import LIVE, answer
from results.public.outcome import Outcome, outcome_of
from results.public.pages import rendered
from results.public.registry import children_of, choices_of, contest_of, nation
from results.public.sharing import share_of
from results.public.showing import Basis, Status, show
from results.publication.selectors import newest
from stations.models import Area, Choice, Contest, Election


@dataclass(frozen=True)
class Compared:
    """A value in this election and in the earlier one; None where one of them has none."""

    now: Fraction | None
    then: Fraction | None

    @property
    def difference(self) -> Fraction | None:
        """In percentage points, as a share."""
        return None if self.now is None or self.then is None else self.now - self.then


@dataclass(frozen=True)
class ChoiceRow:
    """A choice that stood in either election."""

    name: str
    share: Compared


@dataclass(frozen=True)
class AreaRow:
    """An area with its turnout in both elections, and the first choice of each."""

    name: str
    turnout: Compared
    now: Outcome | None
    then: Outcome | None


@dataclass(frozen=True)
class Side:
    """One of the two elections: its contest, what is shown of it, and its sums."""

    contest: Contest
    basis: Basis
    sum: Sum
    choices: list[Choice]

    @property
    def outcome(self) -> Outcome:
        return outcome_of(self.sum.figures, self.choices)


@public
@require_safe
def earlier(request: HttpRequest, contest: str) -> HttpResponseBase:
    """The nation's result of a contest, and of its regions, beside that of the last election before."""
    try:
        ground = ground_of(contest, timezone.now())
    except NotThere:
        raise Http404 from None
    found = contest_of(ground.contest_id)
    before = earlier_contest(found)
    if ground.basis is None or before is None:
        raise Http404
    basis = ground.basis

    def make() -> bytes:
        with transaction.atomic(using=READER):
            with connections[READER].cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            return rendered(request, "results/earlier.html", _told(_side(found, basis), _side(*before)))

    key = ("earlier", contest, get_language(), ground.token, before[1])
    return answer(request, key, make, seconds=LIVE)


def earlier_contest(contest: Contest) -> tuple[Contest, Basis] | None:
    """Return the same contest of the last election before that was published, and its result; None without one.

    The same contest has the same code; failing that, it is the first one of the same kind, where this is the first too.
    """
    elections = Election.objects.using(READER).filter(
        date__lt=contest.election.date, figures_public_from__lte=timezone.now()
    )
    for election in elections.order_by("-date", "-id"):
        snapshot = newest(election, using=READER)
        contests = Contest.objects.using(READER).filter(election=election).select_related("election")
        same = contests.filter(code=contest.code).first()
        if same is None and contest.position == _first_position(contest):
            same = contests.filter(kind=contest.kind).order_by("position").first()
        if snapshot is not None and same is not None:
            return same, _basis(snapshot)
    return None


def _first_position(contest: Contest) -> int:
    of_its_kind = Contest.objects.using(READER).filter(election=contest.election_id, kind=contest.kind)
    return min(of_its_kind.values_list("position", flat=True))


def _basis(snapshot: Snapshot) -> Basis:
    return Basis(
        Status(snapshot.kind), snapshot.checkpoint_id, snapshot.checkpoint.signed_at, snapshot.pk, snapshot.number
    )


def _side(contest: Contest, basis: Basis) -> Side:
    shown = show(contest, nation(contest.election), basis, using=READER).sum
    return Side(contest, basis, shown, choices_of(contest))


def _told(now: Side, then: Side) -> dict[str, Any]:
    return {
        "election": now.contest.election,
        "contest": now.contest,
        "basis": now.basis,
        "share": share_of(now.contest, nation(now.contest.election)),
        "before": then.contest,
        "before_basis": then.basis,
        "complete": now.sum.expected == now.sum.reported + now.sum.annulled,
        "turnout": Compared(now.outcome.turnout, then.outcome.turnout),
        "choices": list(_choices(now, then)),
        "areas": list(_areas(now, then)),
    }


def _choices(now: Side, then: Side) -> Iterator[ChoiceRow]:
    """Choices of this election by their votes, then those that stand no more. The same choice has the same code."""
    here = {row.choice.code: row for row in now.outcome.choices}
    there = {row.choice.code: row for row in then.outcome.choices}
    for code in [*here, *(code for code in there if code not in here)]:
        row, old = here.get(code), there.get(code)
        named = row or old
        if named is not None:
            share = Compared(row.share if row else None, old.share if old else None)
            yield ChoiceRow(named.choice.name, share)


def _areas(now: Side, then: Side) -> Iterator[AreaRow]:
    """The regions of this election; one of the same code is compared."""
    earlier_ones = dict(_regions(then))
    for area, outcome in _regions(now):
        old = next((found for each, found in earlier_ones.items() if each.code == area.code), None)
        yield AreaRow(area.name, Compared(outcome.turnout, old.turnout if old else None), outcome, old)


def _regions(side: Side) -> list[tuple[Area, Outcome]]:
    area = nation(side.contest.election)
    sums: Mapping[int, Sum] = sums_beneath(side.contest, area, side.basis)
    return [
        (child, outcome_of(sums[child.pk].figures, side.choices))
        for child in children_of(side.contest, area)
        if child.pk in sums
    ]
