"""Protocols in force as patterns look at them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from django.db import connections

from stations.domain.layout import Layout
from stations.domain.patterns import PatternLimits
from stations.models import Contest, Election
from stations.selectors import layouts_of
from tallies.domain.patterns import Said

# What turnout is: voters who received a ballot, of those on the list. A form without these lines has no turnout.
VOTERS = "voters_on_list"
ISSUED = "ballots_issued"

_SAID = """
    SELECT standing.contest_id, version.id, standing.station_id, standing.area_id, version.figures
    FROM tallies_standing standing JOIN tallies_protocolversion version ON version.id = standing.version_id
    WHERE standing.state = 'in_force' AND standing.contest_id = ANY(%(contests)s)
      AND (%(area)s::bigint IS NULL OR standing.area_id = %(area)s)
"""


def said_in(contest_ids: Collection[int], *, area: int | None = None, using: str = "default") -> dict[int, list[Said]]:
    """Return what every protocol in force of these contests says, by contest; of one district where it is named."""
    layouts = {contest_id: _Positions(layout) for contest_id, layout in layouts_of(contest_ids).items()}
    said: dict[int, list[Said]] = defaultdict(list)
    with connections[using].cursor() as cursor:
        cursor.execute(_SAID, {"contests": list(contest_ids), "area": area})
        for contest_id, version, station, district, figures in cursor.fetchall():
            said[contest_id].append(layouts[contest_id].read(version, station, district, figures))
    return said


class _Positions:
    """Where in the figures of a layout patterns find what they look at."""

    def __init__(self, layout: Layout) -> None:
        self._votes = layout.votes
        self._voters = layout.position(VOTERS) if VOTERS in layout.lines else None
        self._issued = layout.position(ISSUED) if ISSUED in layout.lines else None

    def read(self, version: int, station: int, area: int, figures: list[int | None]) -> Said:
        return Said(
            version,
            station,
            area,
            tuple(number or 0 for number in figures[self._votes]),
            figures[self._voters] if self._voters is not None else None,
            figures[self._issued] if self._issued is not None else None,
        )


def limits_of(contest_ids: Collection[int]) -> Mapping[int, PatternLimits]:
    """Return the limits of each contest's election."""
    found = Contest.objects.filter(pk__in=contest_ids).values_list("pk", "election__patterns")
    return {contest_id: PatternLimits.from_data(patterns) for contest_id, patterns in found}


def contests_of_turnout() -> dict[int, int]:
    """Return, by election, the contest that is held against the day's reports: the first, in which all vote."""
    firsts = Contest.objects.order_by("election_id", "position").distinct("election_id")
    return dict(firsts.values_list("election_id", "pk"))


def elections_of(area_ids: Collection[int]) -> dict[int, int]:
    """Return the election of each area."""
    return dict(Election.objects.filter(areas__in=area_ids).values_list("areas", "pk"))
