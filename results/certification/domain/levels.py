"""Which commission establishes what of a contest, and what its certificate rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """Whose certificate it is."""

    DISTRICT = "district"
    CONSTITUENCY = "constituency"
    REGION = "region"
    NATION = "nation"


@dataclass(frozen=True)
class Country:
    """The areas of an election by their ids. `stations` counts the stations of each district."""

    nation: int
    region_of: Mapping[int, int]
    stations: Mapping[int, int]

    def beneath(self, region: int) -> list[int]:
        """Return the districts of a region, in the order given."""
        return [district for district, above in self.region_of.items() if above == region]


@dataclass(frozen=True)
class Cell:
    """What one commission establishes: a contest in an area.

    `beneath` names the areas whose certificates it rests on; with none it rests on the protocols themselves.
    `is_last` says that the contest's result is established with it.
    """

    contest: int
    area: int
    level: Level
    beneath: tuple[int, ...] = ()
    is_last: bool = False


def cells_of(contest: int, stations: Mapping[int, int], country: Country) -> list[Cell]:
    """Return what is to be established of a contest, from the lowest level up.

    `stations` counts the stations that vote in it, by district. A contest of the whole country goes from districts by
    regions to the nation. One that is elected in exactly one region or district is established by that unit's
    commission, for it. Any other has a constituency's commission, above the commissions of its districts where there
    are several.
    """
    districts = [district for district in country.region_of if stations.get(district)]
    if not districts:
        return []
    whole = {district for district in districts if stations[district] == country.stations[district]}
    if whole == {district for district, number in country.stations.items() if number}:
        return _of_the_nation(contest, districts, country)
    if len(districts) == 1:
        (district,) = districts
        if district in whole:
            return [Cell(contest, district, Level.DISTRICT, is_last=True)]
        return [Cell(contest, country.nation, Level.CONSTITUENCY, is_last=True)]
    below = [Cell(contest, district, Level.DISTRICT) for district in districts]
    regions = {country.region_of[district] for district in districts}
    if len(regions) == 1:
        (region,) = regions
        if whole == {district for district in country.beneath(region) if country.stations.get(district)}:
            return [*below, Cell(contest, region, Level.REGION, tuple(districts), is_last=True)]
    return [*below, Cell(contest, country.nation, Level.CONSTITUENCY, tuple(districts), is_last=True)]


def _of_the_nation(contest: int, districts: list[int], country: Country) -> list[Cell]:
    by_region: dict[int, list[int]] = defaultdict(list)
    for district in districts:
        by_region[country.region_of[district]].append(district)
    return [
        *(Cell(contest, district, Level.DISTRICT) for district in districts),
        *(Cell(contest, region, Level.REGION, tuple(beneath)) for region, beneath in by_region.items()),
        Cell(contest, country.nation, Level.NATION, tuple(by_region), is_last=True),
    ]
