"""A contest's protocol as the paper shows it: numbered lines with names, and findings in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from stations.domain.form import ContestForm, Severity
from stations.domain.layout import VOTES
from stations.domain.rules import VOTES_TOTAL
from stations.models import Choice, Contest, FormLine
from stations.selectors import contest_form, form_of_set

LANGUAGES = ("en", "kk", "ru")


@dataclass(frozen=True)
class PaperLine:
    """One line of the paper: its number there, the code of its figure, and its name by language."""

    number: int
    code: str
    names: Mapping[str, str]
    may_be_absent: bool = False
    withdrawn: bool = False

    @property
    def name(self) -> str:
        """The name in the language of the page."""
        return _in_page_language(self.names)

    @property
    def id(self) -> str:
        """The id of the line's input on a page: codes may hold what selectors cannot."""
        return f"line-{self.number}"


@dataclass(frozen=True)
class Paper:
    """The paper of one contest: the lines of its form, then one line for the votes of each choice."""

    form: ContestForm
    revision: int
    lines: tuple[PaperLine, ...]
    choices: tuple[PaperLine, ...]

    @property
    def all_lines(self) -> tuple[PaperLine, ...]:
        return self.lines + self.choices

    @cached_property
    def by_code(self) -> dict[str, PaperLine]:
        return {line.code: line for line in self.all_lines}

    def in_words(self, findings: Iterable[Mapping[str, Any]], *, check_set: int | None = None) -> list[FindingInWords]:
        """Return findings (as they are stored with a version) in words, errors first.

        `check_set` is the number of the set they come from; None for the paper's own.
        """
        form = self.form
        if check_set is not None and check_set != form.check_set:
            form = form_of_set(form.contest_id, check_set, revision=self.revision)
        checks = {check.code: check for check in form.checks}
        words = []
        for finding in findings:
            check = checks.get(finding["code"])
            words.append(
                FindingInWords(
                    code=finding["code"],
                    severity=Severity(finding["severity"]),
                    message=_in_page_language(check.messages) if check else finding["code"],
                    law=_in_page_language(check.laws) if check else "",
                    figures=tuple(
                        self._named(code, finding["figures"][code])
                        for code in sorted(finding["figures"], key=self._place)
                    ),
                )
            )
        return sorted(words, key=lambda finding: finding.severity is not Severity.ERROR)

    def _place(self, code: str) -> int:
        """Where a figure stands on the paper; sums of them stand at the end."""
        line = self.by_code.get(code)
        return line.number if line else len(self.all_lines) + 1

    def _named(self, code: str, value: int) -> NamedFigure:
        line = self.by_code.get(code)
        if code == VOTES_TOTAL:
            return NamedFigure(code, _("Sum of the votes"), value, "votes-total")
        return NamedFigure(code, line.name if line else code, value, line.id if line else "")


@dataclass(frozen=True)
class NamedFigure:
    """A figure that a finding concerns, with the name and the id of its line."""

    code: str
    name: str
    value: int
    line_id: str


@dataclass(frozen=True)
class FindingInWords:
    """What a check says, in the language of the page."""

    code: str
    severity: Severity
    message: str
    law: str
    figures: tuple[NamedFigure, ...]

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR


@dataclass(frozen=True)
class FilledLine:
    """A line of the paper with a figure on it, None for an absent one, and the codes of findings about it."""

    line: PaperLine
    figure: int | None
    findings: tuple[FindingInWords, ...]


@dataclass(frozen=True)
class FilledPaper:
    """A paper with figures on it."""

    lines: tuple[FilledLine, ...]
    choices: tuple[FilledLine, ...]
    votes_total: int


def paper_of(contest_id: int, *, revision: int, at: datetime | None = None) -> Paper:
    """Return the paper of a contest with the checks in force `at` a moment, now if none is given.

    Kept in the process for each revision of its election and each of its check sets.
    """
    return _paper_of(contest_id, revision, contest_form(contest_id, revision=revision, at=at).check_set)


@lru_cache(maxsize=4096)
def _paper_of(contest_id: int, revision: int, check_set: int) -> Paper:
    form = form_of_set(contest_id, check_set, revision=revision)
    contest = Contest.objects.get(pk=contest_id)
    lines = {line.code: line for line in FormLine.objects.filter(form=contest.form_id)}
    choices = {choice.code: choice for choice in Choice.objects.filter(contest=contest_id)}
    layout = form.layout
    return Paper(
        form=form,
        revision=revision,
        lines=tuple(
            PaperLine(number, code, _names(lines[code]), may_be_absent=code in layout.may_be_absent)
            for number, code in enumerate(layout.lines, start=1)
        ),
        choices=tuple(
            PaperLine(number, VOTES + code, _names(choices[code]), withdrawn=choices[code].withdrawn)
            for number, code in enumerate(layout.choices, start=len(layout.lines) + 1)
        ),
    )


def filled(paper: Paper, figures: Sequence[int | None], findings: Iterable[FindingInWords] = ()) -> FilledPaper:
    """Return the paper with figures, in the layout's order, written on it."""
    of_code = dict(zip(paper.form.layout.codes, figures, strict=True))
    by_code = findings_by_code(findings)

    def on(lines: tuple[PaperLine, ...]) -> tuple[FilledLine, ...]:
        return tuple(FilledLine(line, of_code[line.code], tuple(by_code.get(line.code, ()))) for line in lines)

    return FilledPaper(on(paper.lines), on(paper.choices), sum(of_code[line.code] or 0 for line in paper.choices))


def findings_by_code(findings: Iterable[FindingInWords]) -> dict[str, list[FindingInWords]]:
    """Return, by the code of a figure, the findings that concern it."""
    by_code: dict[str, list[FindingInWords]] = {}
    for finding in findings:
        for figure in finding.figures:
            by_code.setdefault(figure.code, []).append(finding)
    return by_code


def _names(named: FormLine | Choice) -> dict[str, str]:
    return {language: getattr(named, f"name_{language}") for language in LANGUAGES}


def _in_page_language(words: Mapping[str, str]) -> str:
    return words.get(get_language() or "en") or words["en"]
