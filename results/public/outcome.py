"""What a contest's figures say: shares, turnout, the order of choices. Exact fractions; rounded only when written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from results.public.palette import is_colour, party_class
from stations.domain.layout import VOTES
from stations.models import Choice

# The lines of a form by which a result is told. A form may lack any of them.
ON_LIST = "voters_on_list"
ISSUED = "ballots_issued"
INVALID = "ballots_invalid"
VALID = "ballots_valid"

COLOURS = 8


@dataclass(frozen=True)
class ChoiceResult:
    """The votes of a choice, and their share of the valid ballots; None where there are no ballots yet."""

    choice: Choice
    votes: int
    share: Fraction | None
    series: str
    seats: int | None = None

    @property
    def is_against_all(self) -> bool:
        return self.choice.kind == Choice.Kind.AGAINST_ALL


@dataclass(frozen=True)
class Outcome:
    """Figures of a place as people read them; None for what the form does not ask for."""

    choices: tuple[ChoiceResult, ...]
    valid: int
    invalid: int | None
    issued: int | None
    on_list: int | None

    @property
    def turnout(self) -> Fraction | None:
        """Voters who received a ballot ÷ voters on the list; None where the form lacks either or nobody is listed."""
        return Fraction(self.issued, self.on_list) if self.issued is not None and self.on_list else None

    @property
    def invalid_share(self) -> Fraction | None:
        """Invalid ballots ÷ all ballots found."""
        found = self.valid + (self.invalid or 0)
        return Fraction(self.invalid, found) if self.invalid is not None and found else None

    @property
    def leading(self) -> tuple[ChoiceResult, ...]:
        """The two choices with the most votes, without "against all"."""
        return tuple(choice for choice in self.choices if choice.votes and not choice.is_against_all)[:2]

    @property
    def margin(self) -> int | None:
        """By how many votes the first is ahead of the second; None where nobody has votes."""
        if not self.leading:
            return None
        return self.leading[0].votes - (self.leading[1].votes if len(self.leading) > 1 else 0)

    @property
    def margin_share(self) -> Fraction | None:
        """The margin as a share of the valid ballots."""
        return Fraction(self.margin, self.valid) if self.margin is not None and self.valid else None


def outcome_of(
    figures: Mapping[str, int], choices: Sequence[Choice], seats: Mapping[str, int] | None = None
) -> Outcome:
    """Return what the figures say, choices by their votes; "against all" stands last, as on the ballot."""
    votes = {choice.code: figures.get(VOTES + choice.code, 0) for choice in choices}
    coloured = any(is_colour(choice.colour) for choice in choices if choice.kind != Choice.Kind.AGAINST_ALL)
    valid = figures[VALID] if VALID in figures else sum(votes.values())
    results = [
        ChoiceResult(
            choice,
            votes[choice.code],
            Fraction(votes[choice.code], valid) if valid else None,
            _series(choice, place, coloured=coloured),
            None if seats is None else seats.get(choice.code),
        )
        for place, choice in enumerate(choices, start=1)
        if not choice.withdrawn or votes[choice.code]
    ]
    results.sort(key=lambda result: (result.is_against_all, -result.votes, result.choice.position))
    return Outcome(tuple(results), valid, figures.get(INVALID), figures.get(ISSUED), figures.get(ON_LIST))


def _series(choice: Choice, place: int, *, coloured: bool) -> str:
    """Return the class that colours the choice, the same on every page: its own colour's, or one of the palette.

    Beside choices that have colours of their own, one without has none: it would be taken for another's.
    """
    if is_colour(choice.colour):
        return party_class(choice.colour)
    plain = coloured or choice.kind == Choice.Kind.AGAINST_ALL or place > COLOURS
    return "series-other" if plain else f"series-{place}"
