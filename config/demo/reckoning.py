"""The end of the night: everything settled and sealed, the result against what was sent, and the verification."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from django.utils import timezone
from django.utils.translation import gettext as _

from audit.models import UnsealedEvent
from config.demo.front_door import FrontDoor
from config.demo.onlooker import Result, result
from results.publication.computing import allocation_of
from samples.kz_2023.contests import MAZHILIS_LIST
from samples.kz_2023.facts import list_result
from samples.kz_2023.night import protocols
from stations.domain.layout import VOTES
from stations.models import Choice, Contest, Election
from stations.selectors import layouts_of
from tallies.domain.lifecycle import State
from tallies.models import PendingArea, Standing

PATIENCE = timedelta(minutes=2)
PAUSE = 0.2  # Seconds between two looks.
VALID = "ballots_valid"
ISSUED = "ballots_issued"
ON_LIST = "voters_on_list"

Key = tuple[str, str]
"""A protocol: the codes of its contest and its station."""


class NeverSettled(Exception):
    """Changes are still not summed or sealed."""


@dataclass(frozen=True)
class ChoiceLine:
    """A line of the printed result: votes, percent of valid ballots, seats (None where none are given)."""

    name: str
    votes: int
    percent: Fraction
    seats: int | None


@dataclass(frozen=True)
class NationalResult:
    """The result of one contest as it is printed."""

    contest: str
    lines: tuple[ChoiceLine, ...]
    valid: int
    turnout: Fraction
    result: Result


def wait_until_settled(patience: timedelta = PATIENCE) -> None:
    """Return when nothing is pending and every event is sealed. Raises NeverSettled."""
    deadline = timezone.now() + patience
    while PendingArea.objects.exists() or UnsealedEvent.objects.exists():
        if timezone.now() > deadline:
            raise NeverSettled(
                _("%(pending)d changes are not summed and %(unsealed)d events are not sealed yet.")
                % {"pending": PendingArea.objects.count(), "unsealed": UnsealedEvent.objects.count()}
            )
        time.sleep(PAUSE)


def in_force(election: Election, contest_codes: Collection[str]) -> dict[Key, dict[str, int]]:
    """The figures in force of these contests' protocols."""
    rows = Standing.objects.filter(
        contest__election=election, contest__code__in=list(contest_codes), state=State.IN_FORCE
    ).values_list("contest_id", "contest__code", "station__code", "version__figures")
    found = list(rows)
    layouts = layouts_of({contest_id for contest_id, *_rest in found})
    return {(contest, station): layouts[contest_id].mapping(figures) for contest_id, contest, station, figures in found}


def differences(door: FrontDoor, played: Iterable[Key], *, nation: str) -> Iterator[str]:
    """Say where the nation's figures are not the sum of the true figures of the protocols that were played.

    With every station of the Mazhilis list among them, its votes are held against the official result too.
    """
    by_contest: dict[str, set[str]] = defaultdict(set)
    for contest, station in played:
        by_contest[contest].add(station)
    for contest, stations in sorted(by_contest.items()):
        shown = result(door, contest, nation)
        true = protocols(contest)
        yield from _unequal(contest, _sum(true[station] for station in stations), shown.figures)
        if (shown.reported, shown.held) != (len(stations), 0):
            yield _("%(contest)s: %(played)d stations were played, %(reported)d are counted and %(held)d held.") % {
                "contest": contest,
                "played": len(stations),
                "reported": shown.reported,
                "held": shown.held,
            }
        if contest == MAZHILIS_LIST and len(stations) == len(true):
            yield from _unequal(contest, {VOTES + row.choice: row.votes for row in list_result()}, shown.figures)


def national_result(contest: Contest, shown: Result) -> NationalResult:
    """What is printed of a contest: the choices by votes, their seats by the contest's own rules."""
    choices = list(Choice.objects.filter(contest=contest).order_by("position"))
    seats: Mapping[str, int] = {}
    if contest.seats and shown.reported:
        seats = allocation_of(contest, choices, dict(shown.figures)).seats
    valid = shown.figures.get(VALID, 0)
    lines = (
        ChoiceLine(
            name=choice.name,
            votes=shown.figures.get(VOTES + choice.code, 0),
            percent=percent(shown.figures.get(VOTES + choice.code, 0), valid),
            seats=seats.get(choice.code),
        )
        for choice in choices
    )
    return NationalResult(
        contest=title_of(contest),
        lines=tuple(sorted(lines, key=lambda line: -line.votes)),
        valid=valid,
        turnout=percent(shown.figures.get(ISSUED, 0), shown.figures.get(ON_LIST, 0)),
        result=shown,
    )


def title_of(contest: Contest) -> str:
    """The contest's name, and that its figures are invented where they are."""
    return _("%(contest)s (synthetic figures)") % {"contest": contest} if contest.election.synthetic else contest.name


def percent(part: int, whole: int) -> Fraction:
    """A share in percent, exactly; 0 of nothing."""
    return Fraction(100 * part, whole) if whole else Fraction(0)


def _sum(protocols_played: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = defaultdict(int)
    for figures in protocols_played:
        for code, figure in figures.items():
            total[code] += figure
    return total


def _unequal(contest: str, expected: Mapping[str, int], shown: Mapping[str, int]) -> Iterator[str]:
    for code, figure in expected.items():
        if shown.get(code, 0) != figure:
            yield _("%(contest)s, %(figure)s: %(expected)d was expected, %(found)d is shown.") % {
                "contest": contest,
                "figure": code,
                "expected": figure,
                "found": shown.get(code, 0),
            }
