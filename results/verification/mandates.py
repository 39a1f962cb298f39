"""Acts about mandates: each against its events, and whatever counts derived again from the final result."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from results.verification.reading import Reader
from results.verification.registry import Contest, Registry
from results.verification.seats import Seats
from results.verification.snapshots import allocation_of
from results.verification.verdict import Differences

_ACTS = """
    SELECT act.id, act.contest_id, act.snapshot_id, snapshot.number, snapshot.kind, approval.snapshot_id IS NOT NULL,
           act.number, act.kind, act.data::text, act.event_id, proposed.kind, proposed.entry, decision.outcome,
           decision.event_id, decided.kind, decided.entry
    FROM results_mandateact act
    LEFT JOIN results_snapshot snapshot ON snapshot.id = act.snapshot_id
    LEFT JOIN results_approval approval ON approval.snapshot_id = act.snapshot_id
    LEFT JOIN audit_event proposed ON proposed.id = act.event_id
    LEFT JOIN results_mandatedecision decision ON decision.act_id = act.id
    LEFT JOIN audit_event decided ON decided.id = decision.event_id
    ORDER BY act.contest_id, act.number
"""
_EVENTS_WITHOUT_ROW = """
    SELECT event.id, event.kind FROM audit_event event
    WHERE event.kind IN ('mandates.proposed', 'mandates.confirmed', 'mandates.withdrawn')
      AND NOT EXISTS (SELECT FROM results_mandateact act WHERE act.event_id = event.id)
      AND NOT EXISTS (SELECT FROM results_mandatedecision decision WHERE decision.event_id = event.id)
"""
_NATIONAL = """
    SELECT tally.figures FROM results_snapshottally tally
    JOIN stations_area area ON area.id = tally.area_id AND area.parent_id IS NULL
    WHERE tally.snapshot_id = %s AND tally.contest_id = %s
"""
_STORED_SEATS = """
    SELECT choice.code, seats.seats FROM results_snapshotseats seats
    JOIN stations_choice choice ON choice.id = seats.choice_id
    WHERE seats.snapshot_id = %s AND seats.contest_id = %s
"""
_LISTS = """
    SELECT choice.code, candidate.position FROM stations_candidate candidate
    JOIN stations_choice choice ON choice.id = candidate.choice_id
    WHERE choice.contest_id = %s AND choice.kind = 'list' ORDER BY choice.code, candidate.position
