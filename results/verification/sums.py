"""Plain sums of the versions in force, and the workers' tallies held against them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from operator import add, sub

from results.verification.reading import Reader
from results.verification.registry import Registry
from results.verification.verdict import Differences

COUNTS = ("stations_expected", "stations_reported", "stations_held", "stations_annulled")
_PLACE_OF_STATE = {"in_force": 1, "held": 2, "annulled": 3}

Key = tuple[int, int]
"""(contest id, area id)"""

_TALLIES = """
    SELECT contest_id, area_id, figures, stations_expected, stations_reported, stations_held, stations_annulled
    FROM aggregation_tally ORDER BY contest_id, area_id
"""


class Sums:
    """Figures and station counts by contest and the area a station lies in, summed one protocol at a time."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._figures: dict[Key, list[int]] = {}
        self._counts: dict[Key, list[int]] = {}

    def expect(self, contest_id: int, station_id: int) -> None:
        """A station owes a protocol of this contest."""
        self._cell(contest_id, station_id)[0] += 1

    def enter(self, contest_id: int, station_id: int, state: str, figures: Sequence[int | None] | None) -> None:
        """A protocol stands in `state`; its figures count when it is in force."""
        self._move(contest_id, station_id, state, figures, 1)

    def leave(self, contest_id: int, station_id: int, state: str, figures: Sequence[int | None] | None) -> None:
        """Undo `enter`."""
        self._move(contest_id, station_id, state, figures, -1)

    def everywhere(self) -> dict[Key, tuple[list[int], list[int]]]:
        """Return figures and counts of every area, each with all that lies beneath it."""
        whole: dict[Key, tuple[list[int], list[int]]] = {}
        for (contest_id, area_id), counts in self._counts.items():
            figures = self._figures[contest_id, area_id]
            for above in self._registry.upward[area_id]:
                sums = whole.get((contest_id, above), ([0] * len(figures), [0] * len(COUNTS)))
                whole[contest_id, above] = (list(map(add, sums[0], figures)), list(map(add, sums[1], counts)))
        return whole

    def _cell(self, contest_id: int, station_id: int) -> list[int]:
        key = contest_id, self._registry.stations[station_id].area_id
        counts = self._counts.get(key)
        if counts is None:
            counts = self._counts[key] = [0] * len(COUNTS)
            self._figures[key] = [0] * len(self._registry.contests[contest_id].codes)
        return counts

    def _move(
        self, contest_id: int, station_id: int, state: str, figures: Sequence[int | None] | None, sign: int
    ) -> None:
        counts = self._cell(contest_id, station_id)
        place = _PLACE_OF_STATE.get(state)
        if place is not None:
            counts[place] += sign
        if state != "in_force" or figures is None:
            return
        key = contest_id, self._registry.stations[station_id].area_id
        if len(figures) == len(self._figures[key]):
            numbers = figures if None not in figures else [figure or 0 for figure in figures]
            self._figures[key] = list(map(add if sign > 0 else sub, self._figures[key], numbers))


def check_tallies(
    reader: Reader, registry: Registry, sums: Sums, differences: Differences, counts: Counter[str]
) -> None:
    """Hold every quiet tally against the plain sum. One with anything pending at or beneath it is still moving."""
    moving = set(_moving(reader, registry))
    expected = sums.everywhere()
    seen: set[Key] = set()
    for contest_id, area_id, figures, *found in reader.stream(_TALLIES):
        key = contest_id, area_id
        if key in seen:
            differences.add("aggregation_tally", "row", expected="one tally", found="another", **places(registry, key))
        seen.add(key)
        if key in moving:
            counts["moving"] += 1
        elif key not in expected:
            differences.add("aggregation_tally", "row", expected=None, found="a tally", **places(registry, key))
        else:
            compare_sums(
                "aggregation_tally", registry.contests[contest_id].codes, expected[key], (figures, found), differences,
                **places(registry, key),
            )  # fmt: skip
            counts["tallies"] += 1
    for key in sorted(expected.keys() - seen - moving):
        if any(expected[key][1][1:]):
            differences.add("aggregation_tally", "row", expected="a tally", found=None, **places(registry, key))


def compare_sums(
    table: str,
    codes: Sequence[str],
    expected: tuple[list[int], list[int]],
    found: tuple[Sequence[int], Sequence[int]],
    differences: Differences,
    **place: object,
) -> None:
    """Note every figure and every count in which a stored sum differs from the plain one."""
    if expected == (list(found[0]), list(found[1])):
        return
    if differences.compare(table, "number of figures", expected=len(codes), found=len(found[0]), **place):
        for code, right, stored in zip(codes, expected[0], found[0], strict=True):
            differences.compare(table, code, expected=right, found=stored, **place)
    for name, right, stored in zip(COUNTS, expected[1], found[1], strict=True):
        differences.compare(table, name, expected=right, found=stored, **place)


def places(registry: Registry, key: Key) -> dict[str, str]:
    """Return the codes of a contest and an area."""
    return {"contest": registry.contest_code(key[0]), "area": registry.area_code(key[1])}


def _moving(reader: Reader, registry: Registry) -> Iterator[Key]:
    for contest_id, area_id in reader.rows("SELECT DISTINCT contest_id, area_id FROM tallies_pendingarea"):
        for above in registry.upward.get(area_id, ()):
            yield contest_id, above
