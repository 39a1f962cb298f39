"""Findings are data; what follows from them is decided in one place."""

from __future__ import annotations

import pytest

from stations.domain.form import Check, Severity
from stations.domain.layout import Layout
from stations.domain.rules import parse_rule
from tallies.domain.checks import Finding, Outcome, assess, find

LAYOUT = Layout(("received", "issued", "unused"), ("a", "b"))


def check(code: str, severity: Severity, rule: str) -> Check:
    parsed = parse_rule(rule, codes=LAYOUT.codes)
    return Check.of(LAYOUT, code=code, severity=severity, rule=parsed, messages={}, laws={})


CHECKS = (
    check("E1", Severity.ERROR, "received == issued + unused"),
    check("W1", Severity.WARNING, "any_choice <= 5"),
)
ERROR = Finding("E1", Severity.ERROR, {})
WARNING = Finding("W1", Severity.WARNING, {})


def test_a_protocol_that_adds_up_has_no_findings() -> None:
    assert find(CHECKS, [10, 8, 2, 5, 3]) == []


def test_a_finding_names_the_figures_it_concerns() -> None:
    assert find(CHECKS, [10, 8, 1, 5, 3]) == [Finding("E1", Severity.ERROR, {"received": 10, "issued": 8, "unused": 1})]


def test_a_check_of_every_choice_is_one_finding_that_names_all_of_them() -> None:
    (finding,) = find(CHECKS, [10, 8, 2, 6, 7])
    assert finding.figures == {"votes:a": 6, "votes:b": 7}


@pytest.mark.parametrize(
    ("findings", "ticked", "paper_says_so", "outcome"),
    [
        ([], [], False, Outcome.ACCEPT),
        ([], [], True, Outcome.ACCEPT),
        ([WARNING], [], False, Outcome.STOP),
        ([WARNING], ["W1"], False, Outcome.ACCEPT),
        ([WARNING], ["W2"], False, Outcome.STOP),
        ([WARNING], [], True, Outcome.STOP),
        ([ERROR], ["E1"], False, Outcome.STOP),
        ([ERROR], [], True, Outcome.HOLD),
        ([ERROR, WARNING], [], True, Outcome.HOLD),
        ([ERROR, WARNING], ["W1"], False, Outcome.STOP),
    ],
)
def test_what_becomes_of_a_protocol(
    findings: list[Finding], ticked: list[str], paper_says_so: bool, outcome: Outcome
) -> None:
    assert assess(findings, ticked=ticked, paper_says_so=paper_says_so) is outcome