"""
_RULES = "SELECT on_tie, on_against_all FROM stations_contest WHERE id = %s"
_TABLE = "results_mandateact"
_REPEATS = frozenset({"repeat_voting", "repeat_election"})
_OUTCOMES = {"confirmed": "mandates.confirmed", "withdrawn": "mandates.withdrawn"}


class _Act(NamedTuple):
    id: int
    contest_id: int
    snapshot_id: int
    final: int | None
    snapshot_kind: str | None
    approved: bool
    number: int
    kind: str
    data: str
    event_id: int
    event_kind: str | None
    entry: bytes | None
    outcome: str | None
    decision_event_id: int | None
    decision_kind: str | None
    decision: bytes | None


def check_mandates(reader: Reader, registry: Registry, differences: Differences, counts: Counter[str]) -> None:
    """Check that acts say what the log says, by two people, and that each follows from what was before it."""
    last: dict[int, int] = defaultdict(int)
    of_result: dict[tuple[int, int], _Derived] = {}
    for act in (_Act._make(row) for row in reader.rows(_ACTS)):
        place = {"contest": registry.contest_code(act.contest_id), "act": act.number}
        last[act.contest_id] += 1
        differences.compare(_TABLE, "number", expected=last[act.contest_id], found=act.number, **place)
        _check_events(act, place, differences)
        if act.outcome == "confirmed":
            key = act.snapshot_id, act.contest_id
            if key not in of_result:
                of_result[key] = _derive(reader, registry.contests[act.contest_id], act)
            expected, found = of_result[key].expected(act.kind, orjson.loads(act.data)), orjson.loads(act.data)
            differences.compare(_TABLE, "data", expected=expected, found=found, **place)
            final = ("final", True)
            differences.compare(_TABLE, "snapshot", expected=final, found=(act.snapshot_kind, act.approved), **place)
        counts["mandate_acts"] += 1
    for event_id, kind in reader.rows(_EVENTS_WITHOUT_ROW):
        table = _TABLE if kind == "mandates.proposed" else "results_mandatedecision"
        differences.add(table, "row", expected=f"the row of {kind}", found=None, event=event_id)


def _check_events(act: _Act, place: Mapping[str, Any], differences: Differences) -> None:
    said, proposer = _said(act.entry, "act", "final", "what", "data")
    found = {
        "kind": "mandates.proposed",
        "contest": place["contest"],
        "act": act.number,
        "final": act.final,
        "what": act.kind,
        "data": orjson.loads(act.data),
    }
    differences.compare(_TABLE, ", ".join(found), expected=said, found=found, event=act.event_id, **place)
    if act.outcome is None:
        return
    table = "results_mandatedecision"
    said, decider = _said(act.decision, "act")
    found = {"kind": _OUTCOMES.get(act.outcome), "contest": place["contest"], "act": act.number}
    differences.compare(table, ", ".join(found), expected=said, found=found, event=act.decision_event_id, **place)
    if act.outcome == "confirmed" and decider == proposer:
        differences.add(table, "by", expected="a second person", found=decider, **place)


def _said(entry: bytes | None, *names: str) -> tuple[dict[str, Any], str]:
    """Return what an event says of these parts of its body, with kind and contest; and who did it."""
    try:
        event = orjson.loads(entry or b"")
        heading = {"kind": event["kind"], "contest": event["contest"]}
        return {**heading, **{name: event["body"].get(name) for name in names}}, str(event["actor"]["pseudonym"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}, ""


@dataclass
class _Derived:
    """Who holds what by one final result, as the acts on it go on."""

    seats: Seats
    lists: Mapping[str, Sequence[int]]
    against_all: int
    most: int
    on_tie: str
    on_against_all: str
    plurality: bool
    drawn: frozenset[str] | None = None
    registered: bool = False
    called: bool = False
    gave_up: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def expected(self, kind: str, said: Mapping[str, Any]) -> dict[str, Any] | str:
        """Return what an act of this kind must say, given what it chose freely; a sentence where there can be none."""
        match kind:
            case "lots":
                return self._lots(said)
            case "registration":
                return self._registration()
            case "given_up":
                return self._given_up(said)
            case "repeat":
                return self._repeat(said)
        return "an act of a kind that there is"

    def _verdict(self) -> str:
        if not self.plurality:
            return "lots" if self.seats.open.between else "elected"
        if self.most == 0 or (self.on_against_all == "repeat_election" and self.against_all > self.most):
            return "repeat_election"
        return self.on_tie if self.seats.open.between else "elected"

    def _lots(self, said: Mapping[str, Any]) -> dict[str, Any] | str:
        tie, won = self.seats.open, list(said.get("won", ()))
        drawn = 1 if tie.together else tie.seats
        if self._verdict() != "lots" or self.drawn is not None:
            return "no lots: nothing is tied"
        if not set(won) <= tie.between or len(set(won)) != len(won) or len(won) != drawn:
            return f"{drawn} of {sorted(tie.between)}"
        self.drawn = frozenset(won)
        # The order in which the tied are named says nothing.
        among = said.get("among")
        right = among if isinstance(among, list) and sorted(among) == sorted(tie.between) else sorted(tie.between)
        return {"among": right, "won": won, "drawn_on": said.get("drawn_on")}

    def _mandates(self, code: str) -> int:
        tie = self.seats.open
        extra = (tie.seats if tie.together else 1) if self.drawn and code in self.drawn else 0
        return self.seats.of.get(code, 0) + extra

    def _holders(self, code: str) -> list[int]:
        left = [place for place in self.lists.get(code, ()) if place not in self.gave_up[code]]
        return left[: self._mandates(code)]

    def _registration(self) -> dict[str, Any] | str:
        undrawn = bool(self.seats.open.between) and self.drawn is None
        if self.registered or undrawn or self._verdict() in _REPEATS:
            return "no registration now"
        self.registered = True
        held = {code: self._holders(code) for code in self.lists}
        return {"holders": {code: places for code, places in held.items() if places}}

    def _given_up(self, said: Mapping[str, Any]) -> dict[str, Any] | str:
        code, place = str(said.get("list")), said.get("place")
        if not self.registered or place not in self._holders(code):
            return "a place that holds a mandate"
        before = set(self._holders(code))
        self.gave_up[code].add(int(str(place)))
        after = sorted(set(self._holders(code)) - before)
        return {"list": code, "place": place, "successor": after[0] if after else None}

    def _repeat(self, said: Mapping[str, Any]) -> dict[str, Any] | str:
        verdict = self._verdict()
        if self.called:
            return "no second call"
        self.called = True
        if self.plurality and any(self.gave_up.values()) and not any(self._holders(code) for code in self.lists):
            return {"what": "by_election", "among": [], "day": said.get("day")}
        if verdict not in _REPEATS:
            return "no repeat: somebody is elected"
        tied = self.seats.open.between if verdict == "repeat_voting" else frozenset()
        among = said.get("among")
        right = among if isinstance(among, list) and sorted(among) == sorted(tied) else sorted(tied)
        return {"what": verdict, "among": right, "day": said.get("day")}


def _derive(reader: Reader, contest: Contest, act: _Act) -> _Derived:
    figures = next((row[0] for row in reader.rows(_NATIONAL, [act.snapshot_id, act.contest_id])), None)
    figures = figures or [0] * len(contest.codes)
    seats = allocation_of(contest, figures)
    stored = dict(reader.rows(_STORED_SEATS, [act.snapshot_id, act.contest_id]))
    if seats.of != stored:
        # A choice may have been withdrawn since; whether it was then, is checked with the snapshot.
        seats = allocation_of(contest, figures, withdrawn_too=True)
    votes = contest.by_code(figures)
    lists: dict[str, list[int]] = defaultdict(list)
    for code, position in reader.rows(_LISTS, [act.contest_id]):
        lists[code].append(position)
    if contest.kind == "plurality":
        # Who is elected in a constituency is as a list of one.
        lists |= {choice.code: [1] for choice in contest.choices if not choice.against_all}
    [(on_tie, on_against_all)] = reader.rows(_RULES, [act.contest_id])
    against = [votes.get(f"votes:{choice.code}", 0) for choice in contest.choices if choice.against_all]
    others = [votes.get(f"votes:{choice.code}", 0) for choice in contest.choices if choice.code in seats.of]
    return _Derived(
        seats=seats,
        lists=dict(lists),
        against_all=sum(against),
        most=max(others, default=0),
        on_tie=on_tie,
        on_against_all=on_against_all,
        plurality=contest.kind == "plurality",
    )
