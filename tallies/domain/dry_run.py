"""What changed checks would say of protocols that are in already: counted by region, with the first of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from stations.domain.check_sets import CheckChange, CheckText
from stations.domain.form import Check
from stations.domain.layout import Layout

FIRST_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Judged:
    """A protocol in force: whose it is, and its figures in the layout of its contest."""

    contest: str
    station: str
    region: str
    figures: Sequence[int | None]


@dataclass(frozen=True)
class Touched:
    """A protocol that a changed check says something else of than before, with the figures it names."""

    check: str
    judged: Judged
    before: bool
    now: bool
    figures: Mapping[str, int]


@dataclass
class CheckEffect:
    """How many protocols one changed check touched before and would touch now; by region too.

    `newly` are those it says nothing of today, `no_longer` those it would stop to speak of.
    """

    change: CheckChange
    before: int = 0
    now: int = 0
    newly: int = 0
    no_longer: int = 0
    regions: dict[str, Counter[str]] = field(default_factory=dict)
    first: list[Touched] = field(default_factory=list)

    def count(self, touched: Touched) -> None:
        region = self.regions.setdefault(touched.judged.region, Counter())
        for name, counts in (
            ("before", touched.before),
            ("now", touched.now),
            ("newly", touched.now and not touched.before),
            ("no_longer", touched.before and not touched.now),
        ):
            if counts:
                setattr(self, name, getattr(self, name) + 1)
                region[name] += 1
        if touched.before != touched.now and len(self.first) < FIRST_SHOWN:
            self.first.append(touched)


class Comparison:
    """Changed checks, prepared for each contest's layout once."""

    def __init__(self, changes: Iterable[CheckChange], layouts: Mapping[str, Layout]) -> None:
        self.changes = [change for change in changes if change.judges_otherwise]
        self._prepared = {
            contest: [(change, _on(change.before, layout), _on(change.after, layout)) for change in self.changes]
            for contest, layout in layouts.items()
        }

    def judge(self, protocols: Iterable[Judged]) -> Iterable[Touched]:
        """Yield, for each protocol and each changed check, what it said before and says now, where either speaks."""
        for judged in protocols:
            for change, before, after in self._prepared[judged.contest]:
                was = before.violations(judged.figures) if before else []
                now = after.violations(judged.figures) if after else []
                if was or now:
                    named = {code: value for each in (now or was) for code, value in each.figures.items()}
                    yield Touched(change.code, judged, bool(was), bool(now), named)


def effects_of(comparison: Comparison, protocols: Iterable[Judged]) -> list[CheckEffect]:
    """Return what each changed check does to these protocols."""
    effects = {change.code: CheckEffect(change) for change in comparison.changes}
    for touched in comparison.judge(protocols):
        effects[touched.check].count(touched)
    return list(effects.values())


def _on(check: CheckText | None, layout: Layout) -> Check | None:
    return check.on(layout) if check else None
