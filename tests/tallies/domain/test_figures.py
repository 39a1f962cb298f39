"""A figure is a whole number from 0 to 2^31 - 1 of a line that the protocol has."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stations.domain.layout import Layout
from tallies.domain.figures import LARGEST_FIGURE, BadFigures, FigureProblem, read_figures

LAYOUT = Layout(("received", "issued", "absentee"), ("a", "b"), frozenset({"absentee"}))
WHOLE = {"received": 10, "issued": 8, "absentee": 1, "votes:a": 5, "votes:b": 2}


def problems(given_figures: dict[str, Any]) -> list[FigureProblem]:
    with pytest.raises(BadFigures) as refused:
        read_figures(given_figures, LAYOUT)
    return refused.value.problems


def test_figures_come_out_in_the_order_of_the_layout() -> None:
    assert read_figures(dict(reversed(WHOLE.items())), LAYOUT) == [10, 8, 1, 5, 2]


def test_a_line_that_may_be_absent_is_empty_not_zero() -> None:
    assert read_figures({code: value for code, value in WHOLE.items() if code != "absentee"}, LAYOUT)[2] is None


@pytest.mark.parametrize("code", ["received", "issued", "votes:a", "votes:b"])
def test_a_missing_line_is_named(code: str) -> None:
    assert problems({name: value for name, value in WHOLE.items() if name != code}) == [FigureProblem(code, "missing")]


@pytest.mark.parametrize("value", [True, 1.0, "7", "", [], {}, "١٢"])
def test_only_a_whole_number_is_a_figure(value: object) -> None:
    assert problems({**WHOLE, "issued": value}) == [FigureProblem("issued", "not_a_whole_number")]


def test_a_figure_is_neither_negative_nor_larger_than_the_database_holds() -> None:
    assert problems({**WHOLE, "issued": -1}) == [FigureProblem("issued", "negative")]
    assert problems({**WHOLE, "issued": LARGEST_FIGURE + 1}) == [FigureProblem("issued", "too_large")]
    assert read_figures({**WHOLE, "issued": LARGEST_FIGURE}, LAYOUT)[1] == LARGEST_FIGURE


def test_an_unknown_line_is_named_with_the_one_that_was_probably_meant() -> None:
    assert problems({**WHOLE, "isued": 3}) == [FigureProblem("isued", "unknown", "issued")]


def test_all_problems_are_told_at_once() -> None:
    found = problems({"received": -1, "issued": "x", "votes:a": 1, "votes:c": 2})
    assert {(problem.code, problem.problem) for problem in found} == {
        ("received", "negative"),
        ("issued", "not_a_whole_number"),
        ("votes:b", "missing"),
        ("votes:c", "unknown"),
    }


@given(st.dictionaries(st.sampled_from([*LAYOUT.codes, "other"]), st.integers() | st.text() | st.none() | st.floats()))
def test_whatever_is_sent_is_either_a_row_of_figures_or_refused(sent: dict[str, Any]) -> None:
    try:
        figures = read_figures(sent, LAYOUT)
    except BadFigures as refused:
        assert refused.problems
    else:
        assert LAYOUT.mapping(figures) == {code: value for code, value in sent.items() if value is not None}
        assert all(figure is None or 0 <= figure <= LARGEST_FIGURE for figure in figures)
