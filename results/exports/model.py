"""A published result as every export format reads it: plain values, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

LANGUAGES = ("kk", "ru", "en")


@dataclass(frozen=True)
class Names:
    """A name in the three languages of the election."""

    en: str
    kk: str
    ru: str

    def in_language(self, language: str) -> str:
        """The name in kk, ru or en."""
        return str(getattr(self, language))


class SnapshotKind(StrEnum):
    BULLETIN = "bulletin"  # numbered, preliminary
    FINAL = "final"
    LIVE = "live"  # tallies of this moment, published by nobody


@dataclass(frozen=True)
class AsOf:
    """The signed checkpoint of the log that the figures stand on; `root` as the log writes it (base64)."""

    size: int
    root: str
    time: datetime


@dataclass(frozen=True)
class Snapshot:
    """What the figures are. `number` is a bulletin's; `made_at` (aware) is when the snapshot was taken."""

    kind: SnapshotKind
    made_at: datetime
    as_of: AsOf | None = None
    number: int | None = None
    synthetic: bool = False
    training: bool = False

    @property
    def label(self) -> str:
        """ "bulletin 3", "final" or "live"."""
        return f"{self.kind} {self.number}" if self.number is not None else self.kind.value


@dataclass(frozen=True)
class StationCounts:
    """How many stations owe a protocol, and what became of them. Those not named are still missing."""

    expected: int
    reported: int
    held: int = 0
    annulled: int = 0

    @property
    def complete(self) -> bool:
        """Every protocol is in force or annulled."""
        return self.held == 0 and self.reported + self.annulled == self.expected


@dataclass(frozen=True)
class ExportedArea:
    """An area of the tree; the nation has no parent. `level` is nation, region or district."""

    code: str
    level: str
    kind: str
    parent: str | None
    names: Names


@dataclass(frozen=True)
class ExportedStation:
    """A station; `area` is the code of the district it belongs to."""

    code: str
    area: str
    names: Names
    registered_voters: int


class StationState(StrEnum):
    REPORTED = "reported"  # a protocol is in force
    HELD = "held"
    ANNULLED = "annulled"
    MISSING = "missing"


@dataclass(frozen=True)
class StationResult:
    """A station in one contest. `figures` holds the protocol in force and is empty in any other state."""

    station: str
    state: StationState
    figures: Mapping[str, int] = field(default_factory=dict)

    @property
    def counts(self) -> StationCounts:
        return StationCounts(
            expected=1,
            reported=int(self.state is StationState.REPORTED),
            held=int(self.state is StationState.HELD),
            annulled=int(self.state is StationState.ANNULLED),
        )


@dataclass(frozen=True)
class AreaTally:
    """The sum of an area in one contest. Figures by code: lines, and `votes:<choice>`."""

    area: str
    stations: StationCounts
    figures: Mapping[str, int]


class ContestKind(StrEnum):
    PARTY_LIST = "party_list"
    PLURALITY = "plurality"


class ChoiceKind(StrEnum):
    LIST = "list"
    CANDIDATE = "candidate"
    AGAINST_ALL = "against_all"


@dataclass(frozen=True)
class ExportedChoice:
    """A choice; `party` is the party's name as the ballot has it, "" for none."""

    code: str
    kind: ChoiceKind
    names: Names
    party: str = ""


@dataclass(frozen=True)
class ExportedLine:
    """A line of the protocol above the votes, such as "ballots received"."""

    code: str
    names: Names


@dataclass(frozen=True)
class ExportedContest:
    """One contest's result.

    `total` is the sum of all its stations. `tallies` are those of areas (the nation's included, where its tally is
    wanted), `stations` those of single stations, empty where they are not asked for. `electorate` is the code of
    the area whose voters vote in it, None where that is a constituency of its own. `seats_by_choice` is None until
    seats are allocated; seats that wait for lots belong to nobody in it. `ballots_cast` and `ballots_rejected` are
    the codes of the lines that say so, "" where the form has none. `lines` are those of the form, in their order.
    """

    code: str
    kind: ContestKind
    names: Names
    seats: int
    choices: tuple[ExportedChoice, ...]
    total: AreaTally
    tallies: tuple[AreaTally, ...]
    stations: tuple[StationResult, ...] = ()
    electorate: str | None = None
    seats_by_choice: Mapping[str, int] | None = None
    ballots_cast: str = ""
    ballots_rejected: str = ""
    lines: tuple[ExportedLine, ...] = ()


@dataclass(frozen=True)
class ExportedElection:
    code: str
    date: date
    names: Names
    time_zone: str = "UTC"


@dataclass(frozen=True)
class ExportedResult:
    """What is exported. `areas` come parents first; `stations` are those of any contest's `stations`.

    `site` is where the public site is, without a slash at the end.
    """

    election: ExportedElection
    snapshot: Snapshot
    issuer: str
    issuer_abbreviation: str
    areas: tuple[ExportedArea, ...]
    stations: tuple[ExportedStation, ...]
    contests: tuple[ExportedContest, ...]
    site: str = ""
