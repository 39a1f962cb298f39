"""What every station's protocols truly say: invented below the national result, exact in it.

The Mazhilis list adds up to the official votes and turnout to the unit; the other contests of a station were held
among the same voters.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from random import Random

from samples.kz_2023.chance import dice, happens, noise, whole
from samples.kz_2023.contests import MAZHILIS_LIST, Contest, contest
from samples.kz_2023.country import Station, country
from samples.kz_2023.facts import list_result, regions
from samples.kz_2023.rounding import fill_rows, fill_table, spread

Figures = dict[str, int]

# 54.21 percent of 12,035,578 voters on the list received a ballot.
BALLOTS_ISSUED = 6_524_487
NATIONAL_TURNOUT_PERCENT = 54.21
INVALID_SHARE = 0.024
SMALL_STATION = 400

# How much more a list is favoured in towns than in the country; invented.
URBAN_LEANING = {
    "amanat": 0.92,
    "auyl": 0.6,
    "respublica": 1.25,
    "aqjol": 1.05,
    "qhp": 1.0,
    "nsdp": 1.3,
    "baytaq": 1.2,
    "against_all": 1.5,
}


def protocols(code: str) -> dict[str, Figures]:
    """The final, true figures of one contest: by station code, the lines and `votes:CHOICE`.

    A line that may be absent is left out where the paper leaves it blank. Every error check holds.
    Raises KeyError for an unknown contest.
    """
    if code == MAZHILIS_LIST:
        return _of_mazhilis_list()
    return _of_contest(contest(code))


@cache
def _of_mazhilis_list() -> dict[str, Figures]:
    found = contest(MAZHILIS_LIST)
    random = dice("protocols", found.code)
    turnout = _issued()
    issued = [turnout[station.code] for station in found.stations]
    found_in_boxes = [count - _taken_away(random, count) for count in issued]
    valid = _valid_of_mazhilis_list(random, found_in_boxes)
    official = {row.choice: row.votes for row in list_result()}
    columns = [official[choice.code] for choice in found.choices]
    weights = _list_weights(found, random, columns)
    votes = fill_table(valid, columns, weights)
    return _compose(found, random, issued=issued, found_in_boxes=found_in_boxes, valid=valid, votes=votes)


def _of_contest(found: Contest) -> dict[str, Figures]:
    random = dice("protocols", found.code)
    turnout = _issued()
    # Some who took the first ballot declined the others.
    issued = [turnout[station.code] - _declined(random, turnout[station.code]) for station in found.stations]
    found_in_boxes = [count - _taken_away(random, count) for count in issued]
    valid = [count - round(count * _invalid_share(random)) for count in found_in_boxes]
    if found.kind == "party_list":
        official = {row.choice: row.votes for row in list_result()}
        weights = _list_weights(found, random, [official[choice.code] for choice in found.choices])
    else:
        weights = _candidate_weights(found, random)
    votes = fill_rows(valid, weights)
    return _compose(found, random, issued=issued, found_in_boxes=found_in_boxes, valid=valid, votes=votes)


def _compose(
    found: Contest,
    random: Random,
    *,
    issued: Sequence[int],
    found_in_boxes: Sequence[int],
    valid: Sequence[int],
    votes: Sequence[Sequence[int]],
) -> dict[str, Figures]:
    names = [f"votes:{choice.code}" for choice in found.choices]
    composed = {}
    for i, station in enumerate(found.stations):
        figures = _ballots(station, random, issued[i])
        figures["ballots_found"] = found_in_boxes[i]
        figures["ballots_invalid"] = found_in_boxes[i] - valid[i]
        figures["ballots_valid"] = valid[i]
        figures.update(zip(names, votes[i], strict=True))
        composed[station.code] = figures
    return composed


def _ballots(station: Station, random: Random, issued: int) -> Figures:
    """The upper half of the protocol: what became of the ballots before the boxes were opened."""
    received = max(issued, _received(station, random))
    outside = 0 if station.abroad else int(issued * (0.01 + (0.02 if station.urban else 0.06) * random.random()))
    figures = {
        "voters_on_list": station.registered_voters,
        "ballots_received": received,
        "ballots_issued": issued,
        "ballots_issued_at_station": issued - outside,
        "ballots_issued_outside": outside,
    }
    absentee = min(issued - outside, int(6 * random.random() * random.random() * random.random()))
    if absentee or happens(random, 0.7):
        figures["ballots_issued_absentee"] = absentee
    figures["ballots_unused"] = received - issued
    return figures


def _received(station: Station, random: Random) -> int:
    reserve = station.registered_voters // 100
    if happens(random, 0.004):
        return station.registered_voters + reserve + whole(random, 2, 15)
    return station.registered_voters + int(reserve * random.random())


def _taken_away(random: Random, issued: int) -> int:
    return min(issued, whole(random, 1, 3)) if happens(random, 0.03) else 0


def _declined(random: Random, issued: int) -> int:
    return int(issued * 0.02 * random.random() * random.random())


def _invalid_share(random: Random) -> float:
    """Mostly two or three in a hundred; at a few stations many voters were careless."""
    return INVALID_SHARE * (1.05 + noise(random)) * (3 if happens(random, 0.004) else 1)


@cache
def _issued() -> dict[str, int]:
    """Ballots issued at each station for the Mazhilis list, scaled so that the nation's turnout is the final one."""
    facts = regions()
    expected = [
        region.registered_voters * (region.turnout_percent or NATIONAL_TURNOUT_PERCENT) / 100 for region in facts
    ]
    of_regions = spread(
        BALLOTS_ISSUED, expected, lowest=[0] * len(facts), highest=[region.registered_voters for region in facts]
    )
    issued: dict[str, int] = {}
    for region, total in zip(facts, of_regions, strict=True):
        random = dice("turnout", region.code)
        stations = country().stations_of(region.code)
        weights = [station.registered_voters * _zeal(station, random) for station in stations]
        on_list = [station.registered_voters for station in stations]
        lowest = [max(1, voters // 20) for voters in on_list]
        parts = spread(total, weights, lowest=lowest, highest=on_list)
        issued.update(zip((station.code for station in stations), parts, strict=True))
    return issued


def _zeal(station: Station, random: Random) -> float:
    """How readily the voters of a station vote, against the region's mean: the country more, hamlets most unevenly.

    At a few small stations, such as hospitals, nearly everybody votes.
    """
    small = station.registered_voters < SMALL_STATION
    everybody = small and happens(random, 0.012)
    return (0.93 if station.urban else 1.07) * (1 + (0.35 if small else 0.22) * noise(random)) + everybody


def _valid_of_mazhilis_list(random: Random, in_boxes: Sequence[int]) -> list[int]:
    total = sum(row.votes for row in list_result())
    weights = [max(count, 1) * (1 - _invalid_share(random)) for count in in_boxes]
    lowest = [count * 9 // 10 for count in in_boxes]
    return spread(total, weights, lowest=lowest, highest=list(in_boxes))


def _list_weights(found: Contest, random: Random, national: Sequence[int]) -> list[list[float]]:
    """The lists' expected strength at each station: the nation's, bent by region, by town or country, by place."""
    of_region = {region.code: [votes * (1 + 0.35 * noise(random)) for votes in national] for region in regions()}
    leanings = [URBAN_LEANING[choice.code] for choice in found.choices]
    return [
        [
            strength * (leaning if station.urban else 1 / leaning) * (1 + 0.45 * noise(random))
            for strength, leaning in zip(of_region[station.region], leanings, strict=True)
        ]
        for station in found.stations
    ]


def _candidate_weights(found: Contest, random: Random) -> list[list[float]]:
    strengths = [0.15 + 3 * random.random() * random.random() for _ in found.choices]
    strengths[-1] = 0.1 + 0.15 * random.random()
    return [[strength * (1 + 0.4 * noise(random)) for strength in strengths] for _ in found.stations]
