"""From where on figures of several protocols together look odd enough to be asked about. Data of an election."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class PatternLimits:
    """Limits with what holds where an election names none. Points are percentage points.

    Identical results count from so many votes, spread over so many choices. Turnout and shares are looked at where so
    many stations of a district are in, for stations with so many voters or votes; they are far when they lie both so
    many points and so many median deviations from the median of the district's other stations.
    """

    identical_minimum_votes: int = 200
    identical_minimum_choices: int = 4
    turnout_points: int = 25
    turnout_deviations: int = 6
    turnout_minimum_stations: int = 8
    turnout_minimum_voters: int = 100
    share_points: int = 25
    share_deviations: int = 6
    share_minimum_stations: int = 8
    share_minimum_votes: int = 100

    @classmethod
    def from_data(cls, data: Mapping[str, int]) -> PatternLimits:
        """The limits an election names, and the others as they are."""
        return cls(**data)

    def as_data(self) -> dict[str, int]:
        return asdict(self)


NAMES = tuple(field.name for field in fields(PatternLimits))
