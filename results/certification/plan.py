"""What is to be established in an election, cell by cell, as its registry stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from results.certification.domain.levels import Cell, Country, Level, cells_of
from stations.models import Area, AreaLevel, Election, Station
from stations.selectors import expected_stations

Place = tuple[int, int]
"""(contest id, area id)"""


@dataclass(frozen=True)
class Plan:
    """Every cell of an election by its place; a contest's cells follow each other, the lowest level first.

    `voting` names the districts in which each contest is voted.
    """

    country: Country
    cells: Mapping[Place, Cell]
    voting: Mapping[int, list[int]]

    def districts_of(self, cell: Cell) -> list[int]:
        """Return the districts whose stations a cell covers."""
        if cell.level is Level.DISTRICT:
            return [cell.area]
        districts = self.voting[cell.contest]
        if cell.level is Level.REGION:
            return [district for district in districts if self.country.region_of[district] == cell.area]
        return districts


def plan_of(election: Election) -> Plan:
    """Return the plan of an election; kept in the process per revision of its registry."""
    return _plan(election.pk, election.revision)


@lru_cache(maxsize=8)
def _plan(election_id: int, _revision: int) -> Plan:
    areas = list(Area.objects.filter(election=election_id).order_by("position"))
    regions = {area.pk: area.parent_id for area in areas if area.level == AreaLevel.DISTRICT}
    stations = dict.fromkeys(regions, 0)
    for district in Station.objects.filter(election=election_id).values_list("area_id", flat=True):
        stations[district] += 1
    nation = next(area.pk for area in areas if area.level == AreaLevel.NATION)
    country = Country(nation, {district: region or nation for district, region in regions.items()}, stations)
    voting: dict[int, dict[int, int]] = defaultdict(dict)
    for (contest, area), number in expected_stations(election_id).items():
        if area in regions:
            voting[contest][area] = number
    cells = [cell for contest in sorted(voting) for cell in cells_of(contest, voting[contest], country)]
    return Plan(
        country,
        {(cell.contest, cell.area): cell for cell in cells},
        {contest: [district for district in regions if district in numbers] for contest, numbers in voting.items()},
    )
