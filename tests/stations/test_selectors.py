"""Reading the registry."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audit.domain.actor import SYSTEM
from stations import selectors
from stations.models import Area, Ballot, Contest, Election, Station
from stations.services import load_election
from tests.packages import write_package, write_table

pytestmark = pytest.mark.django_db


@pytest.fixture
def election(tmp_path: Path) -> Election:
    package = write_package(tmp_path / "package")
    write_table(
        package / "ballots.csv",
        ("contest", "area_or_station"),
        [("list", "kz"), ("okrug", "r1"), ("okrug", "r2-d2-s1")],
    )
    report = load_election(package=package, by=SYSTEM, now=dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
    return Election.objects.get(pk=report.election_id)


def test_without_an_election_there_is_no_current_one() -> None:
    with pytest.raises(selectors.NoElection):
        selectors.current_election()
    with pytest.raises(Contest.DoesNotExist):
        selectors.contest_by_code("list")


def test_the_latest_election_is_the_current_one(election: Election, tmp_path: Path) -> None:
    package = write_package(tmp_path / "earlier", code="earlier", date="2021-01-10")
    load_election(package=package, by=SYSTEM, now=dt.datetime(2026, 3, 2, tzinfo=dt.UTC))
    assert selectors.current_election() == election
    assert selectors.contest_by_code("okrug").election == election


def test_the_stations_expected_are_those_that_vote_in_every_area_above_them(election: Election) -> None:
    by_plain_counting: Counter[tuple[int, int]] = Counter()
    for ballot in Ballot.objects.select_related("station__area"):
        for area in selectors.path_to(ballot.station.area):
            by_plain_counting[ballot.contest_id, area.pk] += 1
    assert selectors.expected_stations(election.pk) == by_plain_counting
    okrug = selectors.contest_by_code("okrug")
    nation = selectors.area_by_code("kz", election=election)
    assert by_plain_counting[okrug.pk, nation.pk] == 7


def test_the_tree_holds_all_areas_in_the_packages_order(
    election: Election, django_assert_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_num_queries(1):
        tree = selectors.area_tree(election)
    assert tree.area.code == "kz"
    assert [(region.area.code, [district.area.code for district in region.children]) for region in tree.children] == [
        ("r1", ["r1-d1", "r1-d2"]),
        ("r2", ["r2-d1", "r2-d2"]),
    ]


@pytest.mark.parametrize(("code", "stations"), [("kz", 12), ("r1", 6), ("r2-d2", 3)])
def test_stations_are_found_beneath_an_area_of_any_level(election: Election, code: str, stations: int) -> None:
    assert selectors.stations_in(selectors.area_by_code(code, election=election)).count() == stations


@pytest.mark.parametrize(
    ("code", "contests"), [("kz", ["list", "okrug"]), ("r1-d1", ["list", "okrug"]), ("r2-d1", ["list"])]
)
def test_an_area_has_the_contests_someone_there_votes_in(election: Election, code: str, contests: list[str]) -> None:
    found = selectors.contests_in(selectors.area_by_code(code, election=election))
    assert [contest.code for contest in found] == contests


def test_a_station_has_its_ballots_in_the_contests_order(election: Election) -> None:
    station = selectors.station_by_code("r2-d2-s1", election=election)
    assert [ballot.contest.code for ballot in selectors.ballots_of(station)] == ["list", "okrug"]
    assert [area.code for area in selectors.path_to(station.area)] == ["kz", "r2", "r2-d2"]


def test_what_is_not_there_is_not_found(election: Election) -> None:
    with pytest.raises(Area.DoesNotExist):
        selectors.area_by_code("r7", election=election)
    with pytest.raises(Station.DoesNotExist):
        selectors.station_by_code("r1", election=election)


def test_a_form_costs_one_statement_once_it_is_known_and_none_with_its_revision(
    election: Election, django_assert_num_queries: Callable[[int], Any]
) -> None:
    contest = selectors.contest_by_code("list").pk
    form = selectors.contest_form(contest)
    with django_assert_num_queries(1):
        assert selectors.contest_form(contest) is form
    with django_assert_num_queries(0):
        assert selectors.contest_form(contest, revision=election.revision) is form
    assert (form.contest, form.election, form.entry) == ("list", "test-2026", "single")
