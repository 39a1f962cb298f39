"""A figure as people type it."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from tallies.forms import FigureField


@given(st.integers(0, 2**31 - 1))
def test_every_figure_a_protocol_can_hold_is_taken_as_typed(figure: int) -> None:
    assert FigureField().clean(str(figure)) == figure


@given(st.integers(0, 2**31 - 1), st.sampled_from([" ", "\u00a0", "\u202f", "\u2009"]))
def test_spaces_of_any_kind_between_thousands_are_taken_out(figure: int, space: str) -> None:
    assert FigureField().clean(f" {figure:,} ".replace(",", space)) == figure


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "missing"),
        ("  ", "missing"),
        ("-1", "sign"),
        ("+1", "sign"),
        ("−5", "sign"),
        ("1.5", "decimal"),
        ("1,212", "decimal"),
        ("1212.0", "decimal"),
        ("٣٤", "foreign"),
        ("१२", "foreign"),
        ("１２", "foreign"),
        ("²", "foreign"),
        ("12a", "not_digits"),
        ("1e3", "not_digits"),
        ("0x10", "not_digits"),
        ("2147483648", "too_large"),
        ("9" * 5000, "too_large"),
    ],
)
def test_what_is_no_figure_is_refused_with_the_reason(typed: str, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        FigureField().clean(typed)
    assert refused.value.code == code


@given(st.text())
def test_any_text_is_either_a_figure_or_refused(typed: str) -> None:
    try:
        figure = FigureField().clean(typed)
    except ValidationError:
        return
    assert isinstance(figure, int)
    assert 0 <= figure < 2**31


def test_a_line_that_may_be_absent_may_stay_empty() -> None:
    assert FigureField(required=False).clean("") is None


def test_leading_zeros_are_no_other_number() -> None:
    assert FigureField().clean("000000000012") == 12
