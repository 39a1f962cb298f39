"""What a certificate says, put together from what stands at this moment."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from operator import add
from typing import Any

from django.db import connection

from audit.domain.canonical import canonical_bytes
from results.certification.domain.levels import Cell
from results.certification.plan import Plan
from results.certification.selectors import last_certificates, stands
from results.models import Certificate
from stations.models import Area, Contest
from stations.selectors import layouts_of
from tallies.selectors.explained import explained_in_versions


@dataclass(frozen=True)
class Content:
    """Figures in the layout's order, stations (expected, reported, annulled), and what they rest on.

    `sha256` is of the canonical JSON that docs/events.md describes: by codes and version numbers, so that others can
    put it together from the log.
    """

    figures: list[int]
    stations: tuple[int, int, int]
    versions: list[int]
    annulled: list[int]
    rests_on: list[int]
    explained: int
    sha256: str


_PROTOCOLS = """
    SELECT station.code, standing.state, version.id, version.number, version.figures
    FROM stations_ballot ballot
    JOIN stations_station station ON station.id = ballot.station_id
    LEFT JOIN tallies_standing standing
        ON standing.contest_id = ballot.contest_id AND standing.station_id = ballot.station_id
    LEFT JOIN tallies_protocolversion version ON version.id = standing.version_id
    WHERE ballot.contest_id = %(contest)s AND station.area_id = ANY(%(districts)s)
    ORDER BY station.code COLLATE "C"
"""


def content_now(cell: Cell, plan: Plan) -> Content:
    """Return what a certificate of this cell says now, whether or not it may be established."""
    return _of_certificates(cell) if cell.beneath else _of_protocols(cell, plan)


def _of_protocols(cell: Cell, plan: Plan) -> Content:
    with connection.cursor() as cursor:
        cursor.execute(_PROTOCOLS, {"contest": cell.contest, "districts": plan.districts_of(cell)})
        rows = cursor.fetchall()
    in_force = [row for row in rows if row[1] == "in_force"]
    annulled = [row for row in rows if row[1] == "annulled"]
    figures = [0] * len(layouts_of([cell.contest])[cell.contest].codes)
    for row in in_force:
        figures = list(map(add, figures, (figure or 0 for figure in row[4])))
    stations = (len(rows), len(in_force), len(annulled))
    versions = [row[2] for row in in_force]
    explained = len(explained_in_versions(versions))
    protocols = [[code, state, number] for code, state, _id, number, _figures in rows]
    return Content(
        figures,
        stations,
        versions,
        [row[2] for row in annulled],
        [],
        explained,
        _sha256(cell, figures, stations, explained, {"protocols": protocols}),
    )


def _of_certificates(cell: Cell) -> Content:
    found = last_certificates([(cell.contest, area) for area in cell.beneath])
    beneath = [
        certificate
        for area in cell.beneath
        if (certificate := found.get((cell.contest, area))) is not None and stands(certificate)
    ]
    figures = [0] * len(layouts_of([cell.contest])[cell.contest].codes)
    for certificate in beneath:
        figures = list(map(add, figures, certificate.figures))
    stations = (
        sum(certificate.stations_expected for certificate in beneath),
        sum(certificate.stations_reported for certificate in beneath),
        sum(certificate.stations_annulled for certificate in beneath),
    )
    explained = sum(certificate.explained for certificate in beneath)
    return Content(
        figures,
        stations,
        [],
        [],
        [certificate.pk for certificate in beneath],
        explained,
        _sha256(cell, figures, stations, explained, {"rests_on": _named(beneath)}),
    )


def _named(certificates: Sequence[Certificate]) -> list[list[Any]]:
    codes = dict(Area.objects.filter(pk__in=[each.area_id for each in certificates]).values_list("pk", "code"))
    return [[codes[each.area_id], each.number, each.content_sha256] for each in certificates]


def _sha256(
    cell: Cell, figures: Sequence[int], stations: tuple[int, int, int], explained: int, rests_on: dict[str, Any]
) -> str:
    contest = Contest.objects.select_related("election").get(pk=cell.contest)
    content = {
        "election": contest.election.code,
        "contest": contest.code,
        "area": Area.objects.values_list("code", flat=True).get(pk=cell.area),
        "level": cell.level.value,
        "figures": layouts_of([cell.contest])[cell.contest].mapping(list(figures)),
        "stations": list(stations),
        "explained": explained,
        **rests_on,
    }
    return hashlib.sha256(canonical_bytes(content)).hexdigest()
