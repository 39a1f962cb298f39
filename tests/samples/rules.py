"""A second, tiny reading of the form's rules, so that the sample is not judged by the code it feeds."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from samples.kz_2023.generate import ELECTION

COMPARE = {
    "==": lambda left, right: left == right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
}
TERM = re.compile(r"([+-]?)\s*(?:(\d+)\s*\*\s*)?([a-z_]+|\d+)\s*")


@dataclass(frozen=True)
class Check:
    code: str
    severity: str
    rule: str

    def holds(self, figures: Mapping[str, int]) -> bool:
        """Whether the rule holds, for each choice where it speaks of any; an absent line counts as zero."""
        left, sign, right = re.split(r"(==|<=|>=|<|>)", self.rule)
        votes = [count for code, count in figures.items() if code.startswith("votes:")]
        each = votes if "any_choice" in self.rule else [0]
        return all(
            COMPARE[sign](_value(left, figures, sum(votes), vote), _value(right, figures, sum(votes), vote))
            for vote in each
        )


def _value(side: str, figures: Mapping[str, int], votes_total: int, any_choice: int) -> int:
    known = {**figures, "votes_total": votes_total, "any_choice": any_choice}
    assert "".join(match[0] for match in TERM.finditer(side.strip())) == side.strip()
    total = 0
    for sign, factor, term in TERM.findall(side.strip()):
        value = int(term) if term.isdigit() else known.get(term, 0)
        total += (-1 if sign == "-" else 1) * int(factor or 1) * value
    return total


def form() -> dict[str, list[dict[str, str]]]:
    return tomllib.loads(ELECTION.read_text(encoding="utf-8"))["form"][0]  # type: ignore[no-any-return]


def checks(severity: str) -> list[Check]:
    return [
        Check(each["code"], each["severity"], each["rule"]) for each in form()["check"] if each["severity"] == severity
    ]
