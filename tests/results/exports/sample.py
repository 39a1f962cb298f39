"""A small country with a result in it, whose sums are right by construction."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

from results.exports.model import (
    AreaTally,
    AsOf,
    ChoiceKind,
    ContestKind,
    ExportedArea,
    ExportedChoice,
    ExportedContest,
    ExportedElection,
    ExportedResult,
    ExportedStation,
    Names,
    Snapshot,
    SnapshotKind,
    StationCounts,
    StationResult,
    StationState,
)


def names(text: str) -> Names:
    return Names(en=text, kk=f"{text} (қаз.)", ru=f"{text} (рус.)")


LISTS = (
    ExportedChoice("amanat", ChoiceKind.LIST, names("Amanat"), "Amanat"),
    ExportedChoice("auyl", ChoiceKind.LIST, names("Auyl"), "Auyl"),
    ExportedChoice("against_all", ChoiceKind.AGAINST_ALL, names("Against all")),
)
CANDIDATES = (
    ExportedChoice("1", ChoiceKind.CANDIDATE, names("First Person"), "Amanat"),
    ExportedChoice("2", ChoiceKind.CANDIDATE, names("Second Person"), "Жаңа партия"),
    ExportedChoice("3", ChoiceKind.CANDIDATE, names("Third Person")),
    ExportedChoice("against_all", ChoiceKind.AGAINST_ALL, names("Against all")),
)


def result(
    *,
    kind: SnapshotKind = SnapshotKind.BULLETIN,
    stations: int = 40,
    districts: int = 4,
    states: tuple[StationState, ...] = (StationState.REPORTED,),
    with_stations: bool = True,
    synthetic: bool = False,
    plurality: bool = False,
    codes: str = "",
) -> ExportedResult:
    """A nation of two regions; station states repeat in the order given; `codes` is put before every area's code."""
    chance = random.Random(7)
    areas = [ExportedArea(f"{codes}kz", "nation", "nation", None, names("Nation"))]
    for region in ("10", "75"):
        kind_of = "city" if region == "75" else "region"
        areas.append(ExportedArea(codes + region, "region", kind_of, f"{codes}kz", names(f"Region {region}")))
    for number in range(districts):
        parent = codes + ("10", "75")[number % 2]
        areas.append(ExportedArea(f"{codes}d{number}", "district", "district", parent, names(f"District {number}")))
    registry = [
        ExportedStation(f"{codes}s{number}", f"{codes}d{number % districts}", names(f"Station №{number}"), 1200)
        for number in range(stations)
    ]
    places: dict[str, Any] = {"areas": areas, "registry": registry, "states": states, "chance": chance}
    contests = [_contest(code="mazhilis", kind=ContestKind.PARTY_LIST, choices=LISTS, **places)]
    if plurality:
        contests.append(_contest(code="okrug-1", kind=ContestKind.PLURALITY, choices=CANDIDATES, **places))
    if not with_stations:
        registry = []
        contests = [_without_stations(contest) for contest in contests]
    return ExportedResult(
        election=ExportedElection("kz-2023", date(2023, 3, 19), names("Election")),
        snapshot=Snapshot(
            kind=kind,
            made_at=datetime(2023, 3, 20, 1, 2, 3, 456789, tzinfo=UTC),
            as_of=AsOf(70_000, "cm9vdA==", datetime(2023, 3, 20, 1, 2, 1, tzinfo=UTC)),
            number=3 if kind is SnapshotKind.BULLETIN else None,
            synthetic=synthetic,
        ),
        issuer="Central Election Commission",
        issuer_abbreviation="CEC",
        areas=tuple(areas),
        stations=tuple(registry),
        contests=tuple(contests),
    )


def _contest(
    *,
    code: str,
    kind: ContestKind,
    choices: tuple[ExportedChoice, ...],
    areas: list[ExportedArea],
    registry: list[ExportedStation],
    states: tuple[StationState, ...],
    chance: random.Random,
) -> ExportedContest:
    results = []
    for number, station in enumerate(registry):
        state = states[number % len(states)]
        results.append(StationResult(station.code, state, _figures(choices, chance, state)))
    tallies = _tallies(areas, registry, results)
    by_list = kind is ContestKind.PARTY_LIST
    return ExportedContest(
        code=code,
        kind=kind,
        names=names(f"Contest {code}"),
        seats=9 if by_list else 1,
        choices=choices,
        total=tallies[0],
        tallies=tuple(tallies),
        stations=tuple(results),
        electorate=areas[0].code if by_list else None,
        seats_by_choice={"amanat": 7, "auyl": 2} if by_list else {"1": 1, "2": 0, "3": 0},
        ballots_cast="ballots_found",
        ballots_rejected="ballots_invalid",
    )


def _figures(choices: tuple[ExportedChoice, ...], chance: random.Random, state: StationState) -> dict[str, int]:
    if state is not StationState.REPORTED:
        return {}
    votes = {f"votes:{choice.code}": chance.randrange(400) for choice in choices}
    invalid = chance.randrange(9)
    return {"ballots_found": sum(votes.values()) + invalid, "ballots_invalid": invalid, **votes}


def _tallies(
    areas: list[ExportedArea], registry: list[ExportedStation], results: list[StationResult]
) -> list[AreaTally]:
    parents = {area.code: area.parent for area in areas}
    figures: dict[str, Counter[str]] = {area.code: Counter() for area in areas}
    states: dict[str, Counter[StationState]] = {area.code: Counter() for area in areas}
    for station, outcome in zip(registry, results, strict=True):
        place: str | None = station.area
        while place is not None:
            figures[place].update(outcome.figures)
            states[place][outcome.state] += 1
            place = parents[place]
    return [
        AreaTally(
            area.code,
            StationCounts(
                expected=states[area.code].total(),
                reported=states[area.code][StationState.REPORTED],
                held=states[area.code][StationState.HELD],
                annulled=states[area.code][StationState.ANNULLED],
            ),
            dict(figures[area.code]),
        )
        for area in areas
    ]


def _without_stations(contest: ExportedContest) -> ExportedContest:
    return ExportedContest(**{**vars(contest), "stations": ()})
