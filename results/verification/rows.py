"""Each station's protocol of each contest: its versions, its history, its events and where it stands, together.

The rows of four tables are read side by side in one order, so that everything about one protocol is at hand at once
and nothing needs to be kept.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from results.verification.check_sets import PACKAGE_SET, CheckSets
from results.verification.reading import Reader
from results.verification.registry import Contest, Registry
from results.verification.sums import Sums
from results.verification.verdict import Differences
from verifier.hattama_verify import canonical, commitment

SALT_BYTES = 32
_MOMENT = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

_BALLOTS = "SELECT contest_id, station_id FROM stations_ballot ORDER BY 1, 2"

# Entries are joined by their key alone, whatever the planner believes about their number.
_VERSIONS = f"""
    SELECT version.contest_id, version.station_id, version.id, version.number, version.replaces_id, version.origin,
           version.figures, version.salt, NULLIF(version.findings, '[]')::text, {_MOMENT.format("version.at")},
           version.check_set,
           version.first_entry_id IS NOT NULL,
           (version.first_entry_id IS NULL OR (first.contest_id, first.station_id) =
               (version.contest_id, version.station_id))
           AND (version.second_entry_id IS NULL OR (second.contest_id, second.station_id) =
               (version.contest_id, version.station_id))
           AND (version.first_entry_id IS NULL OR version.figures IN (first.figures, second.figures))
    FROM tallies_protocolversion version
    LEFT JOIN tallies_entry first ON first.id = version.first_entry_id
    LEFT JOIN tallies_entry second ON second.id = version.second_entry_id
    ORDER BY 1, 2, version.number, version.id
"""  # noqa: S608  put together from our own text

_CHANGES = """
    SELECT change.contest_id, change.station_id, change.event_id, change.area_id, change.state, change.version_id,
           event.entry, log.index
    FROM tallies_standingchange change
    LEFT JOIN audit_event event ON event.id = change.event_id
    LEFT JOIN audit_logindex log ON log.event_id = change.event_id
    ORDER BY 1, 2, 3
"""

_STANDINGS = f"""
    SELECT contest_id, station_id, area_id, state, version_id, {_MOMENT.format("changed_at")}
    FROM tallies_standing ORDER BY 1, 2
