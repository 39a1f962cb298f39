"""The checks of a form as a numbered set: what it holds, what cannot be taken, and what differs between two sets."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from audit.domain.canonical import canonical_bytes
from stations.domain.form import Check, Severity
from stations.domain.layout import Layout
from stations.domain.rules import RuleError, parse_rule

FIRST_SET: Final = 1
"""The number of the package's own checks."""

LARGEST_SET: Final = 48_000
"""Bytes of a set in canonical form: it must fit into an entry of the log with what is said about it."""

LANGUAGES: Final = ("en", "kk", "ru")


@dataclass(frozen=True)
class CheckText:
    """A check as it is written: its rule is text still, because it means something only on a contest's layout."""

    code: str
    severity: Severity
    rule: str
    tolerance: int
    messages: Mapping[str, str]
    laws: Mapping[str, str]

    def as_data(self) -> dict[str, object]:
        return {
            "code": self.code,
            "severity": self.severity.value,
            "rule": self.rule,
            "tolerance": self.tolerance,
            "message": {language: self.messages[language] for language in LANGUAGES},
            "law": _once_or_by_language(self.laws),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> CheckText:
        return cls(
            code=str(data["code"]),
            severity=Severity(data["severity"]),
            rule=str(data["rule"]),
            tolerance=int(data["tolerance"]),
            messages=dict(data["message"]),
            laws=_by_language(data["law"]),
        )

    def on(self, layout: Layout) -> Check:
        """The check over arrays of this layout. Raises RuleError."""
        return Check.of(
            layout,
            code=self.code,
            severity=self.severity,
            rule=parse_rule(self.rule, codes=layout.codes, tolerance=self.tolerance),
            messages=self.messages,
            laws=self.laws,
        )


def _once_or_by_language(texts: Mapping[str, str]) -> str | dict[str, str]:
    """Sets from before laws had languages hold one text: what is the same in all stays so, and keeps their hash."""
    same = len({texts[language] for language in LANGUAGES}) == 1
    return texts[LANGUAGES[0]] if same else {language: texts[language] for language in LANGUAGES}


def _by_language(told: str | Mapping[str, str]) -> dict[str, str]:
    return dict.fromkeys(LANGUAGES, told) if isinstance(told, str) else dict(told)


def as_data(checks: Iterable[CheckText]) -> list[dict[str, object]]:
    """A set as events and the database hold it."""
    return [check.as_data() for check in checks]


def sha256_of(checks: Iterable[CheckText]) -> str:
    """The SHA-256 of a set in canonical form: its list of checks, in order."""
    return hashlib.sha256(canonical_bytes(as_data(checks))).hexdigest()


@dataclass(frozen=True)
class CheckProblem:
    """Why a check cannot be taken: `problem` is `twice`, `rule` (see `error`) or `too_large` (no code)."""

    code: str
    problem: str
    error: RuleError | None = None
    contest: str = ""


def problems_of(checks: Sequence[CheckText], layouts: Mapping[str, Layout]) -> list[CheckProblem]:
    """What cannot be taken of a set that holds for contests with these layouts, by contest code."""
    counted = Counter(check.code for check in checks)
    problems = [CheckProblem(code, "twice") for code, times in counted.items() if times > 1]
    problems += [problem for check in checks if (problem := _unreadable(check, layouts))]
    if len(canonical_bytes(as_data(checks))) > LARGEST_SET:
        problems.append(CheckProblem("", "too_large"))
    return problems


def _unreadable(check: CheckText, layouts: Mapping[str, Layout]) -> CheckProblem | None:
    read: set[tuple[str, ...]] = set()
    for contest, layout in layouts.items():
        if layout.codes not in read:
            read.add(layout.codes)
            try:
                parse_rule(check.rule, codes=layout.codes, tolerance=check.tolerance)
            except RuleError as error:
                return CheckProblem(check.code, "rule", error, contest)
    return None


class Difference(StrEnum):
    """What became of a check from one set to another."""

    ADDED = "added"
    CHANGED = "changed"
    RETIRED = "retired"
    SAME = "same"


@dataclass(frozen=True)
class CheckChange:
    """A check in two sets: None where it is not in one. `fields` names what differs, empty unless it changed."""

    code: str
    before: CheckText | None
    after: CheckText | None

    @property
    def difference(self) -> Difference:
        if self.before is None:
            return Difference.ADDED
        if self.after is None:
            return Difference.RETIRED
        return Difference.CHANGED if self.before != self.after else Difference.SAME

    @property
    def fields(self) -> tuple[str, ...]:
        if self.before is None or self.after is None:
            return ()
        before, after = self.before.as_data(), self.after.as_data()
        return tuple(name for name in before if before[name] != after[name])

    @property
    def judges_otherwise(self) -> bool:
        """Whether protocols can meet it otherwise than before: a new wording alone changes nothing for them."""
        return self.difference in {Difference.ADDED, Difference.RETIRED} or bool(
            {"rule", "tolerance", "severity"} & set(self.fields)
        )


def compare(before: Collection[CheckText], after: Collection[CheckText]) -> list[CheckChange]:
    """Every check of both sets, those of the later set first and in its order."""
    earlier, later = {check.code: check for check in before}, {check.code: check for check in after}
    codes = [*later, *(code for code in earlier if code not in later)]
    return [CheckChange(code, earlier.get(code), later.get(code)) for code in codes]
