"""The order in which a contest's figures are kept: lines of the form first, then the votes of each choice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

VOTES = "votes:"


class NotOfThisLayout(ValueError):
    """Figures that name what the layout does not have, or lack what it must have."""

    def __init__(self, *, unknown: Iterable[str] = (), missing: Iterable[str] = ()) -> None:
        self.unknown = tuple(unknown)
        self.missing = tuple(missing)
        super().__init__(f"unknown: {', '.join(self.unknown) or 'none'}; missing: {', '.join(self.missing) or 'none'}")


@dataclass(frozen=True)
class Layout:
    """Positions of a contest's figures. Frozen with the election: a withdrawn choice keeps its position.

    `may_be_absent` names the lines a protocol may leave out; votes are never absent.
    """

    lines: tuple[str, ...]
    choices: tuple[str, ...]
    may_be_absent: frozenset[str] = frozenset()
    codes: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", self.lines + tuple(VOTES + choice for choice in self.choices))

    @property
    def votes(self) -> slice:
        """The part of an array that holds the votes of the choices, in order."""
        return slice(len(self.lines), len(self.codes))

    def position(self, code: str) -> int:
        """Index of `code` in every array; ValueError if the layout has no such code."""
        return self.codes.index(code)

    def array(self, figures: Mapping[str, int]) -> list[int | None]:
        """Figures by code as an array in the layout's order, None for an absent line.

        Raises NotOfThisLayout for a code the layout does not have and for a missing figure that may not be absent.
        """
        array = [figures.get(code) for code in self.codes]
        absent = [code for code, value in zip(self.codes, array, strict=True) if value is None]
        missing = [code for code in absent if code not in self.may_be_absent]
        unknown = figures.keys() - self.codes if len(figures) + len(absent) > len(self.codes) else ()
        if missing or unknown:
            raise NotOfThisLayout(unknown=sorted(unknown), missing=missing)
        return array

    def mapping(self, array: Sequence[int | None]) -> dict[str, int]:
        """An array in the layout's order as figures by code; absent lines are left out."""
        return {code: value for code, value in zip(self.codes, array, strict=True) if value is not None}
