"""How figures are distributed over stations, by the methods that the literature on election forensics uses.

None of them proves anything by itself: each says where to look. The pages cite the sources and say what else can cause
the same pattern.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

BINS: Final = 50
"""Cells of the two-dimensional histogram on each side: two percentage points wide."""
LAST_DIGIT_FROM: Final = 100
"""Below three digits the last one is not expected to be uniform (Beber and Scacco 2012)."""
SECOND_DIGIT_FROM: Final = 10
SPIKE_HALF_WIDTH: Final = Fraction(1, 2000)
"""A share within 0.05 percentage points of a whole percent counts as one (Kobak, Shpilkin, Pshenichnikov 2016)."""
_DEGREES: Final = 9
_DEVIATIONS: Final = 3.0


@dataclass(frozen=True, slots=True)
class StationFigures:
    """What a protocol in force says, as far as distributions need it. Votes in the order of the choices."""

    station: str
    on_list: int | None
    issued: int | None
    valid: int
    votes: tuple[int, ...]

    @property
    def turnout(self) -> Fraction | None:
        """Voters who received a ballot ÷ voters on the list; None where the form lacks either or it is no share."""
        if self.issued is None or not self.on_list or self.issued > self.on_list:
            return None
        return Fraction(self.issued, self.on_list)

    def share(self, choice: int) -> Fraction | None:
        return Fraction(self.votes[choice], self.valid) if self.valid else None


@dataclass(frozen=True)
class Cell:
    """A cell of the histogram that holds stations. `x` and `y` count cells from zero."""

    x: int
    y: int
    stations: tuple[str, ...]


def fingerprint(figures: Iterable[StationFigures], choice: int, bins: int = BINS) -> list[Cell]:
    """Return where stations lie by turnout (x) and a choice's share of the valid ballots (y).

    Klimek, Yegorov, Hanel, Thurner: Statistical detection of systematic election irregularities, PNAS 109 (2012).
    """
    cells: dict[tuple[int, int], list[str]] = defaultdict(list)
    for each in figures:
        turnout, share = each.turnout, each.share(choice)
        if turnout is not None and share is not None:
            place = min(int(turnout * bins), bins - 1), min(int(share * bins), bins - 1)
            cells[place].append(each.station)
    return [Cell(x, y, tuple(stations)) for (x, y), stations in sorted(cells.items())]


@dataclass(frozen=True)
class DigitTest:
    """How often each digit stands in a place, how often it is expected to, and how surprising the difference is."""

    counted: tuple[int, ...]
    expected: tuple[float, ...]
    chi_square: float
    p_value: float

    @property
    def numbers(self) -> int:
        return sum(self.counted)


def last_digits(numbers: Iterable[int]) -> DigitTest:
    """Test whether last digits of counts from a hundred up are equally frequent.

    Beber, Scacco: What the Numbers Say: A Digit-Based Test for Election Fraud, Political Analysis 20 (2012).
    """
    counted = Counter(number % 10 for number in numbers if number >= LAST_DIGIT_FROM)
    return _digit_test([counted[digit] for digit in range(10)], [0.1] * 10)


def second_digits(numbers: Iterable[int]) -> DigitTest:
    """Test whether second digits of counts from ten up are as frequent as Benford's law has them.

    Mebane: Election Forensics: Vote Counts and Benford's Law (2006). Criticised by Deckert, Myagkov, Ordeshook 2011.
    """
    counted = Counter(int(str(number)[1]) for number in numbers if number >= SECOND_DIGIT_FROM)
    return _digit_test([counted[digit] for digit in range(10)], [benford_second(digit) for digit in range(10)])


def benford_second(digit: int) -> float:
    """Return the probability of a second digit under Benford's law."""
    return sum(math.log10(1 + 1 / (10 * first + digit)) for first in range(1, 10))


def _digit_test(counted: Sequence[int], probabilities: Sequence[float]) -> DigitTest:
    total = sum(counted)
    expected = [total * probability for probability in probabilities]
    chi_square = sum((found - right) ** 2 / right for found, right in zip(counted, expected, strict=True) if right)
    return DigitTest(tuple(counted), tuple(expected), chi_square, _chi_square_tail(chi_square) if total else 1.0)


def _chi_square_tail(value: float) -> float:
    """Return the probability of a chi-square with nine degrees of freedom of at least this value."""
    series, term = 0.0, 1.0
    for step in range(_DEGREES // 2):
        series += term
        term *= value / (2 * step + 3)
    return math.erfc(math.sqrt(value / 2)) + math.sqrt(2 * value / math.pi) * math.exp(-value / 2) * series


@dataclass(frozen=True)
class Spikes:
    """How many shares are whole percents, how many chance gives, and in standard deviations how far that is."""

    by_percent: tuple[int, ...]
    shares: int
    counted: int
    expected: float
    deviation: float
    stations: Mapping[int, tuple[str, ...]]


def integer_spikes(parts: Iterable[tuple[str, int, int]]) -> Spikes:
    """Count shares (station, part, whole) that are whole percents; those of 0 and 100 percent are left out.

    What chance gives is reckoned for each station by itself: how likely a share near its own, of its own number of
    ballots, is a whole percent. So simple fractions of small stations raise what is expected, too.

    Kobak, Shpilkin, Pshenichnikov: Integer percentages as electoral falsification fingerprints, Annals of Applied
    Statistics 10 (2016).
    """
    stations: dict[int, list[str]] = defaultdict(list)
    shares, expected, variance = 0, 0.0, 0.0
    for station, part, whole in parts:
        if not 0 < part < whole:
            continue
        shares += 1
        percent = nearest_percent(part, whole)
        if percent is not None:
            stations[percent].append(station)
        chance = _chance_of_whole_percent(part, whole)
        expected += chance
        variance += chance * (1 - chance)
    counted = sum(map(len, stations.values()))
    return Spikes(
        by_percent=tuple(len(stations[percent]) for percent in range(101)),
        shares=shares,
        counted=counted,
        expected=expected,
        deviation=(counted - expected) / math.sqrt(variance) if variance else 0.0,
        stations={percent: tuple(codes) for percent, codes in sorted(stations.items()) if codes},
    )


def nearest_percent(part: int, whole: int) -> int | None:
    """Return the whole percent that a share is within 0.05 percentage points of, None if there is none."""
    percent = (200 * part + whole) // (2 * whole)
    # |part / whole − percent / 100| ≤ 1 / 2000, in whole numbers.
    return percent if abs(2000 * part - 20 * percent * whole) <= whole else None


def _chance_of_whole_percent(part: int, whole: int) -> float:
    share = part / whole
    deviation = math.sqrt(whole * share * (1 - share))
    reach = max(1, int(_DEVIATIONS * deviation))
    hits = total = 0.0
    for near in range(max(0, part - reach), min(whole, part + reach) + 1):
        weight = math.exp(-(((near - part) / deviation) ** 2) / 2)
        total += weight
        if nearest_percent(near, whole) is not None:
            hits += weight
    return hits / total


def identical(
    figures: Iterable[StationFigures], *, minimum_votes: int, minimum_choices: int
) -> list[tuple[tuple[int, ...], tuple[str, ...]]]:
    """Return results that several stations share, vote for vote, with the stations, the largest results first."""
    groups: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for each in figures:
        if sum(each.votes) >= minimum_votes and sum(map(bool, each.votes)) >= minimum_choices:
            groups[each.votes].append(each.station)
    found = [(votes, tuple(stations)) for votes, stations in groups.items() if len(stations) > 1]
    return sorted(found, key=lambda each: (-sum(each[0]), each[1]))
