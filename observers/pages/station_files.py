"""What a station's file holds, as files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils import timezone

from observers.downloads import Cell, Table
from results.public.ground import READER
from results.public.protocol import Version, protocol_of
from results.public.showing import Basis, Status
from stations.models import Contest, Station
from tallies.selectors.complaints import complaints_on
from tallies.selectors.turnout import voters_by_hour

FILES = ("versions", "findings", "turnout", "complaints", "events")

Title = Mapping[str, Any]
Row = Sequence[Cell]


def versions_table(title: Title, station: Station, contests: Sequence[Contest]) -> Table:
    """Every figure of every version that is or was in force, as of the checkpoint of the title."""
    columns = ("contest", "version", "state", "origin", "at", "code", "value")
    return Table(
        "versions",
        title,
        columns,
        lambda: (
            (contest.code, version.number, version.state, version.origin, version.at.isoformat(), code, value)
            for contest, version in _versions(title, station, contests)
            for code, value in version.figures.items()
        ),
    )


def findings_table(title: Title, station: Station, contests: Sequence[Contest]) -> Table:
    """What the checks said of each version, and how it was explained."""
    columns = ("contest", "version", "finding", "severity", "message", "law", "explanation")
    return Table(
        "findings",
        title,
        columns,
        lambda: (
            (
                contest.code, version.number, finding.code, "error" if finding.is_error else "warning",
                finding.message, finding.law, finding.explanation,
            )
            for contest, version in _versions(title, station, contests)
            for finding in version.findings
        ),
    )  # fmt: skip


def turnout_table(title: Title, station: Station) -> Table:
    """Voters by hour, by the report that counts now."""
    return Table(
        "turnout",
        title,
        ("hour", "voters", "registered_voters"),
        lambda: (
            (hour, voters, station.registered_voters)
            for hour, voters in voters_by_hour(station.pk, using=READER).items()
        ),
    )


def complaints_table(title: Title, station: Station, contests: Sequence[Contest]) -> Table:
    """What everybody may know of complaints: that there is one, and what became of it."""
    columns = ("contest", "number", "at", "state", "ended_at")
    now = timezone.now()
    return Table(
        "complaints",
        title,
        columns,
        lambda: (
            (contest.code, each.number, each.at.isoformat(), each.state.value,
             each.ended_at.isoformat() if each.ended_at else None)
            for contest in contests
            for each in complaints_on(contest.pk, station.pk, now=now, using=READER)
        ),
    )  # fmt: skip


def _versions(title: Title, station: Station, contests: Sequence[Contest]) -> Iterator[tuple[Contest, Version]]:
    basis = Basis(Status.AS_OF, (title["as_of"] or {}).get("size", 0))
    for contest in contests:
        for version in protocol_of(contest, station, basis).versions:
            yield contest, version
