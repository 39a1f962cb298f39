"""Every protocol in force of a contest as of a checkpoint: what analyses and samples are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from aggregation.selectors import every_station
from observers.domain.distributions import StationFigures
from observers.moments import Chosen
from results.public.ground import READER
from results.public.outcome import ISSUED, ON_LIST, VALID
from results.public.registry import choices_of
from stations.domain.layout import VOTES
from stations.models import Choice, Contest, Station
from stations.selectors import layouts_of
from tallies.domain.lifecycle import State
from tallies.selectors import Scope


@dataclass(frozen=True, slots=True)
class StationRow:
    """A station that votes in the contest, and its figures by code where its protocol is in force."""

    id: int
    code: str
    district_id: int
    region_id: int | None
    registered_voters: int
    state: State
    figures: Mapping[str, int] | None


@dataclass(frozen=True)
class Dataset:
    """The stations of a contest that a person may see, by code."""

    contest: Contest
    choices: Sequence[Choice]
    rows: Sequence[StationRow]

    @property
    def in_force(self) -> list[StationRow]:
        return [row for row in self.rows if row.figures is not None]

    def distributed(self) -> list[StationFigures]:
        """Return the protocols in force as distributions take them."""
        codes = [VOTES + choice.code for choice in self.choices]
        return [
            StationFigures(
                row.code,
                row.figures.get(ON_LIST),
                row.figures.get(ISSUED),
                row.figures.get(VALID, sum(row.figures[code] for code in codes)),
                tuple(row.figures[code] for code in codes),
            )
            for row in self.rows
            if row.figures is not None
        ]


def dataset(about: Chosen) -> Dataset:
    """Return the stations of the contest within the person's scope, as of the checkpoint."""
    rows = rows_of(about.contest.pk, about.election.revision, about.size)
    within = rows if about.scope.everything else [row for row in rows if covers(about.scope, row, about.contest.pk)]
    return Dataset(about.contest, choices_of(about.contest), within)


def covers(scope: Scope, row: StationRow, contest_id: int) -> bool:
    """Say whether a scope has the protocol of a station."""
    return (
        scope.everything
        or contest_id in scope.contests
        or row.region_id in scope.regions
        or row.district_id in scope.districts
        or row.id in scope.stations
    )


@lru_cache(maxsize=8)
def rows_of(contest_id: int, revision: int, size: int) -> tuple[StationRow, ...]:  # noqa: ARG001  part of the key
    """What stood at a log size never changes, as long as the registry does not: `revision` counts its changes."""
    layout = layouts_of([contest_id])[contest_id]
    said = {
        station_id: (state, figures)
        for _contest, station_id, state, figures in every_station([contest_id], size=size, using=READER)
    }
    stations = (
        Station.objects.using(READER)
        .filter(pk__in=list(said))
        .order_by("code")
        .values_list("id", "code", "area_id", "area__parent_id", "registered_voters")
    )
    return tuple(
        StationRow(
            station_id,
            code,
            district_id,
            region_id,
            voters,
            State(said[station_id][0] or State.AWAITED),
            None if said[station_id][1] is None else layout.mapping(said[station_id][1] or ()),
        )
        for station_id, code, district_id, region_id, voters in stations
    )
