"""What a protocol of one contest holds and which checks it is held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from stations.domain.layout import Layout
from stations.domain.rules import BoundRule, Rule, Violation


class Severity(StrEnum):
    """An error stops a protocol until someone decides on it; a warning asks for a second look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Check:
    """A rule of the form with its code; by language (en, kk, ru) its message and the law it comes from."""

    code: str
    severity: Severity
    rule: Rule
    messages: Mapping[str, str]
    laws: Mapping[str, str]
    _bound: BoundRule = field(repr=False, compare=False)

    def violations(self, figures: Sequence[int | None]) -> list[Violation]:
        """What does not hold in an array of the contest's layout."""
        return self._bound.violations(figures)

    @classmethod
    def of(
        cls,
        layout: Layout,
        *,
        code: str,
        severity: Severity,
        rule: Rule,
        messages: Mapping[str, str],
        laws: Mapping[str, str],
    ) -> Check:
        return cls(code, severity, rule, messages, laws, rule.bind(layout))


@dataclass(frozen=True)
class ContestForm:
    """The form of one contest with the check set in force at a moment. `entry` is `double` or `single`.

    `check_set` is the set's number; 1 is the package's own.
    """

    contest_id: int
    contest: str
    election: str
    entry: str
    layout: Layout
    checks: tuple[Check, ...]
    check_set: int = 1
