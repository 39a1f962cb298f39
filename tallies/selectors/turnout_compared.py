"""The day's reports of turnout beside what the protocols say at night."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connections
from django.utils.translation import get_language

from stations.models import Contest, Election
from stations.selectors import layouts_of
from tallies.selectors.patterns import ISSUED
from tallies.selectors.protocols import Narrowed, Scope, restricted


@dataclass(frozen=True)
class Compared:
    """A station's last report, and the ballots issued by its protocol in force."""

    station: str
    station_name: str
    district: str
    district_name: str
    contest: str
    hour: str
    reported: int
    issued: int

    @property
    def difference(self) -> int:
        """How many more the protocol has than the last report: below zero, one of the two is wrong."""
        return self.issued - self.reported


_COMPARED = """
    SELECT station.code, station.name_{language}, district.code, district.name_{language},
           contest.code, last.hour, last.voters, version.figures[%(position)s]
    FROM stations_ballot ballot
    JOIN stations_contest contest ON contest.id = ballot.contest_id
    JOIN stations_station station ON station.id = ballot.station_id
    JOIN stations_area district ON district.id = station.area_id
    JOIN tallies_standing standing ON standing.contest_id = ballot.contest_id
        AND standing.station_id = ballot.station_id AND standing.state = 'in_force'
    JOIN tallies_protocolversion version ON version.id = standing.version_id
    CROSS JOIN LATERAL (
        SELECT report.hour, report.voters FROM tallies_turnoutreport report
        WHERE report.station_id = station.id ORDER BY report.hour DESC, report.number DESC LIMIT 1) last
    WHERE contest.election_id = %(election)s AND contest.id = %(turnout_contest)s
        AND version.figures[%(position)s] IS NOT NULL {where}
    ORDER BY version.figures[%(position)s] - last.voters, station.code
    LIMIT %(limit)s
"""


def reports_against_protocols(
    scope: Scope, election: Election, *, limit: int | None = None, using: str = "default"
) -> Iterator[Compared]:
    """Yield the stations of a scope with a report and a protocol in force, where the protocol has least first.

    The protocol is that of the first contest, in which all vote. Nothing where its form has no line of ballots issued.
    """
    contest = Contest.objects.using(using).filter(election=election).order_by("position").first()
    if contest is None:
        return
    layout = layouts_of([contest.pk])[contest.pk]
    if ISSUED not in layout.lines:
        return
    where, values = restricted(scope, Narrowed())
    statement = _COMPARED.format(language=get_language() or "en", where=where)
    position = layout.position(ISSUED) + 1
    with connections[using].cursor() as cursor:
        cursor.execute(statement, {**values, "turnout_contest": contest.pk, "position": position, "limit": limit})
        for row in cursor.fetchall():
            yield Compared(*row)
