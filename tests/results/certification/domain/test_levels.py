"""Which commission establishes what."""

from __future__ import annotations

import pytest

from results.certification.domain.levels import Cell, Country, Level, cells_of

NATION, NORTH, SOUTH = 1, 10, 20
N1, N2, S1 = 11, 12, 21
COUNTRY = Country(NATION, {N1: NORTH, N2: NORTH, S1: SOUTH}, {N1: 3, N2: 2, S1: 4})


def levels(stations: dict[int, int]) -> list[tuple[Level, int, tuple[int, ...]]]:
    return [(cell.level, cell.area, cell.beneath) for cell in cells_of(7, stations, COUNTRY)]


def test_a_contest_of_the_whole_country_goes_by_districts_and_regions_to_the_nation() -> None:
    assert levels({N1: 3, N2: 2, S1: 4}) == [
        (Level.DISTRICT, N1, ()),
        (Level.DISTRICT, N2, ()),
        (Level.DISTRICT, S1, ()),
        (Level.REGION, NORTH, (N1, N2)),
        (Level.REGION, SOUTH, (S1,)),
        (Level.NATION, NATION, (NORTH, SOUTH)),
    ]


def test_the_commission_of_a_region_acts_for_a_constituency_that_equals_it() -> None:
    assert levels({N1: 3, N2: 2}) == [
        (Level.DISTRICT, N1, ()),
        (Level.DISTRICT, N2, ()),
        (Level.REGION, NORTH, (N1, N2)),
    ]


def test_the_commission_of_a_district_acts_for_a_constituency_that_equals_it() -> None:
    assert levels({N1: 3}) == [(Level.DISTRICT, N1, ())]


def test_a_constituency_inside_a_district_rests_on_protocols() -> None:
    assert levels({N1: 2}) == [(Level.CONSTITUENCY, NATION, ())]


def test_a_constituency_that_splits_a_district_rests_on_the_districts_it_has_stations_in() -> None:
    assert levels({N1: 3, N2: 1}) == [
        (Level.DISTRICT, N1, ()),
        (Level.DISTRICT, N2, ()),
        (Level.CONSTITUENCY, NATION, (N1, N2)),
    ]


def test_a_constituency_across_regions_has_a_commission_of_its_own() -> None:
    assert levels({N1: 3, S1: 4})[-1] == (Level.CONSTITUENCY, NATION, (N1, S1))


@pytest.mark.parametrize("stations", [{N1: 3, N2: 2, S1: 4}, {N1: 3, N2: 2}, {N1: 3}, {N1: 1}, {N1: 1, S1: 1}])
def test_the_last_cell_alone_is_the_contest_s_result(stations: dict[int, int]) -> None:
    cells = cells_of(7, stations, COUNTRY)
    assert [cell.is_last for cell in cells] == [False] * (len(cells) - 1) + [True]


def test_a_district_without_stations_is_no_part_of_the_country() -> None:
    country = Country(NATION, {N1: NORTH, N2: NORTH}, {N1: 3, N2: 0})
    assert cells_of(7, {N1: 3}, country)[-1] == Cell(7, NATION, Level.NATION, (NORTH,), is_last=True)


def test_where_nobody_votes_nothing_is_established() -> None:
    assert cells_of(7, {}, COUNTRY) == []
