"""Published results, recomputed as of their checkpoints from the history of protocols.

The history is walked once, in the order of the log, and stops at each snapshot's checkpoint to compare.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from results.verification.log import Log
from results.verification.reading import Reader
from results.verification.registry import Contest, Registry
from results.verification.seats import Contender, Seats, allocate
from results.verification.sums import Key, Sums, compare_sums, places
from results.verification.verdict import Differences
from verifier.hattama_verify import canonical

_SNAPSHOTS = """
    SELECT snapshot.id, snapshot.election_id, snapshot.kind, snapshot.number, snapshot.checkpoint_size,
           snapshot.content_sha256,
           to_char(snapshot.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
           to_char(approval.approved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    FROM results_snapshot snapshot LEFT JOIN results_approval approval ON approval.snapshot_id = snapshot.id
    ORDER BY snapshot.checkpoint_size, snapshot.id
"""
_TALLIES = """
    SELECT contest_id, area_id, figures, stations_expected, stations_reported, stations_held, stations_annulled
    FROM results_snapshottally WHERE snapshot_id = %s
"""
_SEATS = "SELECT contest_id, choice_id, seats FROM results_snapshotseats WHERE snapshot_id = %s"
_ALLOCATIONS = "SELECT contest_id, steps::text FROM results_snapshotallocation WHERE snapshot_id = %s"
_BALLOTS = "SELECT contest_id, station_id FROM stations_ballot"
_HISTORY = """
    SELECT log.index, change.contest_id, change.station_id, change.state,
           CASE WHEN change.state = 'in_force' THEN version.figures END
    FROM tallies_standingchange change
    JOIN audit_logindex log ON log.event_id = change.event_id
    LEFT JOIN tallies_protocolversion version ON version.id = change.version_id
    ORDER BY log.index
"""
_EVENTS = {"bulletin": "bulletin.published", "final": "final.proposed"}
_APPROVED = "final.approved"


class Snapshot(NamedTuple):
    id: int
    election_id: int
    kind: str
    number: int
    size: int
    content_sha256: str
    created_at: str
    approved_at: str | None


def check_snapshots(
    reader: Reader, registry: Registry, log: Log, differences: Differences, counts: Counter[str]
) -> None:
    """Recompute every bulletin and final result; nothing to do where none is published."""
    if not reader.has("results_snapshot"):
        return
    snapshots = [Snapshot(*row) for row in reader.rows(_SNAPSHOTS)]
    _check_events(snapshots, registry, log, differences)
    if snapshots:
        walk = _Walk(reader, registry, deque(snapshots))
        for snapshot, whole in walk.stops():
            packages = log.registered.get(registry.elections[snapshot.election_id], [])
            # Stations can be added and choices withdrawn after a bulletin; the registry of that day is not kept.
            amended = any(moment > snapshot.created_at for moment, _sha256 in packages)
            check = _Check(registry, snapshot, _read(reader, snapshot), differences, amended)
            counts["snapshot_tallies"] += check.tallies(whole)
            counts["seats"] += check.seats(whole)
            check.content()
            counts["snapshots"] += 1


Whole = dict[Key, tuple[list[int], list[int]]]
"""Figures and station counts of every contest in every area."""


@dataclass(frozen=True)
class _Walk:
    """The history of all protocols from the first event of the log on."""

    reader: Reader
    registry: Registry
    ahead: deque[Snapshot]

    def stops(self) -> Iterator[tuple[Snapshot, Whole]]:
        """Yield each snapshot with the sums of its election as of its checkpoint."""
        sums = self._sums_of_nothing()
        standing: dict[Key, tuple[str, list[int | None] | None]] = {}
        for index, contest_id, station_id, state, figures in self.reader.stream(_HISTORY):
            while self.ahead and self.ahead[0].size <= index:
                yield self._stop(sums)
            if contest_id not in self.registry.contests or station_id not in self.registry.stations:
                continue
            before = standing.get((contest_id, station_id))
            if before:
                sums.leave(contest_id, station_id, *before)
            sums.enter(contest_id, station_id, state, figures)
            standing[contest_id, station_id] = state, figures
        while self.ahead:
            yield self._stop(sums)

    def _sums_of_nothing(self) -> Sums:
        sums = Sums(self.registry)
        for contest_id, station_id in self.reader.stream(_BALLOTS):
            if contest_id in self.registry.contests and station_id in self.registry.stations:
                sums.expect(contest_id, station_id)
        return sums

    def _stop(self, sums: Sums) -> tuple[Snapshot, Whole]:
        snapshot = self.ahead.popleft()
        whole = {
            key: sum_
            for key, sum_ in sums.everywhere().items()
            if self.registry.contests[key[0]].election_id == snapshot.election_id
        }
        return snapshot, whole


@dataclass(frozen=True)
class _Stored:
    """What a snapshot says."""

    tallies: Whole
    seats: dict[int, dict[int, int]]
    allocations: dict[int, dict[str, Any]]
    rows: tuple[int, int]
    """How many rows of tallies and of seats there are: none may be there twice."""


def _read(reader: Reader, snapshot: Snapshot) -> _Stored:
    tallies, rows = reader.rows(_TALLIES, [snapshot.id]), reader.rows(_SEATS, [snapshot.id])
    seats: dict[int, dict[int, int]] = defaultdict(dict)
    for contest_id, choice_id, number in rows:
        seats[contest_id][choice_id] = number
    return _Stored(
        {(contest_id, area_id): (figures, counts) for contest_id, area_id, figures, *counts in tallies},
        dict(seats),
        {contest_id: orjson.loads(steps) for contest_id, steps in reader.rows(_ALLOCATIONS, [snapshot.id])},
        (len(tallies), len(rows)),
    )


@dataclass(frozen=True)
class _Check:
    """One snapshot held against the protocols. `amended`: the registry has changed since it was made."""

    registry: Registry
    snapshot: Snapshot
    stored: _Stored
    differences: Differences
    amended: bool

    @property
    def _place(self) -> dict[str, object]:
        return {"kind": self.snapshot.kind, "number": self.snapshot.number}

    def tallies(self, whole: Whole) -> int:
        """Compare every sum; return how many there are."""
        table = "results_snapshottally"
        for key in sorted(whole.keys() | self.stored.tallies.keys()):
            found, expected = self.stored.tallies.get(key), whole.get(key)
            place = {**places(self.registry, key), **self._place}
            if expected is None or found is None:
                right, stored = ("a tally" if there else None for there in (expected, found))
                self.differences.add(table, "row", expected=right, found=stored, **place)
                continue
            if self.amended and expected[1][0] >= found[1][0]:
                expected = (expected[0], [found[1][0], *expected[1][1:]])
            compare_sums(table, self.registry.contests[key[0]].codes, expected, found, self.differences, **place)
        return len(self.stored.tallies)

    def seats(self, whole: Whole) -> int:
        """Allocate the seats of every contest again; return how many there are."""
        nation = self.registry.nation_of(self.snapshot.election_id)
        owed = {
            contest_id: figures
            for (contest_id, area_id), (figures, _counts) in whole.items()
            if area_id == nation and self.registry.contests[contest_id].seats
        }
        for contest_id in sorted((self.stored.seats.keys() | self.stored.allocations.keys()) - owed.keys()):
            place = {"contest": self.registry.contest_code(contest_id), **self._place}
            self.differences.add("results_snapshotseats", "row", expected=None, found="seats", **place)
        for contest_id, figures in sorted(owed.items()):
            self._compare_seats(contest_id, self.registry.contests[contest_id], figures)
        return sum(self.registry.contests[contest_id].seats for contest_id in owed)

    def _compare_seats(self, contest_id: int, contest: Contest, figures: Sequence[int]) -> None:
        codes = {choice.id: choice.code for choice in contest.choices}
        found = {codes.get(id_, f"#{id_}"): seats for id_, seats in self.stored.seats.get(contest_id, {}).items()}
        steps = self.stored.allocations.get(contest_id, {})
        by_lots = (steps.get("lots") or {}).get("seats", 0)
        right = allocation_of(contest, figures)
        if self.amended and (found, by_lots) != (right.of, right.by_lots):
            right = allocation_of(contest, figures, withdrawn_too=True)
        place = {"contest": contest.code, **self._place}
        for code in sorted(right.of.keys() | found.keys()):
            self.differences.compare(
                "results_snapshotseats", "seats", expected=right.of.get(code), found=found.get(code), choice=code,
                **place,
            )  # fmt: skip
        for name, expected, said in (("lots", right.by_lots, by_lots), ("seats", right.of, steps.get("seats"))):
            self.differences.compare("results_snapshotallocation", name, expected=expected, found=said, **place)

    def content(self) -> None:
        """The hash that the log has of a snapshot must be that of its rows."""
        registry, stored = self.registry, self.stored
        codes = {choice.id: choice.code for contest in registry.contests.values() for choice in contest.choices}
        content = {
            "tallies": sorted(
                [registry.contest_code(contest_id), registry.area_code(area_id), figures, list(counts)]
                for (contest_id, area_id), (figures, counts) in stored.tallies.items()
            ),
            "seats": {
                registry.contest_code(contest_id): {
                    codes.get(id_, f"#{id_}"): seats for id_, seats in stored.seats.get(contest_id, {}).items()
                }
                for contest_id in stored.allocations
            },
        }
        each_once = len(stored.tallies), sum(map(len, stored.seats.values()))
        self.differences.compare("results_snapshot", "rows", expected=each_once, found=stored.rows, **self._place)
        expected = sha256(canonical(content)).hexdigest()
        found = self.snapshot.content_sha256
        self.differences.compare("results_snapshot", "content_sha256", expected=expected, found=found, **self._place)


def allocation_of(contest: Contest, figures: Sequence[int], *, withdrawn_too: bool = False) -> Seats:
    """Allocate a contest's seats by its own rules. A withdrawn choice takes no part."""
    votes = dict(zip(contest.codes, figures, strict=True))
    taking_part = [choice for choice in contest.choices if withdrawn_too or not choice.withdrawn]
    return allocate(
        [
            Contender(choice.code, votes[f"votes:{choice.code}"], choice.registration_order)
            for choice in taking_part
            if not choice.against_all
        ],
        against_all=sum(votes[f"votes:{choice.code}"] for choice in taking_part if choice.against_all),
        seats=contest.seats,
        threshold=contest.threshold,
        method=contest.method or ("plurality" if contest.kind == "plurality" else "hare-kz"),
        minimum_runner_up=contest.minimum_runner_up,
    )


def _check_events(snapshots: Sequence[Snapshot], registry: Registry, log: Log, differences: Differences) -> None:
    """Each snapshot and each approval has one event, which names its number, checkpoint and hash."""
    root_of = {checkpoint.size: checkpoint.root.hex() for checkpoint in log.checkpoints}
    logged = {about: list(events) for about, events in log.publications.items()}
    for snapshot in snapshots:
        place = {"kind": snapshot.kind, "number": snapshot.number}
        election = registry.elections[snapshot.election_id]
        expected = {
            "number": snapshot.number,
            "checkpoint": {"size": snapshot.size, "root": root_of.get(snapshot.size)},
            "content_sha256": snapshot.content_sha256,
        }
        _check_event(logged, (_EVENTS[snapshot.kind], election, snapshot.number), expected, differences, place)
        if snapshot.approved_at:
            del expected["checkpoint"]
            _check_event(logged, (_APPROVED, election, snapshot.number), expected, differences, place)
    for (kind, _election, number), events in logged.items():
        if kind in (*_EVENTS.values(), _APPROVED):
            for index, _body in events:
                table = "results_approval" if kind == _APPROVED else "results_snapshot"
                differences.add(table, "row", expected=f"what {kind} tells", found=None, number=number, index=index)


def _check_event(
    logged: dict[tuple[str, str, int], list[tuple[int | None, dict[str, Any]]]],
    about: tuple[str, str, int],
    expected: dict[str, Any],
    differences: Differences,
    place: dict[str, Any],
) -> None:
    events = logged.get(about)
    if not events:
        differences.add("audit_event", "row", expected=f"an event {about[0]}", found=None, **place)
        return
    _index, body = events.pop(0)
    for name, right in expected.items():
        differences.compare("audit_event", f"body.{name}", expected=body.get(name), found=right, **place)
