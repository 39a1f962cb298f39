"""What the site tells beside the exported figures: places, colours, turnout, photographs, entries of the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connections

from aggregation.domain.seats import Allocation
from aggregation.selectors import HourSum, turnout_of
from results.models import Snapshot, SnapshotAllocation
from results.public.ground import READER
from results.public.registry import choices_of_all
from stations.models import Area, Choice, Contest
from tallies.models import PhotographPage

# What puts the version in force that is so at this size of the log.
_ENTRIES = """
    SELECT contest.code, station.code, last.index FROM (
        SELECT DISTINCT ON (change.contest_id, change.station_id)
               change.contest_id, change.station_id, change.state, log.index
        FROM tallies_standingchange change JOIN audit_logindex log ON log.event_id = change.event_id
        WHERE log.index < %(size)s AND change.contest_id = ANY(%(contests)s)
        ORDER BY change.contest_id, change.station_id, log.index DESC
    ) last
    JOIN stations_contest contest ON contest.id = last.contest_id
    JOIN stations_station station ON station.id = last.station_id
    WHERE last.state = 'in_force'"""

# A contest's code, and a station's.
Cell = tuple[str, str]


@dataclass(frozen=True)
class Picture:
    """A page of a photograph: the hash of its copy, and its size in pixels."""

    sha256: str
    width: int
    height: int


@dataclass(frozen=True)
class Beside:
    """All by code. `areas` know where they lie; `choices` know their colours; `entries` are indexes of the log.

    `revision` is the registry's: what is drawn from it changes with it.
    """

    revision: int = 0
    areas: Mapping[str, Area] = field(default_factory=dict)
    choices: Mapping[str, Sequence[Choice]] = field(default_factory=dict)
    allocations: Mapping[str, Allocation] = field(default_factory=dict)
    hours: Mapping[str, Sequence[HourSum]] = field(default_factory=dict)
    day: Sequence[str] = ()
    photographs: Mapping[Cell, Sequence[Picture]] = field(default_factory=dict)
    entries: Mapping[Cell, int] = field(default_factory=dict)


def beside(snapshot: Snapshot, contests: Sequence[Contest], photographs: Mapping[Cell, Sequence[Picture]]) -> Beside:
    """Read what the site tells beside the figures of a published snapshot."""
    election = snapshot.election
    areas = list(Area.objects.using(READER).filter(election=election).select_related("outline"))
    codes = {contest.pk: contest.code for contest in contests}
    choices = choices_of_all(contests, election)
    steps = SnapshotAllocation.objects.using(READER).filter(snapshot=snapshot).values_list("contest_id", "steps")
    hours = turnout_of([area.pk for area in areas], using=READER) if election.turnout_hours else {}
    return Beside(
        revision=election.revision,
        areas={area.code: area for area in areas},
        choices={codes[pk]: found for pk, found in choices.items()},
        allocations={codes[pk]: Allocation.from_data(each) for pk, each in steps if pk in codes},
        hours={area.code: hours[area.pk] for area in areas if area.pk in hours},
        day=tuple(election.turnout_hours),
        photographs=photographs,
        entries=_entries(snapshot, list(codes)),
    )


def photographs_of(snapshot: Snapshot) -> dict[Cell, list[Picture]]:
    """Return every photograph's pages as the log knew them then, withdrawn ones left out; none if not public."""
    if not snapshot.election.photographs_public:
        return {}
    pages = PhotographPage.objects.using(READER).filter(
        photograph__contest__election=snapshot.election_id,
        photograph__withdrawn=None,
        photograph__event__log_index__index__lt=snapshot.checkpoint_id,
    )
    found: dict[Cell, list[Picture]] = defaultdict(list)
    for contest, station, sha256, width, height in pages.order_by("photograph_id", "number").values_list(
        "photograph__contest__code", "photograph__station__code", "sha256", "width", "height"
    ):
        found[contest, station].append(Picture(sha256, width, height))
    return dict(found)


def _entries(snapshot: Snapshot, contests: Sequence[int]) -> dict[Cell, int]:
    with connections[READER].cursor() as cursor:
        cursor.execute(_ENTRIES, {"size": snapshot.checkpoint_id, "contests": list(contests)})
        return {(contest, station): index for contest, station, index in cursor.fetchall()}
