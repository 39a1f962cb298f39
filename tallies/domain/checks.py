"""What the checks of a form say of a protocol, and what follows from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from stations.domain.form import Check, Severity


@dataclass(frozen=True)
class Finding:
    """What one check says: its code, how severe it is, and the figures it concerns."""

    code: str
    severity: Severity
    figures: Mapping[str, int]

    def as_data(self) -> dict[str, object]:
        return {"code": self.code, "severity": self.severity.value, "figures": dict(self.figures)}


def find(checks: Iterable[Check], figures: Sequence[int | None]) -> list[Finding]:
    """Hold figures, in their layout's order, against the checks of their form; return what does not hold."""
    findings = []
    for check in checks:
        violations = check.violations(figures)
        if violations:
            concerned = {code: value for violation in violations for code, value in violation.figures.items()}
            findings.append(Finding(check.code, check.severity, concerned))
    return findings


class Outcome(StrEnum):
    """What becomes of a protocol with these findings."""

    ACCEPT = "accept"
    HOLD = "hold"
    STOP = "stop"


def assess(findings: Collection[Finding], *, ticked: Collection[str], paper_says_so: bool) -> Outcome:
    """Decide on a protocol: accept it, hold it for a commission, or stop and show the findings.

    `ticked` are the codes of the warnings the person has confirmed. An error stops unless the person says that the
    paper itself is so; then nobody but a commission may count it.
    """
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        return Outcome.HOLD if paper_says_so else Outcome.STOP
    unticked = [finding for finding in findings if finding.code not in ticked]
    return Outcome.STOP if unticked else Outcome.ACCEPT
