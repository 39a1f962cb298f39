"""The order in which figures are kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stations.domain.layout import Layout, NotOfThisLayout

LAYOUT = Layout(lines=("issued", "absentee"), choices=("a", "b"), may_be_absent=frozenset({"absentee"}))


def test_lines_come_first_and_then_the_votes_of_each_choice() -> None:
    assert LAYOUT.codes == ("issued", "absentee", "votes:a", "votes:b")
    assert list(LAYOUT.codes)[LAYOUT.votes] == ["votes:a", "votes:b"]
    assert LAYOUT.position("votes:a") == 2


def test_an_absent_line_keeps_its_place() -> None:
    assert LAYOUT.array({"votes:b": 2, "issued": 3, "votes:a": 1}) == [3, None, 1, 2]


def test_missing_and_unknown_figures_are_named() -> None:
    with pytest.raises(NotOfThisLayout) as refused:
        LAYOUT.array({"issued": 1, "votes:a": 1, "votes:c": 1, "isued": 1})
    assert refused.value.missing == ("votes:b",)
    assert refused.value.unknown == ("isued", "votes:c")


@given(st.lists(st.integers(0, 2**31 - 1), min_size=3, max_size=3), st.none() | st.integers(0, 2**31 - 1))
def test_figures_survive_the_way_into_an_array_and_back(figures: list[int], absentee: int | None) -> None:
    array = [figures[0], absentee, *figures[1:]]
    assert LAYOUT.array(LAYOUT.mapping(array)) == array
