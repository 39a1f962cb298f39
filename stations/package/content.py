"""What a package says, once it is read: plain rows with the line of the file each stands on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Names:
    en: str
    kk: str
    ru: str


@dataclass(frozen=True, slots=True)
class QuotaRow:
    line: int
    code: str
    names: Names
    percent: int
    groups: tuple[str, ...]
    laws: Names


@dataclass(frozen=True, slots=True)
class ElectionRow:
    line: int
    code: str
    date: dt.date
    time_zone: str
    names: Names
    opens_at: dt.datetime
    figures_public_from: dt.datetime
    live_public: bool
    photographs_public: bool
    protocols_before_close: bool
    witnesses_required: int
    turnout_hours: tuple[str, ...]
    complaint_hours: int
    days_to_certify: int
    days_to_final: int
    patterns: Mapping[str, int]
    quotas: tuple[QuotaRow, ...]
    synthetic: bool


@dataclass(frozen=True, slots=True)
class LineRow:
    line: int
    code: str
    names: Names
    may_be_absent: bool


@dataclass(frozen=True, slots=True)
class CheckRow:
    line: int
    code: str
    severity: str
    rule: str
    tolerance: int
    messages: Names
    laws: Names


@dataclass(frozen=True, slots=True)
class FormRow:
    line: int
    code: str
    lines: tuple[LineRow, ...]
    checks: tuple[CheckRow, ...]


@dataclass(frozen=True, slots=True)
class AreaRow:
    line: int
    code: str
    parent: str
    level: str
    kind: str
    names: Names
    tile_x: int | None
    tile_y: int | None


@dataclass(frozen=True, slots=True)
class StationRow:
    line: int
    code: str
    area: str
    names: Names
    registered_voters: int
    address: Names
    phone: str
    time_zone: str
    opens: dt.time | None
    closes: dt.time | None
    abroad: bool


@dataclass(frozen=True, slots=True)
class ContestRow:
    line: int
    code: str
    kind: str
    entry: str
    seats: int
    threshold_percent: Decimal
    method: str
    minimum_runner_up: int | None
    on_tie: str
    on_against_all: str
    form: str
    names: Names
    colour: str


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    line: int
    contest: str
    code: str
    kind: str
    names: Names
    registration_order: int | None
    party: str
    colour: str
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class CandidateRow:
    line: int
    contest: str
    choice: str
    position: int
    names: Names
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BallotRow:
    line: int
    contest: str
    place: str


@dataclass(frozen=True, slots=True)
class Package:
    """A valid package. `stations_of` holds the codes of the stations of each contest, areas resolved."""

    sha256: str
    canonical: bytes
    election: ElectionRow
    forms: tuple[FormRow, ...]
    areas: tuple[AreaRow, ...]
    stations: tuple[StationRow, ...]
    contests: tuple[ContestRow, ...]
    choices: tuple[ChoiceRow, ...]
    candidates: tuple[CandidateRow, ...]
    stations_of: Mapping[str, frozenset[str]]

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each thing."""
        return {
            "areas": len(self.areas),
            "stations": len(self.stations),
            "contests": len(self.contests),
            "choices": len(self.choices),
            "candidates": len(self.candidates),
            "ballots": sum(len(stations) for stations in self.stations_of.values()),
        }
