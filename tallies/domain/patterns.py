"""What several protocols together say that none says by itself: questions for a commission, never a change.

Every pattern is a function of protocols in force, whatever their order. A protocol is never compared with itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median
from typing import NamedTuple

from stations.domain.patterns import PatternLimits

POINT = 0.01


class Pattern(StrEnum):
    """What looks odd."""

    IDENTICAL = "identical_results"
    TURNOUT = "turnout_far"
    BELOW_REPORTED = "below_reported"
    SHARE = "share_far"


class Said(NamedTuple):
    """What a protocol in force says, as far as patterns look at it. `voters` and `issued` are None where not stated."""

    version: int
    station: int
    area: int
    votes: tuple[int, ...]
    voters: int | None
    issued: int | None

    @property
    def turnout(self) -> float | None:
        return self.issued / self.voters if self.voters and self.issued is not None else None

    def share(self, choice: int) -> float:
        return self.votes[choice] / sum(self.votes)


@dataclass(frozen=True)
class Match:
    """That a protocol shows a pattern, with another protocol where two are concerned.

    `figures` say how far: whole numbers, shares and turnout in thousandths.
    """

    pattern: Pattern
    said: Said
    other: Said | None = None
    figures: Mapping[str, int] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, int, int | None]:
        """What is asked about: the same key is the same question."""
        return self.pattern.value, self.said.version, self.other.version if self.other else None


def identical_results(protocols: Iterable[Said], limits: PatternLimits) -> list[Match]:
    """Stations of one contest whose choices all have the same votes. Each is compared with the first that came in."""
    alike: dict[tuple[int, ...], list[Said]] = defaultdict(list)
    for said in protocols:
        alike[said.votes].append(said)
    matches = []
    for votes, group in alike.items():
        spread = sum(1 for number in votes if number)
        enough = sum(votes) >= limits.identical_minimum_votes and spread >= limits.identical_minimum_choices
        if len(group) > 1 and enough:
            first, *later = sorted(group)
            figures = {"votes_total": sum(votes)}
            matches += [Match(Pattern.IDENTICAL, said, first, figures) for said in later]
    return matches


def turnout_far(district: Sequence[Said], limits: PatternLimits) -> list[Match]:
    """Stations whose turnout lies far from that of their district's other stations."""
    known = [
        said for said in district if said.turnout is not None and (said.voters or 0) >= limits.turnout_minimum_voters
    ]
    if len(known) < max(limits.turnout_minimum_stations, 2):
        return []
    values = [said.turnout or 0.0 for said in known]
    far = _far(values, points=limits.turnout_points, deviations=limits.turnout_deviations)
    return [
        Match(Pattern.TURNOUT, known[place], figures={"turnout": _thousandths(values[place]), "median": middle})
        for place, middle in far
    ]


def share_far(district: Sequence[Said], limits: PatternLimits) -> list[Match]:
    """Stations where a choice's share lies far outside the range of their district's other stations.

    One match a station: the choice that lies farthest off, by its place on the form.
    """
    known = [said for said in district if sum(said.votes) >= max(limits.share_minimum_votes, 1)]
    if len(known) < max(limits.share_minimum_stations, 2):
        return []
    farthest: dict[int, dict[str, int]] = {}
    for choice in range(len(known[0].votes)):
        values = [said.share(choice) for said in known]
        for place, middle in _far(values, points=limits.share_points, deviations=limits.share_deviations):
            figures = {"choice": choice, "share": _thousandths(values[place]), "median": middle}
            before = farthest.get(place)
            if before is None or abs(figures["share"] - middle) > abs(before["share"] - before["median"]):
                farthest[place] = figures
    return [Match(Pattern.SHARE, known[place], figures=figures) for place, figures in farthest.items()]


def below_reported(protocols: Iterable[Said], reported: Mapping[int, int]) -> list[Match]:
    """Protocols with fewer ballots issued than the station last reported during the day, by station."""
    return [
        Match(Pattern.BELOW_REPORTED, said, figures={"issued": said.issued, "reported": reported[said.station]})
        for said in protocols
        if said.issued is not None and said.station in reported and said.issued < reported[said.station]
    ]


IN_A_DISTRICT: tuple[Callable[[Sequence[Said], PatternLimits], list[Match]], ...] = (turnout_far, share_far)


def _far(values: Sequence[float], *, points: int, deviations: int) -> list[tuple[int, int]]:
    """Return the places of values far from the median of all others, each with that median in thousandths."""
    ordered = sorted(values)
    half = len(ordered) // 2
    # Without one value the median lies between these: nothing nearer to both than `points` can be far.
    lowest, highest = ordered[max(half - 1, 0)], ordered[min(half + 1, len(ordered) - 1)]
    far = []
    for place, value in enumerate(values):
        if max(abs(value - lowest), abs(value - highest)) < points * POINT:
            continue
        others = [each for position, each in enumerate(values) if position != place]
        middle = median(others)
        deviation = median(abs(each - middle) for each in others)
        if abs(value - middle) >= max(points * POINT, deviations * deviation):
            far.append((place, _thousandths(middle)))
    return far


def _thousandths(share: float) -> int:
    return round(share * 1000)
