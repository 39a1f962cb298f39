"""The registry as verification needs it: codes, trees, the places of figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from results.verification.reading import Reader
from results.verification.verdict import Differences


@dataclass(frozen=True, slots=True)
class Choice:
    id: int
    code: str
    against_all: bool
    registration_order: int | None
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Contest:
    """A contest. `codes` names what each place of a figures array holds; `optional` the places that may be empty."""

    code: str
    election_id: int
    kind: str
    seats: int
    threshold: Fraction
    method: str
    minimum_runner_up: int | None
    codes: tuple[str, ...]
    optional: frozenset[str]
    choices: tuple[Choice, ...]

    def by_code(self, figures: Sequence[int | None]) -> dict[str, int]:
        """Return figures by their codes, absent ones left out."""
        if None not in figures:
            return dict(zip(self.codes, figures, strict=False))  # type: ignore[arg-type]
        return {code: figure for code, figure in zip(self.codes, figures, strict=False) if figure is not None}


@dataclass(frozen=True, slots=True)
class Area:
    code: str
    parent_id: int | None
    election_id: int


@dataclass(frozen=True, slots=True)
class Station:
    code: str
    area_id: int


@dataclass(frozen=True)
class Registry:
    """Everything by its id."""

    elections: Mapping[int, str]
    contests: Mapping[int, Contest]
    areas: Mapping[int, Area]
    stations: Mapping[int, Station]
    upward: Mapping[int, tuple[int, ...]]
    """For each area: itself and all areas above it."""

    def contest_code(self, contest_id: int) -> str:
        contest = self.contests.get(contest_id)
        return contest.code if contest else f"#{contest_id}"

    def area_code(self, area_id: int) -> str:
        area = self.areas.get(area_id)
        return area.code if area else f"#{area_id}"

    def station_code(self, station_id: int) -> str:
        station = self.stations.get(station_id)
        return station.code if station else f"#{station_id}"

    def nation_of(self, election_id: int) -> int:
        return next(
            id_ for id_, area in self.areas.items() if area.parent_id is None and area.election_id == election_id
        )


def read_registry(reader: Reader) -> Registry:
    """Read the whole registry."""
    areas = {
        id_: Area(code, parent_id, election_id)
        for id_, code, parent_id, election_id in reader.rows(
            "SELECT id, code, parent_id, election_id FROM stations_area"
        )
    }
    return Registry(
        elections=dict(reader.rows("SELECT id, code FROM stations_election")),
        contests=_read_contests(reader),
        areas=areas,
        stations={
            id_: Station(code, area_id)
            for id_, code, area_id in reader.rows("SELECT id, code, area_id FROM stations_station")
        },
        upward={area_id: _upward(area_id, areas) for area_id in areas},
    )


def check_packages(
    reader: Reader,
    registered: Mapping[str, Sequence[tuple[str, str]]],
    check_changes: Mapping[str, int],
    differences: Differences,
) -> None:
    """Every election's registry must be of the package that the log names last, after as many changes."""
    for code, package_sha256, revision in reader.rows("SELECT code, package_sha256, revision FROM stations_election"):
        packages = registered.get(code)
        if not packages:
            differences.add(
                "audit_event", "row", expected="the event that loaded the election", found=None, election=code
            )
            continue
        last = packages[-1][1]
        changes = len(packages) + check_changes.get(code, 0)
        differences.compare("stations_election", "package_sha256", expected=last, found=package_sha256, election=code)
        differences.compare("stations_election", "revision", expected=changes, found=revision, election=code)


def _read_contests(reader: Reader) -> dict[int, Contest]:
    lines: dict[int, list[tuple[str, bool]]] = defaultdict(list)
    for form_id, code, may_be_absent in reader.rows(
        "SELECT form_id, code, may_be_absent FROM stations_formline ORDER BY form_id, position"
    ):
        lines[form_id].append((code, may_be_absent))
    choices: dict[int, list[Choice]] = defaultdict(list)
    for contest_id, id_, code, kind, registration_order, withdrawn in reader.rows(
        "SELECT contest_id, id, code, kind, registration_order, withdrawn FROM stations_choice "
        "ORDER BY contest_id, position"
    ):
        choices[contest_id].append(Choice(id_, code, kind == "against_all", registration_order, withdrawn))
    return {
        id_: Contest(
            code=code,
            election_id=election_id,
            kind=kind,
            seats=seats,
            threshold=Fraction(threshold),
            method=method,
            minimum_runner_up=minimum_runner_up,
            codes=(*(line for line, _ in lines[form_id]), *(f"votes:{choice.code}" for choice in choices[id_])),
            optional=frozenset(line for line, may_be_absent in lines[form_id] if may_be_absent),
            choices=tuple(choices[id_]),
        )
        for id_, form_id, code, election_id, kind, seats, threshold, method, minimum_runner_up in reader.rows(
            "SELECT id, form_id, code, election_id, kind, seats, threshold_percent, method, minimum_runner_up "
            "FROM stations_contest"
        )
    }


def _upward(area_id: int, areas: Mapping[int, Area]) -> tuple[int, ...]:
    way: list[int] = []
    at: int | None = area_id
    while at is not None and at not in way:
        way.append(at)
        at = areas[at].parent_id if at in areas else None
    return tuple(way)
