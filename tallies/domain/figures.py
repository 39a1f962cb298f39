"""Figures as people send them, held against the layout of the contest's protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from stations.domain.layout import Layout

LARGEST_FIGURE = 2**31 - 1

Problem = Literal["missing", "unknown", "not_a_whole_number", "negative", "too_large"]


@dataclass(frozen=True)
class FigureProblem:
    """Why one figure cannot be taken. `suggestion` is the code that was probably meant."""

    code: str
    problem: Problem
    suggestion: str = ""


class BadFigures(Exception):
    """Some figures cannot be taken. `problems` names every one of them."""

    def __init__(self, problems: list[FigureProblem]) -> None:
        super().__init__(", ".join(f"{problem.code}: {problem.problem}" for problem in problems))
        self.problems = problems


def read_figures(given: Mapping[str, object], layout: Layout) -> list[int | None]:
    """Return the figures in the layout's order, None for an absent line.

    Takes whole numbers from 0 to 2^31 - 1 only: a boolean, a decimal or a string of digits is not a figure.
    Raises BadFigures with every problem found.
    """
    problems: list[FigureProblem] = []
    figures: list[int | None] = []
    for code in layout.codes:
        value = given.get(code)
        if value is None:
            figures.append(None)
            if code not in layout.may_be_absent:
                problems.append(FigureProblem(code, "missing"))
            continue
        problem = _problem_of(value)
        if problem:
            problems.append(FigureProblem(code, problem))
        else:
            figures.append(value)  # type: ignore[arg-type]
    problems.extend(_unknown(given, layout))
    if problems:
        raise BadFigures(problems)
    return figures


def _problem_of(value: object) -> Problem | None:
    if type(value) is not int:
        return "not_a_whole_number"
    if value < 0:
        return "negative"
    return "too_large" if value > LARGEST_FIGURE else None


def _unknown(given: Mapping[str, object], layout: Layout) -> list[FigureProblem]:
    known = set(layout.codes)
    return [
        FigureProblem(str(code)[:80], "unknown", next(iter(get_close_matches(str(code)[:80], layout.codes, n=1)), ""))
        for code in given
        if code not in known
    ]
