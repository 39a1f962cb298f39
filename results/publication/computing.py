"""Computing a result as of a checkpoint, from the protocols themselves."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypedDict

from django.db import connection, transaction

from aggregation.domain.seats import Allocation, ChoiceVotes, Margin, allocate, margins
from aggregation.selectors import every_area_as_of, unequal_tallies
from audit.domain.canonical import canonical_bytes
from stations.domain.layout import VOTES
from stations.models import Area, AreaLevel, Choice, Contest, Election
from stations.selectors import layouts_of


@dataclass(frozen=True)
class AreaTally:
    """The figures of a contest in an area and (expected, reported, held, annulled) stations."""

    contest_id: int
    area_id: int
    figures: list[int]
    stations: tuple[int, int, int, int]


@dataclass(frozen=True)
class Content:
    """What a snapshot says. `unequal` names tallies that are quiet but wrong: with any of them nothing is published."""

    tallies: list[AreaTally]
    allocations: dict[int, Allocation]
    unequal: list[tuple[int, int]]

    def sha256(self, election: Election) -> str:
        """Return the hash of the content in canonical form, by codes, so that others can compute it too."""
        contests = dict(Contest.objects.filter(election=election).values_list("id", "code"))
        areas = dict(Area.objects.filter(election=election).values_list("id", "code"))
        content = {
            "tallies": sorted(
                [contests[tally.contest_id], areas[tally.area_id], tally.figures, list(tally.stations)]
                for tally in self.tallies
            ),
            "seats": {contests[contest_id]: allocation.seats for contest_id, allocation in self.allocations.items()},
        }
        return hashlib.sha256(canonical_bytes(content)).hexdigest()


def compute(election: Election, size: int) -> Content:
    """Compute every contest in every area as of log size `size`, in one read-only snapshot of the database.

    In the same snapshot the workers' tallies are held against the plain sums.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        contests = list(Contest.objects.filter(election=election).order_by("position"))
        contest_ids = [contest.pk for contest in contests]
        tallies = [AreaTally(*row) for row in every_area_as_of(contest_ids, size)]
        unequal = unequal_tallies(contest_ids)
        allocations = _allocations(election, contests, tallies)
    return Content(tallies, allocations, unequal)


def _allocations(election: Election, contests: list[Contest], tallies: list[AreaTally]) -> dict[int, Allocation]:
    nation = Area.objects.get(election=election, level=AreaLevel.NATION)
    national = {tally.contest_id: tally.figures for tally in tallies if tally.area_id == nation.pk}
    choices: dict[int, list[Choice]] = defaultdict(list)
    for choice in Choice.objects.filter(contest__election=election).order_by("position"):
        choices[choice.contest_id].append(choice)
    layouts = layouts_of([contest.pk for contest in contests])
    return {
        contest.pk: allocation_of(contest, choices[contest.pk], layouts[contest.pk].mapping(national[contest.pk]))
        for contest in contests
        if contest.seats and contest.pk in national
    }


def allocation_of(contest: Contest, choices: list[Choice], figures: dict[str, int]) -> Allocation:
    """Allocate the seats of a contest by its own rules. A withdrawn choice wins nothing."""
    return allocate(votes=votes_of(choices, figures), **rules_of(contest))


def margins_of(contest: Contest, choices: list[Choice], figures: dict[str, int]) -> tuple[Margin, ...]:
    """Return how many votes each choice of a contest is from a change of any seat."""
    return margins(votes=votes_of(choices, figures), **rules_of(contest))


def votes_of(choices: list[Choice], figures: Mapping[str, int]) -> list[ChoiceVotes]:
    """Return what each choice that still stands brings into an allocation."""
    return [
        ChoiceVotes(
            code=choice.code,
            votes=figures.get(VOTES + choice.code, 0),
            registration_order=choice.registration_order,
            against_all=choice.kind == Choice.Kind.AGAINST_ALL,
        )
        for choice in choices
        if not choice.withdrawn
    ]


class Rules(TypedDict):
    """What a contest says about its allocation, as `allocate` and its relatives take it."""

    seats: int
    threshold_percent: Decimal
    method: str
    minimum_runner_up: int | None


def rules_of(contest: Contest) -> Rules:
    """Return a contest's own rules."""
    return {
        "seats": contest.seats,
        "threshold_percent": contest.threshold_percent,
        "method": contest.method or ("plurality" if contest.kind == Contest.Kind.PLURALITY else "hare-kz"),
        "minimum_runner_up": contest.minimum_runner_up,
    }