"""  # noqa: S608  put together from our own text


class Ballot(NamedTuple):
    contest_id: int
    station_id: int


class Version(NamedTuple):
    contest_id: int
    station_id: int
    id: int
    number: int
    replaces_id: int | None
    origin: str
    figures: list[int | None]
    salt: bytes
    findings: str | None
    at: str
    check_set: int
    was_entered: bool
    agrees_with_entries: bool


class Change(NamedTuple):
    contest_id: int
    station_id: int
    event_id: int
    area_id: int
    state: str
    version_id: int | None
    entry: bytes | None
    log_index: int | None


class Standing(NamedTuple):
    contest_id: int
    station_id: int
    area_id: int
    state: str
    version_id: int | None
    changed_at: str


class Step(NamedTuple):
    """What an event may do: from which states, to which, and whether it brings a new version."""

    before: tuple[str, ...]
    after: str
    brings_version: bool


_STEPS = {
    "protocol.accepted": Step(("awaited", "returned", "repeat_ordered"), "in_force", True),
    "protocol.held": Step(("awaited", "returned", "repeat_ordered"), "held", True),
    "protocol.returned": Step(("held",), "returned", False),
    "protocol.corrected": Step(("in_force",), "in_force", True),
    "protocol.recounted": Step(("in_force",), "in_force", True),
    "protocol.annulled": Step(("in_force",), "annulled", False),
    "protocol.repeat_ordered": Step(("annulled",), "repeat_ordered", False),
}
_REPLACING = {"protocol.corrected", "protocol.recounted"}
# What two people keyed, or one: such a version names the entries that made it.
_KEYED = {"entry", "on_behalf", "chosen"}
_HELD_ACCEPTED = Step(("held",), "in_force", False)


def check_protocols(
    reader: Reader,
    registry: Registry,
    check_sets: CheckSets,
    sums: Sums,
    *,
    differences: Differences,
    counts: Counter[str],
) -> None:
    """Check every protocol by itself, and put what stands into `sums`."""
    for (contest_id, station_id), rows in groupby(_all_rows(reader), key=itemgetter(0, 1)):
        contest = registry.contests.get(contest_id)
        if contest is None or station_id not in registry.stations:
            _report_unknown(registry, next(rows), differences)
            continue
        protocol = _Protocol(registry, check_sets, contest, contest_id, station_id, differences)
        for row in rows:
            protocol.take(row)
        protocol.check()
        protocol.put_into(sums)
        counts["versions"] += len(protocol.versions)
        counts["changes"] += len(protocol.changes)
        counts["protocols"] += protocol.standing is not None


def _all_rows(reader: Reader) -> Iterator[Any]:
    return heapq.merge(
        reader.stream(_BALLOTS, Ballot._make),
        reader.stream(_VERSIONS, Version._make),
        reader.stream(_CHANGES, Change._make),
        reader.stream(_STANDINGS, Standing._make),
        key=itemgetter(0, 1),
    )


def _report_unknown(registry: Registry, row: Any, differences: Differences) -> None:
    differences.add(
        _TABLES[type(row)],
        "row",
        expected="a contest and a station of the registry",
        found=row[:2],
        contest=registry.contest_code(row[0]),
        station=registry.station_code(row[1]),
    )


_TABLES = {
    Ballot: "stations_ballot",
    Version: "tallies_protocolversion",
    Change: "tallies_standingchange",
    Standing: "tallies_standing",
}


@dataclass(slots=True)
class _Protocol:
    """All rows of one protocol, and the walk through its history."""

    registry: Registry
    check_sets: CheckSets
    contest: Contest
    contest_id: int
    station_id: int
    differences: Differences
    owed: bool = False
    standing: Standing | None = None
    versions: dict[int, Version] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    # Where the walk is:
    state: str = "awaited"
    version: Version | None = None
    introduced: set[int] = field(default_factory=set)
    committed: str = ""
    index: int | None = -1

    def take(self, row: Any) -> None:
        if type(row) is Change:
            self.changes.append(row)
        elif type(row) is Version:
            self.versions[row.id] = row
        elif type(row) is Standing:
            if self.standing:
                self._note("tallies_standing", "row", "one standing", f"another that is {row.state}")
            self.standing = row
        else:
            if self.owed:
                self._note("stations_ballot", "row", "one ballot", "another")
            self.owed = True

    def put_into(self, sums: Sums) -> None:
        if self.owed:
            sums.expect(self.contest_id, self.station_id)
        if self.standing:
            version = self.versions.get(self.standing.version_id or 0)
            figures = version.figures if version else None
            sums.enter(self.contest_id, self.station_id, self.standing.state, figures)

    def check(self) -> None:
        if not self.owed:
            self._note("stations_ballot", "row", "that the station votes in this contest", None)
        moment = ""
        for change in self.changes:
            moment = self._follow(change) or moment
        for number, version in enumerate(self.versions.values(), start=1):
            self._check_version(version, number)
        self._check_standing(moment)

    def _note(self, table: str, figure: str, expected: object, found: object, **place: object) -> None:
        station = self.registry.stations[self.station_id]
        self.differences.add(
            table,
            figure,
            expected=expected,
            found=found,
            contest=self.contest.code,
            area=self.registry.area_code(station.area_id),
            station=station.code,
            **place,
        )

    # What stands

    def _check_standing(self, moment: str) -> None:
        standing = self.standing
        if standing is None:
            if self.changes or self.versions:
                self._note("tallies_standing", "row", f"a standing that is {self.state}", None)
            return
        if not self.changes:
            self._note("tallies_standingchange", "row", f"the event that made it {standing.state}", None)
            return
        last = self.changes[-1]
        expected = (last.state, last.version_id, last.area_id)
        found = (standing.state, standing.version_id, standing.area_id)
        if found != expected:
            for name, right, stands in zip(("state", "version_id", "area_id"), expected, found, strict=True):
                if right != stands:
                    self._note("tallies_standing", name, self._named(name, right), self._named(name, stands))
        district = self.registry.stations[self.station_id].area_id
        if standing.area_id != district:
            expected_area, found_area = (self.registry.area_code(area) for area in (standing.area_id, district))
            self._note("stations_station", "area", expected_area, found_area)
        if standing.changed_at != moment and moment:
            self._note("tallies_standing", "changed_at", moment, standing.changed_at)
        if standing.version_id is not None and standing.version_id not in self.versions:
            self._note("tallies_standing", "version_id", "a version of this protocol", f"#{standing.version_id}")

    def _named(self, column: str, value: Any) -> Any:
        """Say what a version's or an area's id means."""
        if column == "version_id" and value in self.versions:
            return f"version {self.versions[value].number}"
        return self.registry.area_code(value) if column == "area_id" else value

    # What was stated

    def _check_version(self, version: Version, number: int) -> None:
        table, place = "tallies_protocolversion", {"version": version.number}
        if version.number != number:
            self._note(table, "number", number, version.number, **place)
        if version.id not in self.introduced:
            self._note("audit_event", "row", "the event that brings this version", None, **place)
        if len(version.figures) != len(self.contest.codes):
            self._note(table, "number of figures", len(self.contest.codes), len(version.figures), **place)
        elif None in version.figures or min(version.figures) < 0:  # type: ignore[type-var,operator]
            for code, figure in zip(self.contest.codes, version.figures, strict=True):
                if (figure is None and code not in self.contest.optional) or (figure or 0) < 0:
                    self._note(table, code, "a whole number from 0", figure, **place)
        if len(version.salt) != SALT_BYTES:
            self._note(table, "salt", f"{SALT_BYTES} bytes", f"{len(version.salt)} bytes", **place)
        if not version.agrees_with_entries or (version.origin in _KEYED and not version.was_entered):
            self._note("tallies_entry", "figures", "the entries that made this version", None, **place)

    # What happened

    def _follow(self, change: Change) -> str | None:
        """Take one step through the history; return when it happened, if its event can be read."""
        place = {"event": change.event_id, "index": change.log_index}
        event = self._event_of(change, place)
        step = self._step_of(event, place) if event else None
        self._check_order(change, place)
        if event is None or step is None:
            self.state, self.version = change.state, self.versions.get(change.version_id or 0)
            return None
        body = event["body"]
        if self.state not in step.before:
            self._note("tallies_standingchange", "state before", " or ".join(step.before), self.state, **place)
        if change.state != step.after:
            self._note("tallies_standingchange", "state", step.after, change.state, **place)
        version = self._version_of(change, body, place)
        if version:
            if step.brings_version:
                self._check_introduced(version, event, place)
            elif self.version is None or version.id != self.version.id:
                before = self.version and f"version {self.version.number}"
                self._note("tallies_standingchange", "version_id", before, f"version {version.number}", **place)
            self._check_figures(version, step, body, place)
        self.state, self.version = change.state, version
        return str(event["at"])

    def _event_of(self, change: Change, place: Mapping[str, object]) -> dict[str, Any] | None:
        if change.entry is None:
            self._note("audit_event", "row", f"the event that made it {change.state}", None, **place)
            return None
        try:
            event = orjson.loads(change.entry)
            found = (event["election"], event["contest"], event["area"], event["station"])
            if not isinstance(event["body"], dict) or not isinstance(event["at"], str):
                raise TypeError  # noqa: TRY301  the same answer to every malformed event
        except (ValueError, TypeError, KeyError, AttributeError):
            self._note("audit_event", "entry", "an event of a protocol", change.entry[:80], **place)
            return None
        registry = self.registry
        expected = (
            registry.elections.get(self.contest.election_id),
            self.contest.code,
            registry.area_code(change.area_id),
            registry.stations[self.station_id].code,
        )
        if found != expected:
            self._note("audit_event", "election, contest, area, station", expected, found, **place)
        return event  # type: ignore[no-any-return]

    def _step_of(self, event: Mapping[str, Any], place: Mapping[str, object]) -> Step | None:
        kind = event.get("kind")
        step = _STEPS.get(str(kind))
        if step is None:
            self._note("audit_event", "kind", "a change of a protocol's standing", kind, **place)
        elif kind == "protocol.accepted" and event["body"].get("held") is True:
            return _HELD_ACCEPTED
        return step

    def _check_order(self, change: Change, place: Mapping[str, object]) -> None:
        """The log must tell the changes of one protocol in their order."""
        if change.log_index is not None and (self.index is None or change.log_index <= self.index):
            self._note("audit_logindex", "index", "later than the change before", change.log_index, **place)
        self.index = change.log_index

    def _version_of(self, change: Change, body: Mapping[str, Any], place: Mapping[str, object]) -> Version | None:
        version = self.versions.get(change.version_id or 0)
        if version is None:
            number = f"version {body.get('version')} of this protocol"
            self._note("tallies_protocolversion", "row", number, None, **place)
        elif version.number != body.get("version"):
            found = f"version {version.number}"
            self._note("tallies_standingchange", "version_id", f"version {body.get('version')}", found, **place)
        return version

    def _check_introduced(self, version: Version, event: Mapping[str, Any], place: Mapping[str, object]) -> None:
        """A version that comes in: new, of the event's moment, origin and findings, and naming what it replaces."""
        table, body = "tallies_protocolversion", event["body"]
        if version.id in self.introduced:
            self._note("audit_event", "body.version", "a new version", version.number, **place)
        self.introduced.add(version.id)
        findings = [finding["code"] for finding in orjson.loads(version.findings)] if version.findings else []
        expected = (event["at"], body.get("origin"), body.get("findings"))
        found = (version.at, version.origin, findings)
        if found != expected:
            for name, right, stored in zip(("at", "origin", "findings"), expected, found, strict=True):
                if right != stored:
                    self._note(table, name, right, stored, **place, version=version.number)
        told = body.get("check_set", PACKAGE_SET)
        in_force = self.check_sets.in_force(self.contest_id, event["at"])
        if not told == version.check_set == in_force:
            self._note(table, "check_set", told, version.check_set, **place, version=version.number)
            self._note("audit_event", "body.check_set", in_force, told, **place)
        replaced = self.version if event["kind"] in _REPLACING else None
        if version.replaces_id != (replaced and replaced.id):
            self._note(table, "replaces_id", replaced and replaced.id, version.replaces_id, **place)
        if body.get("replaces") != (replaced and replaced.number):
            self._note("audit_event", "body.replaces", replaced and replaced.number, body.get("replaces"), **place)

    def _check_figures(
        self, version: Version, step: Step, body: Mapping[str, Any], place: Mapping[str, object]
    ) -> None:
        """Accepting events carry the version's figures and salt, holding ones a commitment to them, others neither."""
        accepts, holds = step.after == "in_force", step.after == "held"
        if (("figures" in body), ("salt" in body), ("commitment" in body)) != (accepts, accepts, holds):
            told = [name for name in ("figures", "salt", "commitment") if name in body]
            self._note("audit_event", "what the body tells", _told(accepts, holds), ", ".join(told) or None, **place)
            return
        if not accepts and not holds:
            return
        stored, logged = self.contest.by_code(version.figures), body.get("figures")
        if holds:
            self.committed = commitment(version.salt, canonical(stored))
            if body["commitment"] != self.committed:
                self._note("audit_event", "body.commitment", self.committed, body["commitment"], **place)
            return
        # True is equal to 1 here, and nowhere else.
        if logged != stored or bool in map(type, logged.values()):
            self._compare_figures(version, body["figures"], place)
        if body["salt"] != version.salt.hex():
            self._note("tallies_protocolversion", "salt", body["salt"], version.salt, **place, version=version.number)
        if step is _HELD_ACCEPTED and commitment(version.salt, canonical(body["figures"])) != self.committed:
            self._note("audit_event", "body.figures", f"what {self.committed} commits to", "other figures", **place)

    def _compare_figures(self, version: Version, logged: Any, place: Mapping[str, object]) -> None:
        """Name each figure in which the version differs from the event that accepted it."""
        stored = self.contest.by_code(version.figures)
        logged = logged if isinstance(logged, dict) else {}
        for code in sorted(stored.keys() | logged.keys()):
            if stored.get(code) != logged.get(code) or type(logged.get(code)) is bool:
                self._note(
                    "tallies_protocolversion", code, logged.get(code), stored.get(code), version=version.number, **place
                )


def _told(accepts: bool, holds: bool) -> str | None:
    if accepts:
        return "figures, salt"
    return "commitment" if holds else None
