"""What looks odd beside others, whatever the order in which protocols are read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stations.domain.patterns import PatternLimits
from tallies.domain.patterns import (
    Match,
    Pattern,
    Said,
    below_reported,
    identical_results,
    share_far,
    turnout_far,
)

LIMITS = PatternLimits(
    identical_minimum_votes=10,
    identical_minimum_choices=2,
    turnout_minimum_stations=4,
    turnout_minimum_voters=10,
    share_minimum_stations=4,
    share_minimum_votes=10,
)


def said(version: int, votes: tuple[int, ...] = (60, 30, 10), *, voters: int = 200, issued: int = 100) -> Said:
    return Said(version, station=version, area=1, votes=votes, voters=voters, issued=issued)


@st.composite
def districts(draw: st.DrawFn) -> list[Said]:
    number = draw(st.integers(2, 14))
    votes = st.tuples(*[st.integers(0, 40)] * 3)
    return [
        said(version, draw(votes), voters=draw(st.integers(0, 120)), issued=draw(st.integers(0, 120)))
        for version in range(1, number + 1)
    ]


def all_patterns(district: list[Said]) -> list[Match]:
    return [
        *identical_results(district, LIMITS),
        *turnout_far(district, LIMITS),
        *share_far(district, LIMITS),
        *below_reported(district, {each.station: 50 for each in district[:3]}),
    ]


@given(district=districts(), seed=st.randoms(use_true_random=False))
def test_the_order_of_stations_changes_nothing(district: list[Said], seed: object) -> None:
    def found(stations: list[Said]) -> set[tuple[object, ...]]:
        reported = {each.station: 50 for each in stations if each.station <= 3}
        matches = [
            *identical_results(stations, LIMITS),
            *turnout_far(stations, LIMITS),
            *share_far(stations, LIMITS),
            *below_reported(stations, reported),
        ]
        return {(match.key, tuple(sorted(match.figures.items()))) for match in matches}

    shuffled = list(district)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    assert found(shuffled) == found(district)


@given(district=districts())
def test_a_station_is_never_compared_with_itself_and_asked_about_once_for_each_pattern(district: list[Said]) -> None:
    matches = all_patterns(district)
    assert all(match.other is None or match.other.version != match.said.version for match in matches)
    keys = [match.key for match in matches]
    assert len(keys) == len(set(keys))


@given(district=districts(), votes=st.tuples(*[st.integers(50, 90)] * 3))
def test_a_station_like_no_other_makes_no_others_identical(district: list[Said], votes: tuple[int, ...]) -> None:
    before = {match.key for match in identical_results(district, LIMITS)}
    assert {match.key for match in identical_results([*district, said(99, votes)], LIMITS)} == before


@given(district=districts())
def test_what_is_far_is_as_far_as_the_limit_says_from_the_median_of_the_others(district: list[Said]) -> None:
    for match in turnout_far(district, LIMITS):
        assert abs(match.figures["turnout"] - match.figures["median"]) >= 10 * LIMITS.turnout_points - 1


@given(number=st.integers(2, 30), turnout=st.integers(0, 200))
def test_stations_that_all_say_the_same_are_not_far_from_each_other(number: int, turnout: int) -> None:
    same = [said(version, issued=turnout) for version in range(1, number + 1)]
    assert turnout_far(same, LIMITS) == share_far(same, LIMITS) == []


def test_three_alike_are_two_questions_about_the_later_ones() -> None:
    matches = identical_results([said(3), said(1), said(2), said(4, (61, 29, 10))], LIMITS)
    assert [match.key for match in matches] == [
        (Pattern.IDENTICAL, 2, 1),
        (Pattern.IDENTICAL, 3, 1),
    ]


def test_few_votes_and_votes_for_one_choice_alone_are_alike_by_chance() -> None:
    assert identical_results([said(1, (5, 4, 0)), said(2, (5, 4, 0))], LIMITS) == []
    assert identical_results([said(1, (100, 0, 0)), said(2, (100, 0, 0))], LIMITS) == []


def test_a_turnout_far_from_the_others_is_asked_about_with_their_median() -> None:
    district = [said(version, issued=100 + version) for version in range(1, 8)] + [said(9, issued=190)]
    (match,) = turnout_far(district, LIMITS)
    assert (match.said.version, match.figures) == (9, {"turnout": 950, "median": 520})


def test_a_district_with_few_stations_or_a_station_with_few_voters_says_nothing() -> None:
    assert turnout_far([said(1), said(2), said(3, issued=190)], LIMITS) == []
    district = [said(version) for version in range(1, 8)] + [said(9, voters=9, issued=9)]
    assert turnout_far(district, LIMITS) == []


def test_a_district_whose_stations_vary_much_has_a_wide_range() -> None:
    spread = [said(version, issued=issued) for version, issued in enumerate((20, 60, 100, 140, 180), start=1)]
    assert turnout_far([*spread, said(9, issued=199)], LIMITS) == []


def test_of_several_choices_far_off_the_farthest_is_named() -> None:
    district = [said(version) for version in range(1, 8)] + [said(9, (5, 10, 85))]
    (match,) = share_far(district, LIMITS)
    assert (match.said.version, match.figures) == (9, {"choice": 2, "share": 850, "median": 100})


def test_a_protocol_with_fewer_ballots_than_were_reported_is_asked_about() -> None:
    (match,) = below_reported([said(1, issued=99), said(2, issued=100), said(3, issued=1)], {1: 100, 2: 100})
    assert (match.said.version, match.figures) == (1, {"issued": 99, "reported": 100})
