"""A real country through the whole chain: Georgia's 3,668 precincts of 2016, with their real mistakes."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path

import pytest
from django.utils import timezone

from aggregation.domain.seats import StepCode
from aggregation.selectors import tally
from aggregation.services import settle
from audit.domain.actor import SYSTEM
from bench.georgia_2016 import convert
from results.publication.computing import allocation_of
from results.verification.verify import verify
from stations.models import Area, Choice, Contest, Station
from tallies.services.import_protocols import import_protocols
from tallies.services.registry import load_election
from tests.bench.test_georgia_2016 import TABLE

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not TABLE.exists(), reason="the table of precincts is not here"),
]


def test_every_precinct_counts_and_every_district_is_the_plain_sum_of_the_table(tmp_path: Path) -> None:
    package, protocols = convert(TABLE, tmp_path)
    load_election(package=package, by=SYSTEM, now=timezone.now())
    contest = Contest.objects.get()
    report = import_protocols(
        path=protocols, contest=contest, reason="official results", actor=SYSTEM, now=timezone.now()
    )
    assert (report.accepted, report.held, report.refused) == (3668, 0, [])
    settle()
    nation = tally(contest.pk, Area.objects.get(level="nation").pk)
    assert (nation.expected, nation.reported) == (3668, 3668)
    votes = {code: count for code, count in nation.figures.items() if code.startswith("votes:")}
    assert sum(votes.values()) == 1_751_506
    assert sorted(votes.values())[-2:] == [473_906, 852_576]
    assert votes == _votes_of_the_table()
    for district, expected in _votes_by_district(protocols).items():
        kept = tally(contest.pk, Area.objects.get(level="district", code=district).pk)
        assert {code: kept.figures[code] for code in expected} == expected, district
    _the_third_party_fails_the_threshold_it_rounds_to(contest, nation.figures)
    assert verify().ok


def _votes_of_the_table() -> dict[str, int]:
    """Add the parties' columns up, in the order of the contest's choices."""
    with TABLE.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    parties = [column for column in rows[0] if column and " - " in column]
    sums = [sum(int(row[party]) for row in rows) for party in parties]
    codes = Choice.objects.order_by("position").values_list("code", flat=True)
    return {f"votes:{code}": total for code, total in zip(codes, sums, strict=True)}


def _votes_by_district(protocols: Path) -> dict[str, Counter[str]]:
    districts = dict(Station.objects.values_list("code", "area__code"))
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    with protocols.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            figures = {code: int(cell) for code, cell in row.items() if code != "station" and cell}
            sums[districts[row["station"]]].update(figures)
    assert len(sums) == 74
    return sums


def _the_third_party_fails_the_threshold_it_rounds_to(contest: Contest, figures: dict[str, int]) -> None:
    assert round(100 * Fraction(87_573, 1_751_506), 2) == 5
    allocation = allocation_of(contest, list(contest.choices.order_by("position")), figures)
    below = {step.choice for step in allocation.steps if step.code is StepCode.BELOW_THRESHOLD}
    third = [code for code, votes in figures.items() if votes == 87_573]
    assert [code.removeprefix("votes:") in below for code in third] == [True]
