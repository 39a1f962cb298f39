"""The checks of a form are written twice, in two ways: the server's and the verifier's say the same of any figures."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from stations.domain.rules import RuleError, parse_rule
from tests.stations.domain.test_rules import LAYOUT, OPERATORS, sums
from verifier.hattama_verify import Contest, broken, read_rule

CODES = LAYOUT.codes
CONTEST = Contest(
    code="list", kind="party_list", seats=1, threshold=Fraction(5), method="", minimum_runner_up=None, form="f",
    lines=tuple(LAYOUT.lines), codes=CODES, optional=frozenset({"absentee"}), choices=(),
    positions={code: position for position, code in enumerate(CODES)}, on_tie="", on_against_all="", lists={},
)  # fmt: skip

more = st.sampled_from(["", " + any_choice", " - 2 * any_choice", " + absentee", " - 0 * absentee"])
small = st.integers(0, 12)
protocols = st.fixed_dictionaries({code: small if code != "absentee" else small | st.none() for code in CODES})


@given(sums, more, st.sampled_from(sorted(OPERATORS)), sums, st.integers(0, 10), protocols)
def test_the_verifier_breaks_a_rule_as_often_as_the_server(
    left: str, also: str, comparison: str, right: str, tolerance: int, figures: dict[str, int | None]
) -> None:
    text = f"{left}{also} {comparison} {right}"
    tolerance = 0 if comparison == "!=" else tolerance
    try:
        rule = parse_rule(text, codes=CODES, tolerance=tolerance)
    except RuleError as reason:
        assert "names no figure" in reason.message
        return
    values = [figures[code] for code in CODES]
    votes = [figure or 0 for figure in values[len(LAYOUT.lines) :]]
    found = broken([read_rule("E1", text, tolerance, CONTEST)], [*values, sum(votes)], votes)
    assert found == ["E1"] * len(rule.bind(LAYOUT).violations(values))
