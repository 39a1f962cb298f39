"""Rules of a form: linear comparisons of figures with integer coefficients, read from text, never executed as code.

    comparison = sum ("==" | "!=" | "<=" | ">=" | "<" | ">") sum
    sum        = ["+" | "-"] term {("+" | "-") term}
    term       = integer | name | integer "*" name | name "*" integer
    name       = line code | "votes:" choice code | "votes_total" | "any_choice"

`votes_total` is the sum of all choices' votes. A rule with `any_choice` must hold for each choice by itself.
`tolerance` is the absolute difference between both sides that is still forgiven, in the units of the expression
as written: `100 * invalid <= 5 * found` with tolerance 100 forgives one ballot.
A rule that names a line which the protocol leaves out does not apply to it.
Choice codes may hold a hyphen: write a space before a minus that follows one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final

from stations.domain.layout import VOTES, Layout

VOTES_TOTAL: Final = "votes_total"
ANY_CHOICE: Final = "any_choice"
RESERVED_NAMES: Final = frozenset({VOTES_TOTAL, ANY_CHOICE})

_LARGEST_COEFFICIENT = 10**9
_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<number>[0-9]+)|(?P<name>votes:[A-Za-z0-9._-]+|[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<compare>==|!=|<=|>=|<|>)|(?P<sign>[+-])|(?P<times>\*)",
    re.ASCII,
)


def gettext_noop(sentence: str) -> str:
    """Mark a sentence for translation. It is translated where it is shown: a domain knows no language."""
    return sentence


class RuleError(ValueError):
    """A rule that cannot be read; `position` counts characters of its text from 0.

    `template % values` is the sentence in English; the template is what a catalogue of translations knows.
    """

    def __init__(self, position: int, template: str, **values: object) -> None:
        self.position = position
        self.template = template
        self.values = values
        super().__init__(self.message)

    @property
    def message(self) -> str:
        return self.template % self.values


@dataclass(frozen=True)
class Violation:
    """That a rule does not hold: the figures it names with their values, and the choice if it was about one."""

    figures: Mapping[str, int]
    difference: int
    choice: str | None = None


@dataclass(frozen=True)
class Rule:
    """A comparison in the form `sum of coefficient * figure + constant  <operator>  0`, over the codes it was read for.

    `terms` holds the coefficient of every name as written, names with a net coefficient of 0 included.
    """

    text: str
    codes: tuple[str, ...]
    terms: Mapping[str, int]
    constant: int
    operator: str
    tolerance: int = 0
    _bound: BoundRule = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_bound", BoundRule(self, self.codes))

    def bind(self, layout: Layout) -> BoundRule:
        """The rule prepared for arrays of this layout."""
        return self._bound if layout.codes == self.codes else BoundRule(self, layout.codes)

    def violations(self, figures: Mapping[str, int]) -> list[Violation]:
        """What does not hold in figures by code: at most one violation, or one for each choice with `any_choice`."""
        return self._bound.violations([figures.get(code) for code in self.codes])

    def holds(self, figures: Mapping[str, int]) -> bool:
        return not self.violations(figures)


class BoundRule:
    """A rule over arrays: coefficients by position instead of by name."""

    def __init__(self, rule: Rule, codes: Sequence[str]) -> None:
        self.rule = rule
        self._codes = tuple(codes)
        self._votes = tuple(position for position, code in enumerate(codes) if code.startswith(VOTES))
        self._constant = rule.constant
        coefficients: dict[int, int] = {}
        for name, coefficient in rule.terms.items():
            for position in self._positions(name):
                coefficients[position] = coefficients.get(position, 0) + coefficient
        self._terms = tuple(coefficients.items())
        self._any_choice = rule.terms.get(ANY_CHOICE)
        self._lowest, self._highest = _range(rule.operator, rule.tolerance)
        self._outside = rule.operator == "!="

    def _positions(self, name: str) -> Sequence[int]:
        if name == ANY_CHOICE:
            return ()
        return self._votes if name == VOTES_TOTAL else (self._codes.index(name),)

    def violations(self, figures: Sequence[int | None]) -> list[Violation]:
        """What does not hold in an array of figures; empty as well if a figure it needs is absent."""
        difference = self._constant
        for position, coefficient in self._terms:
            figure = figures[position]
            if figure is None:
                return []
            difference += coefficient * figure
        if self._any_choice is None:
            return [] if self._is_forgiven(difference) else [self._violation(figures, difference)]
        found = []
        for position in self._votes:
            votes = figures[position]
            if votes is not None and not self._is_forgiven(difference + self._any_choice * votes):
                found.append(self._violation(figures, difference + self._any_choice * votes, position))
        return found

    def _is_forgiven(self, difference: int) -> bool:
        return (self._lowest <= difference <= self._highest) is not self._outside

    def _violation(self, figures: Sequence[int | None], difference: int, choice: int | None = None) -> Violation:
        named = {name: self._value(name, figures) for name in self.rule.terms if name != ANY_CHOICE}
        if choice is None:
            return Violation(named, difference)
        code = self._codes[choice]
        return Violation({code: figures[choice] or 0, **named}, difference, code.removeprefix(VOTES))

    def _value(self, name: str, figures: Sequence[int | None]) -> int:
        return sum(figures[position] or 0 for position in self._positions(name))


def _range(operator: str, tolerance: int) -> tuple[float, float]:
    """The lowest and the highest difference of left and right that are forgiven; with != the ones that are not."""
    match operator:
        case "<=":
            return -inf, tolerance
        case "<":
            return -inf, tolerance - 1
        case ">=":
            return -tolerance, inf
        case ">":
            return 1 - tolerance, inf
        case _:
            return -tolerance, tolerance


def parse_rule(text: str, *, codes: Collection[str], tolerance: int = 0) -> Rule:
    """Read a rule over these codes (lines, and `votes:<choice>` for choices).

    Raises RuleError with the position and a sentence if the text is no such comparison or names an unknown code.
    """
    if tolerance < 0:
        raise RuleError(0, gettext_noop("The tolerance may not be negative."))
    return _Parser(text, tuple(codes)).rule(tolerance)


_EXPECTED: Final = {
    "name": gettext_noop("The code of a line is expected here."),
    "number": gettext_noop("A whole number is expected here."),
    "sign": gettext_noop("A plus or a minus is expected here."),
    "compare": gettext_noop("A comparison (==, !=, <=, >=, < or >) is expected here."),
    "end": gettext_noop("Nothing more is expected here: a rule compares two sums."),
}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    position: int


class _Parser:
    def __init__(self, text: str, codes: tuple[str, ...]) -> None:
        self._text = text
        self._codes = codes
        self._tokens = _tokens(text)
        self._next = 0

    def rule(self, tolerance: int) -> Rule:
        left, left_constant = self._sum()
        operator = self._take("compare")
        right, right_constant = self._sum()
        self._take("end")
        if operator.text == "!=" and tolerance:
            raise RuleError(operator.position, gettext_noop("A rule with != takes no tolerance."))
        terms = {name: left.get(name, 0) - right.get(name, 0) for name in (left | right)}
        if not terms:
            raise RuleError(0, gettext_noop("The rule names no figure."))
        return Rule(self._text, self._codes, terms, left_constant - right_constant, operator.text, tolerance)

    def _sum(self) -> tuple[dict[str, int], int]:
        terms: dict[str, int] = {}
        constant = 0
        sign = self._sign() if self._peek().kind == "sign" else 1
        while True:
            name, factor = self._term()
            if name is None:
                constant += sign * factor
            else:
                terms[name] = terms.get(name, 0) + sign * factor
            if self._peek().kind != "sign":
                return terms, constant
            sign = self._sign()

    def _sign(self) -> int:
        return -1 if self._take("sign").text == "-" else 1

    def _term(self) -> tuple[str | None, int]:
        """A name and its coefficient, or None and a number."""
        if self._peek().kind == "number":
            factor = self._number()
            if self._peek().kind != "times":
                return None, factor
            self._next += 1
            return self._name(), factor
        name = self._name()
        if self._peek().kind != "times":
            return name, 1
        self._next += 1
        return name, self._number()

    def _number(self) -> int:
        token = self._take("number")
        if len(token.text) > len(str(_LARGEST_COEFFICIENT)) or int(token.text) > _LARGEST_COEFFICIENT:
            raise RuleError(
                token.position, gettext_noop("%(number)s is larger than a rule may use."), number=token.text
            )
        return int(token.text)

    def _name(self) -> str:
        token = self._take("name")
        if token.text in RESERVED_NAMES or token.text in self._codes:
            return token.text
        if token.text.startswith(VOTES):
            choice = token.text.removeprefix(VOTES)
            raise RuleError(token.position, gettext_noop("There is no choice %(choice)s."), choice=choice)
        raise RuleError(token.position, gettext_noop("The form has no line %(line)s."), line=token.text)

    def _take(self, kind: str) -> _Token:
        token = self._peek()
        if token.kind != kind:
            raise RuleError(token.position, _EXPECTED[kind])
        self._next += 1
        return token

    def _peek(self) -> _Token:
        return self._tokens[self._next]


def _tokens(text: str) -> list[_Token]:
    tokens = []
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise RuleError(position, gettext_noop("%(character)s has no meaning in a rule."), character=text[position])
        kind = found.lastgroup or ""
        if kind != "space":
            tokens.append(_Token(kind, found.group(), position))
        position = found.end()
    return [*tokens, _Token("end", "", position)]
