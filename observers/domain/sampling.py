"""A sample of stations to count by hand: drawn by dice anybody can watch, sized for a stated risk.

The method is the Kaplan-Markov test on the maximum relative overstatement of pairwise margins (MACRO), with stations
drawn in proportion to how much they could overstate:

- P. B. Stark: A sharper discrepancy measure for post-election audits, Annals of Applied Statistics 2 (2008) (MACRO);
- P. B. Stark: Risk-limiting post-election audits: conservative P-values from common probability inequalities, IEEE
  Transactions on Information Forensics and Security 4 (2009) (Kaplan-Markov, drawn by error bounds).

Everything is in whole numbers until the risk itself, so that whoever has the same figures and the same dice draws the
same stations.
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Final

UNITS: Final = 10**12
"""Error bounds are kept in whole units of this part of a margin, rounded up: never too small."""
_HASHES: Final = 2**256
MOST_DRAWS: Final = 2_000


class NoSample(ValueError):
    """There is nothing that a sample could say. `code` tells why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Batch:
    """A station as reported: its votes by choice, and the most ballots that there can be in it."""

    station: str
    votes: Mapping[str, int]
    most_ballots: int


@dataclass(frozen=True)
class Contested:
    """A plurality contest with one winner, as reported. `losers` are all others, with the winner's margin over each."""

    winner: str
    losers: Mapping[str, int]

    @classmethod
    def of(cls, batches: Sequence[Batch], choices: Sequence[str]) -> Contested:
        """Return who won by how much. Raises NoSample for a contest without a single winner."""
        totals = {choice: sum(batch.votes.get(choice, 0) for batch in batches) for choice in choices}
        ranked = sorted(totals, key=lambda choice: -totals[choice])
        if len(ranked) < 2 or totals[ranked[0]] == totals[ranked[1]]:  # noqa: PLR2004  a winner and a loser
            raise NoSample("no_winner")
        winner = ranked[0]
        return cls(winner, {choice: totals[winner] - totals[choice] for choice in ranked[1:]})

    def bound(self, batch: Batch) -> int:
        """Return how much a station could overstate any margin, in units of the margin: it could all be wrong."""
        lead = batch.votes.get(self.winner, 0) + batch.most_ballots
        return max(
            -(-UNITS * max(0, lead - batch.votes.get(loser, 0)) // margin) for loser, margin in self.losers.items()
        )

    def overstatement(self, batch: Batch, counted: Mapping[str, int]) -> Fraction:
        """Return by how much the station did overstate a margin, as a part of it: the worst over all losers."""
        return max(
            Fraction(
                (batch.votes.get(self.winner, 0) - counted.get(self.winner, 0))
                - (batch.votes.get(loser, 0) - counted.get(loser, 0)),
                margin,
            )
            for loser, margin in self.losers.items()
        )


@dataclass(frozen=True)
class Draw:
    """The n-th draw: the hash that decided it, the number it stands for, and the station."""

    number: int
    hash: str
    ticket: int
    station: str


@dataclass(frozen=True)
class Plan:
    """What a sample is drawn from: stations by code with their bounds, and how many draws the risk asks for."""

    contested: Contested
    batches: Sequence[Batch]
    bounds: Sequence[int]
    risk_limit: Fraction
    draws: int

    @property
    def total(self) -> int:
        """The bounds of all stations together; in units of the margin."""
        return sum(self.bounds)

    def drawn(self, seed: str) -> list[Draw]:
        """Draw stations from the digits of the dice: the n-th by the SHA-256 of "seed,n"."""
        ends = list(accumulate(self.bounds))
        draws = []
        for number in range(1, self.draws + 1):
            hash_ = hashlib.sha256(f"{seed},{number}".encode()).hexdigest()
            ticket = int(hash_, 16) * ends[-1] // _HASHES
            draws.append(Draw(number, hash_, ticket, self.batches[bisect_right(ends, ticket)].station))
        return draws

    def measured_risk(self, draws: Sequence[Draw], counted: Mapping[str, Mapping[str, int]]) -> Measured:
        """Return the risk after those draws whose stations were counted, in the order of the draws, up to a gap.

        The Kaplan-Markov P-value: the product of (1 − 1/U) / (1 − taint) over the draws, where U is the total of the
        bounds in margins and a station's taint is its overstatement as a part of its bound.
        """
        by_code = {batch.station: (batch, bound) for batch, bound in zip(self.batches, self.bounds, strict=True)}
        factor = 1 - Fraction(UNITS, self.total)
        risk, lowest, used = 1.0, 1.0, 0
        for draw in draws:
            if draw.station not in counted:
                break
            batch, bound = by_code[draw.station]
            taint = self.contested.overstatement(batch, counted[draw.station]) * UNITS / bound
            used += 1
            if taint >= 1:
                return Measured(1.0, used)
            risk *= float(factor / (1 - taint))
            lowest = min(lowest, risk)
        return Measured(min(1.0, lowest), used)


@dataclass(frozen=True)
class Measured:
    """The risk that the reported winner is wrong and yet so little was found, after so many draws."""

    risk: float
    draws: int


def plan(batches: Sequence[Batch], choices: Sequence[str], risk_limit: Fraction) -> Plan:
    """Return how many draws confirm the winner at this risk if no error is found. Raises NoSample."""
    if not 0 < risk_limit < 1:
        raise NoSample("risk_limit")
    ordered = sorted((batch for batch in batches if batch.most_ballots), key=lambda batch: batch.station)
    if not ordered:
        raise NoSample("no_stations")
    contested = Contested.of(ordered, choices)
    bounds = [contested.bound(batch) for batch in ordered]
    total = sum(bounds)
    if total <= UNITS:
        # Even if every station were wrong as far as it can be, the winner would stay.
        raise NoSample("cannot_change")
    draws = math.ceil(math.log(risk_limit) / math.log1p(-UNITS / total))
    if draws > MOST_DRAWS:
        raise NoSample("too_close")
    return Plan(contested, ordered, bounds, risk_limit, draws)


def uniform_draw(stations: Sequence[str], seed: str, size: int) -> list[str]:
    """Return `size` different stations, each as likely as any other: those whose SHA-256 of "seed,station" is lowest.

    Rivest: Consistent Sampling with Replacement (2018), without the replacement: a larger sample holds the smaller one.
    """
    ticket = {station: hashlib.sha256(f"{seed},{station}".encode()).hexdigest() for station in stations}
    return sorted(stations, key=lambda station: ticket[station])[:size]
