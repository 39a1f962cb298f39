"""Rules are read as sums and compared; nothing in them is ever executed."""

from __future__ import annotations

import operator
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stations.domain.layout import Layout
from stations.domain.rules import RuleError, parse_rule

LAYOUT = Layout(
    lines=("received", "issued", "unused", "absentee"), choices=("a", "b-1"), may_be_absent=frozenset({"absentee"})
)
FIGURES = {"received": 10, "issued": 7, "unused": 3, "absentee": 1, "votes:a": 4, "votes:b-1": 2}
OPERATORS: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}

names = st.sampled_from(["received", "issued", "unused", "votes:a", "votes:b-1", "votes_total"])
numbers = st.integers(0, 10**6)
terms = st.one_of(
    st.tuples(names, numbers).map(lambda term: f"{term[1]} * {term[0]}"),
    st.tuples(names, numbers).map(lambda term: f"{term[0]} * {term[1]}"),
    names,
    numbers.map(str),
)
sums = st.tuples(
    st.sampled_from(["", "-", "+"]), terms, st.lists(st.tuples(st.sampled_from([" + ", " - "]), terms), max_size=5)
).map(lambda parts: parts[0] + parts[1] + "".join(sign + term for sign, term in parts[2]))
figures = st.fixed_dictionaries({code: st.integers(0, 10**6) for code in FIGURES})


def by_python(text: str, values: dict[str, int]) -> int:
    """What Python makes of a sum: the oracle."""
    known = {code.replace(":", "_").replace("-", "_"): value for code, value in values.items()}
    known["votes_total"] = values["votes:a"] + values["votes:b-1"]
    return int(eval(text.replace("votes:", "votes_").replace("b-1", "b_1"), {}, known))  # noqa: S307


@given(sums, sums, st.sampled_from(sorted(OPERATORS)), figures)
def test_a_rule_holds_exactly_where_arithmetic_says_so(
    left: str, right: str, compare: str, values: dict[str, int]
) -> None:
    text = f"received + {left.lstrip('+-')} {compare} {right}"
    expected = OPERATORS[compare](by_python(f"received + {left.lstrip('+-')}", values), by_python(right, values))
    try:
        rule = parse_rule(text, codes=LAYOUT.codes)
    except RuleError as error:
        pytest.fail(f"{text}: {error}")
    assert rule.holds(values) == expected
    assert (rule.bind(LAYOUT).violations(LAYOUT.array(values)) == []) == expected


@given(sums, sums, st.sampled_from(["==", "<=", ">="]), figures, st.integers(0, 10**7))
def test_tolerance_is_the_difference_that_is_forgiven(
    left: str, right: str, compare: str, values: dict[str, int], tolerance: int
) -> None:
    rule = parse_rule(f"{left} + issued {compare} {right}", codes=LAYOUT.codes, tolerance=tolerance)
    difference = by_python(f"{left} + issued", values) - by_python(right, values)
    forgiven = {"==": abs(difference), "<=": difference, ">=": -difference}[compare] <= tolerance
    assert rule.holds(values) == forgiven


@given(figures, st.permutations(LAYOUT.lines), st.permutations(LAYOUT.choices))
def test_a_rule_bound_to_another_order_says_the_same(
    values: dict[str, int], lines: list[str], choices: list[str]
) -> None:
    rule = parse_rule("received - 2 * votes:a >= issued + votes_total", codes=LAYOUT.codes)
    other = Layout(lines=tuple(lines), choices=tuple(choices))
    assert rule.bind(other).violations(other.array(values)) == rule.violations(values)


def test_a_violation_names_the_figures_and_by_how_much_they_miss() -> None:
    (violation,) = parse_rule("received == issued + unused", codes=LAYOUT.codes).violations({**FIGURES, "unused": 5})
    assert violation.figures == {"received": 10, "issued": 7, "unused": 5}
    assert violation.difference == -2
    assert violation.choice is None


def test_a_rule_about_any_choice_names_each_choice_that_breaks_it() -> None:
    rule = parse_rule("100 * any_choice <= 30 * votes_total", codes=LAYOUT.codes)
    first, second = rule.violations(FIGURES)
    assert (first.choice, second.choice) == ("a", "b-1")
    assert first.figures == {"votes:a": 4, "votes_total": 6}
    assert [violation.choice for violation in rule.violations({**FIGURES, "votes:b-1": 1})] == ["a"]


def test_a_rule_does_not_apply_where_a_line_it_names_is_absent() -> None:
    rule = parse_rule("absentee > issued", codes=LAYOUT.codes)
    assert not rule.holds(FIGURES)
    without = {code: value for code, value in FIGURES.items() if code != "absentee"}
    assert rule.holds(without)
    assert rule.bind(LAYOUT).violations(LAYOUT.array(without)) == []


def test_a_name_that_cancels_out_is_still_named() -> None:
    (violation,) = parse_rule("issued + unused == issued + 1", codes=LAYOUT.codes).violations(FIGURES)
    assert violation.figures == {"issued": 7, "unused": 3}


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("", 0, "The code of a line is expected here."),
        ("received", 8, "A comparison (==, !=, <=, >=, < or >) is expected here."),
        ("received = issued", 9, "= has no meaning in a rule."),
        ("received == isued", 12, "The form has no line isued."),
        ("received == votes:z", 12, "There is no choice z."),
        ("received == issued issued", 19, "Nothing more is expected here: a rule compares two sums."),
        ("received == issued == unused", 19, "Nothing more is expected here: a rule compares two sums."),
        ("received == 2 * 3", 16, "The code of a line is expected here."),
        ("received * issued == 3", 11, "A whole number is expected here."),
        ("received == 1.5 * issued", 13, ". has no meaning in a rule."),
        ("received == 10000000000 * issued", 12, "10000000000 is larger than a rule may use."),
        ("1 == 1", 0, "The rule names no figure."),
        ("__import__('os') == 1", 10, "( has no meaning in a rule."),
        ("received == ٣", 12, "٣ has no meaning in a rule."),
    ],
)
def test_what_is_no_rule_is_refused_with_its_place(text: str, position: int, message: str) -> None:
    with pytest.raises(RuleError) as refused:
        parse_rule(text, codes=LAYOUT.codes)
    assert (refused.value.position, refused.value.message) == (position, message)


@given(st.text(max_size=40))
def test_no_text_does_anything_but_parse_or_be_refused(text: str) -> None:
    try:
        parse_rule(text, codes=LAYOUT.codes)
    except RuleError as error:
        assert 0 <= error.position <= len(text)


def test_tolerance_has_no_meaning_for_unequal_and_below_zero() -> None:
    with pytest.raises(RuleError):
        parse_rule("received != issued", codes=LAYOUT.codes, tolerance=1)
    with pytest.raises(RuleError):
        parse_rule("received == issued", codes=LAYOUT.codes, tolerance=-1)
