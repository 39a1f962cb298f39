"""The day before the night: some stations report how many voters came by each hour, as their protocols will say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus

from django.urls import reverse

from config.demo.front_door import FrontDoor
from config.demo.night import truth
from samples.kz_2023.night import Send
from stations.models import Election, Station

MOST_STATIONS = 50
"""Each report is a request at the front door: fifty stations draw the curve, ten thousand would take minutes."""
REPORTERS = 4
ISSUED = "ballots_issued"


@dataclass(frozen=True)
class Report:
    """What a station says at an hour."""

    station: str
    hour: str
    voters: int
    more_than_registered: bool


def day_of(sends: Sequence[Send], hours: Sequence[str], registers: Mapping[str, int]) -> dict[str, list[Report]]:
    """Return the reports of at most MOST_STATIONS stations, spread over all, each station's in the order of its day.

    Turnout grows evenly towards the ballots that the station's protocol says were issued, and never past them.
    """
    issued: dict[str, int] = {}
    for send in sends:
        issued.setdefault(send.station, truth(send)[ISSUED])
    stations = sorted(issued)
    chosen = stations[:: -(-len(stations) // MOST_STATIONS)] if stations else []
    return {
        station: [
            Report(station, hour, voters := issued[station] * number // len(hours), voters > registers[station])
            for number, hour in enumerate(hours, start=1)
        ]
        for station in chosen
    }


def play_turnout_day(
    election: Election, sends: Sequence[Send], tokens: Mapping[str, str], *, host: str, port: int
) -> list[str]:
    """Send the reports of the day; return what was answered otherwise than expected. Raises NobodyAnswers."""
    registers = dict(Station.objects.filter(election=election).values_list("code", "registered_voters"))
    days = list(day_of(sends, election.turnout_hours, registers).values())

    def report(share: Sequence[Sequence[Report]]) -> list[str]:
        with FrontDoor(host, port) as door:
            return [said for day in share for each in day if (said := _send(door, each, tokens[each.station]))]

    with ThreadPoolExecutor(REPORTERS) as reporters:
        shares = [days[number::REPORTERS] for number in range(REPORTERS)]
        return [said for surprises in reporters.map(report, shares) for said in surprises]


def _send(door: FrontDoor, report: Report, token: str) -> str:
    body: dict[str, object] = {"station": report.station, "hour": report.hour, "voters": report.voters}
    if report.more_than_registered:
        body["more_than_registered"] = True
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": f"turnout.{report.station}.{report.hour}",
    }
    answered = door.post(reverse("tallies_api:turnout"), json.dumps(body), headers)
    # A conflict: a person at the screen reported this hour before.
    if answered.status in (HTTPStatus.CREATED, HTTPStatus.CONFLICT):
        return ""
    return f"{report.station}, {report.hour}: {answered.status} {answered.text[:300]}"
