"""The sums of an area and of what lies beneath it, as a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aggregation.selectors import Sum, as_of
from observers.downloads import Cell, Table
from results.public.beneath import stations_beneath, sums_beneath
from results.public.ground import READER
from results.public.registry import children_of
from results.public.showing import Basis
from stations.models import Area, AreaLevel, Contest
from stations.selectors import layouts_of
from tallies.domain.lifecycle import State

_COUNTS = ("expected", "reported", "held", "annulled")


def sums_table(title: Mapping[str, Any], contest: Contest, area: Area, basis: Basis) -> Table:
    """Return the sum of an area, then of each area or station beneath, as of the basis, which names a log size."""
    codes = layouts_of([contest.pk])[contest.pk].codes
    columns = ("place", "level", "state", *(f"stations_{count}" for count in _COUNTS), *codes)
    return Table("sums", title, columns, lambda: _rows(contest, area, basis, codes))


def _rows(contest: Contest, area: Area, basis: Basis, codes: Sequence[str]) -> Iterator[Sequence[Cell]]:
    yield _sum(area, as_of(contest.pk, area, basis.size or 0, using=READER), codes)
    if area.level == AreaLevel.DISTRICT:
        for said in stations_beneath(contest, area, basis):
            counts = (1, *(int(said.state is state) for state in (State.IN_FORCE, State.HELD, State.ANNULLED)))
            figures = said.figures or {}
            yield said.station.code, "station", said.state.value, *counts, *(figures.get(code) for code in codes)
        return
    sums = sums_beneath(contest, area, basis)
    for child in children_of(contest, area):
        if child.pk in sums:
            yield _sum(child, sums[child.pk], codes)


def _sum(area: Area, sum_: Sum, codes: Sequence[str]) -> Sequence[Cell]:
    counts = (sum_.expected, sum_.reported, sum_.held, sum_.annulled)
    return area.code, area.level, None, *counts, *(sum_.figures.get(code) for code in codes)
