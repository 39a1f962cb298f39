"""What is wrong with a package, in words for the person who wrote it."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Problem:
    """A place in a package and what is wrong there.

    `line` counts from 1 and is 0 where the whole file is meant; `column` is the name of a column or key, or empty.
    """

    file: str
    line: int
    column: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"

    @property
    def place(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)


class PackageRefused(Exception):
    """The package, or a change to a loaded election, cannot be taken; `problems` holds every reason found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Problems:
    """Collects problems, so that one run tells them all."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def add(self, file: str, line: int, column: str, sentence: str) -> None:
        self._found.append(Problem(file, line, column, sentence))

    def refuse_if_any(self) -> None:
        """Raises PackageRefused with everything collected, sorted by file and line."""
        if self._found:
            raise PackageRefused(sorted(dict.fromkeys(self._found), key=lambda problem: (problem.file, problem.line)))


def with_suggestion(sentence: str, word: str, known: Collection[str]) -> str:
    """The sentence, followed by the closest of the known words if one is close."""
    close = difflib.get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.6)
    return f"{sentence} {_('Did you mean %(word)s?') % {'word': close[0]}}" if close else sentence
