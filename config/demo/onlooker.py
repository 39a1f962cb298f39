"""What anyone outside sees of the night, asked for at the front door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import cycle, islice
from typing import Any, Self

from config.demo.front_door import FrontDoor

REGIONS_A_LOOK = 4


@dataclass(frozen=True)
class Result:
    """A contest's figures in an area, and of how many stations they are."""

    figures: Mapping[str, int]
    expected: int
    reported: int
    held: int

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """Read an answer of `/api/v1/results/…`."""
        stations = data["stations"]
        return cls(data["figures"], stations["expected"], stations["reported"], stations["held"])


NOTHING = Result({}, 0, 0, 0)


class NoResult(Exception):
    """The public does not get the result it asks for."""


@dataclass(frozen=True)
class Glance:
    """The nation and its regions, the size of the signed log, and how long the oldest change waits to be summed."""

    nation: Result = NOTHING
    regions: Mapping[str, Result] = field(default_factory=dict)
    log_size: int = 0
    behind_seconds: float = 0.0


class Onlooker:
    """Looks at one contest again and again: the nation each time, the regions in turn."""

    def __init__(self, door: FrontDoor, *, contest: str, nation: str, regions: Sequence[str]) -> None:
        self._door = door
        self._contest = contest
        self._nation = nation
        self._regions: dict[str, Result] = {}
        self._count = len(regions)
        self._turns = cycle(regions)

    def look(self, *, everywhere: bool = False) -> Glance:
        """Look once, at every region if `everywhere`. Raises NobodyAnswers or NoResult."""
        for region in islice(self._turns, self._count if everywhere else min(REGIONS_A_LOOK, self._count)):
            self._regions[region] = result(self._door, self._contest, region)
        return Glance(
            nation=result(self._door, self._contest, self._nation),
            regions=dict(self._regions),
            log_size=self._log_size(),
            behind_seconds=float(self._door.get("/health/ready").data.get("oldest_pending_seconds", 0.0)),
        )

    def _log_size(self) -> int:
        checkpoint = self._door.get("/log/checkpoint")
        return int(checkpoint.text.splitlines()[1]) if checkpoint.status == HTTPStatus.OK else 0


def result(door: FrontDoor, contest: str, area: str) -> Result:
    """The result of a contest in an area as the public gets it. Raises NobodyAnswers or NoResult."""
    answered = door.get(f"/api/v1/results/{contest}/{area}/")
    if answered.status != HTTPStatus.OK:
        raise NoResult(f"{contest}, {area}: {answered.status} {answered.data.get('message', '')}")
    return Result.of(answered.data)
