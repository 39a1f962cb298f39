"""The drawings of the static site: seats in a half circle, the map of regions, the day's turnout."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aggregation.selectors import HourSum, Sum
from results.exports.model import AreaTally, ContestKind, ExportedContest
from results.exports.site.pages import Site
from results.exports.site.paths import place_path
from results.public.curve import curve_of
from results.public.outcome import outcome_of
from results.public.pictures import MapPicture, SeatsPicture, map_picture, seats_picture


def drawn(site: Site, contest: ExportedContest, up: str) -> dict[str, Any]:
    """Return the half circle of a contest's seats and the map of who leads where, None where there is none."""
    return {
        "hemicycle": _seats(site, contest),
        "seats_are_final": site.result.snapshot.kind == "final",
        "map": _map(site, contest, up),
    }


def turnout(site: Site, code: str) -> dict[str, Any]:
    """Return the hours that a place reported and their curve, None before the first."""
    hours = site.beside.hours.get(code, ())
    shares = [(hour.hour, hour.share) for hour in hours if hour.share is not None]
    return {"hours": hours, "curve": curve_of(site.beside.day, shares), "place_last": last_hour(hours)}


def last_hour(hours: Sequence[HourSum]) -> HourSum | None:
    return hours[-1] if hours else None


def _seats(site: Site, contest: ExportedContest) -> SeatsPicture | None:
    allocation = site.beside.allocations.get(contest.code)
    choices = site.beside.choices.get(contest.code, ())
    if contest.kind is not ContestKind.PARTY_LIST or allocation is None:
        return None
    return seats_picture(outcome_of(contest.total.figures, choices, allocation.seats), allocation)


def _map(site: Site, contest: ExportedContest, up: str) -> MapPicture | None:
    choices = site.beside.choices.get(contest.code, ())
    regions = [tally for tally in contest.tallies if site.areas[tally.area].level == "region"]
    rows = [
        (site.beside.areas[tally.area], up + place_path(tally.area), _sum(tally), outcome_of(tally.figures, choices))
        for tally in regions
        if tally.area in site.beside.areas
    ]
    return map_picture(rows) if len(rows) > 1 else None


def _sum(tally: AreaTally) -> Sum:
    counts = tally.stations
    return Sum(dict(tally.figures), counts.expected, counts.reported, counts.held, counts.annulled)
