"""Certificates, derived anew from what they rest on.

What each says is what its protocols said at its checkpoint, or the certificates below; the log says the same; and one
that stands covers what counts now.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from operator import add
from typing import Any, NamedTuple

import orjson

from results.verification.log import Log
from results.verification.reading import Reader
from results.verification.registry import Registry
from results.verification.verdict import Differences
from verifier.hattama_verify import canonical

_CERTIFICATES = """
    SELECT certificate.id, certificate.contest_id, certificate.area_id, certificate.number, certificate.level,
           certificate.checkpoint_size, certificate.figures, certificate.stations_expected,
           certificate.stations_reported, certificate.stations_annulled, certificate.versions, certificate.annulled,
           certificate.rests_on, certificate.explained, certificate.content_sha256,
           to_char(certificate.proposed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
           proposed.kind, proposed.entry, certificate.event_id,
           signature.certificate_id IS NOT NULL, certified.id,
           (certified.contest_id, certified.area_id, certified.number) =
               (certificate.contest_id, certificate.area_id, certificate.number),
           certified.event_id, signed.kind, signed.entry, ended.certified_id IS NOT NULL
    FROM results_certificate certificate
    LEFT JOIN audit_event proposed ON proposed.id = certificate.event_id
    LEFT JOIN results_certificatesignature signature ON signature.certificate_id = certificate.id
    LEFT JOIN tallies_certified certified ON certified.id = signature.certified_id
    LEFT JOIN audit_event signed ON signed.id = certified.event_id
    LEFT JOIN tallies_certifiedend ended ON ended.certified_id = certified.id
    ORDER BY certificate.contest_id, certificate.area_id, certificate.number
"""
_CHANGES = """
    SELECT change.contest_id, change.station_id, log.index, change.state, change.version_id
    FROM tallies_standingchange change LEFT JOIN audit_logindex log ON log.event_id = change.event_id
    ORDER BY change.event_id
"""
_VERSIONS = "SELECT id, number, figures FROM tallies_protocolversion"
_BALLOTS = "SELECT contest_id, station_id FROM stations_ballot"
_EXPLAINED = """
    SELECT version.id, count(*)
    FROM tallies_protocolversion version
    CROSS JOIN LATERAL jsonb_array_elements(version.findings) finding
    JOIN tallies_explanation words ON words.version_id = version.id
        AND words.subject = CASE finding ->> 'severity' WHEN 'error' THEN 'paper_says_so' ELSE finding ->> 'code' END
    WHERE version.findings <> '[]'
    GROUP BY 1
"""
_ENDS = """
    SELECT certified.contest_id, certified.area_id, certified.number, cause.entry, event.kind, event.entry,
           ended.event_id
    FROM tallies_certifiedend ended
    LEFT JOIN tallies_certified certified ON certified.id = ended.certified_id
    LEFT JOIN audit_event cause ON cause.id = ended.cause_id
    LEFT JOIN audit_event event ON event.id = ended.event_id
    ORDER BY ended.event_id
"""
_OPINIONS = """
    SELECT certificate.contest_id, certificate.area_id, certificate.number, opinion.number, event.kind, event.entry,
           opinion.event_id
    FROM results_opinion opinion
    LEFT JOIN results_certificate certificate ON certificate.id = opinion.certificate_id
    LEFT JOIN audit_event event ON event.id = opinion.event_id
    ORDER BY opinion.event_id
"""
_EVENTS_WITHOUT_ROW = """
    SELECT event.id, event.kind FROM audit_event event
    WHERE starts_with(event.kind, 'certificate.')
      AND NOT EXISTS (SELECT FROM results_certificate row WHERE row.event_id = event.id)
      AND NOT EXISTS (SELECT FROM results_opinion row WHERE row.event_id = event.id)
      AND NOT EXISTS (SELECT FROM results_certificatesignature signature
                      JOIN tallies_certified row ON row.id = signature.certified_id WHERE row.event_id = event.id)
      AND NOT EXISTS (SELECT FROM tallies_certifiedend row WHERE row.event_id = event.id)
"""
_TABLES = {
    "certificate.proposed": "results_certificate",
    "certificate.opinion": "results_opinion",
    "certificate.signed": "results_certificatesignature",
    "certificate.withdrawn": "tallies_certifiedend",
}
_DEPTH = {"nation": 1, "constituency": 1, "region": 2, "district": 3}


class Certificate(NamedTuple):
    id: int
    contest_id: int
    area_id: int
    number: int
    level: str
    size: int
    figures: list[int]
    expected: int
    reported: int
    annulled_stations: int
    versions: list[int]
    annulled: list[int]
    rests_on: list[int]
    explained: int
    content_sha256: str
    proposed_at: str
    proposed_kind: str | None
    proposed: bytes | None
    event_id: int
    is_signed: bool
    certified_id: int | None
    certified_is_this: bool | None
    signed_event: int | None
    signed_kind: str | None
    signed: bytes | None
    is_withdrawn: bool

    @property
    def stands(self) -> bool:
        return self.is_signed and not self.is_withdrawn


class Change(NamedTuple):
    log_index: int | None
    state: str
    version_id: int | None


def check_certificates(
    reader: Reader, registry: Registry, log: Log, differences: Differences, counts: Counter[str]
) -> None:
    """Re-derive every certificate; compare what became of it with the log."""
    certificates = [Certificate(*row) for row in reader.rows(_CERTIFICATES)]
    if certificates:
        found = _Certificates(reader, registry, log, differences, certificates)
        for certificate in certificates:
            found.check(certificate)
        counts["certificates"] = len(certificates)
    _check_ends(reader, registry, differences)
    _check_opinions(reader, registry, differences)
    for event_id, kind in reader.rows(_EVENTS_WITHOUT_ROW):
        table = _TABLES.get(kind, "results_certificate")
        differences.add(table, "row", expected=f"the row of {kind}", found=None, event=event_id)


@dataclass(frozen=True)
class _Certificates:
    """All certificates with the protocols that they may rest on."""

    reader: Reader
    registry: Registry
    log: Log
    differences: Differences
    rows: Sequence[Certificate]
    numbered: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))

    @cached_property
    def by_id(self) -> Mapping[int, Certificate]:
        return {certificate.id: certificate for certificate in self.rows}

    @cached_property
    def changes(self) -> Mapping[tuple[int, int], list[Change]]:
        found: dict[tuple[int, int], list[Change]] = defaultdict(list)
        for contest_id, station_id, *change in self.reader.stream(_CHANGES):
            found[contest_id, station_id].append(Change(*change))
        return found

    @cached_property
    def versions(self) -> Mapping[int, tuple[int, list[int | None]]]:
        return {id_: (number, figures) for id_, number, figures in self.reader.stream(_VERSIONS)}

    @cached_property
    def explained(self) -> Mapping[int, int]:
        return dict(self.reader.rows(_EXPLAINED))

    @cached_property
    def voting(self) -> Mapping[tuple[int, int], list[int]]:
        """By contest and area, of every level: the stations that vote, in the order of their codes."""
        found: dict[tuple[int, int], list[int]] = defaultdict(list)
        for contest_id, station_id in self.reader.stream(_BALLOTS):
            if station_id not in self.registry.stations:
                continue  # Told by the check of protocols.
            for area_id in self.registry.upward[self.registry.stations[station_id].area_id]:
                found[contest_id, area_id].append(station_id)
        for stations in found.values():
            stations.sort(key=lambda station: self.registry.stations[station].code)
        return found

    def check(self, certificate: Certificate) -> None:
        """Compare one certificate with what it rests on and with its events."""
        key = certificate.contest_id, certificate.area_id
        self.numbered[key] += 1
        self._compare(certificate, "number", self.numbered[key], certificate.number)
        depth = len(self.registry.upward.get(certificate.area_id, ()))
        self._compare(certificate, "level", _DEPTH.get(certificate.level), depth)
        rests_on = self._of_certificates(certificate) if certificate.rests_on else self._of_protocols(certificate)
        self._check_content(certificate, rests_on)
        self._check_events(certificate)

    def _of_protocols(self, certificate: Certificate) -> dict[str, Any]:
        """Derive what a certificate says from the protocols beneath it as of its checkpoint."""
        protocols: list[list[Any]] = []
        in_force: list[int] = []
        annulled: list[int] = []
        for station in self.voting[certificate.contest_id, certificate.area_id]:
            changes = self.changes.get((certificate.contest_id, station), [])
            before = [
                change for change in changes if change.log_index is not None and change.log_index < certificate.size
            ]
            if not before and self._amended_since(certificate):
                continue  # The station was added afterwards; the registry of that day is not kept.
            last = before[-1] if before else Change(None, "awaited", None)
            number = self.versions.get(last.version_id or 0, (None, []))[0]
            protocols.append([self.registry.stations[station].code, last.state, number])
            if last.state == "in_force":
                in_force.append(last.version_id or 0)
            elif last.state == "annulled":
                annulled.append(last.version_id or 0)
            if certificate.stands and len(before) != len(changes):
                code = self.registry.stations[station].code
                self._note(certificate, "tallies_certifiedend", "row", f"withdrawn by a change of station {code}", None)
        self._compare(certificate, "versions", in_force, certificate.versions)
        self._compare(certificate, "annulled", annulled, certificate.annulled)
        return {
            "figures": self._sum(certificate, (self.versions[id_][1] for id_ in in_force if id_ in self.versions)),
            "stations": [len(protocols), len(in_force), len(annulled)],
            "explained": sum(self.explained.get(id_, 0) for id_ in in_force),
            "protocols": protocols,
        }

    def _of_certificates(self, certificate: Certificate) -> dict[str, Any]:
        """Derive what a certificate says from those it rests on."""
        below = [self.by_id[id_] for id_ in certificate.rests_on if id_ in self.by_id]
        if len(below) != len(certificate.rests_on):
            self._compare(certificate, "rests_on", "certificates that are there", certificate.rests_on)
        for each in below:
            area = self.registry.area_code(each.area_id)
            above = self.registry.upward.get(each.area_id, ())
            if each.contest_id != certificate.contest_id or certificate.area_id not in above[1:]:
                self._compare(certificate, "rests_on", "certificates of the level below", f"one of {area}")
            if certificate.stands and not each.stands:
                self._note(certificate, "tallies_certifiedend", "row", f"withdrawn with that of {area}", None)
        return {
            "figures": self._sum(certificate, (each.figures for each in below)),
            "stations": [
                sum(each.expected for each in below),
                sum(each.reported for each in below),
                sum(each.annulled_stations for each in below),
            ],
            "explained": sum(each.explained for each in below),
            "rests_on": [[self.registry.area_code(each.area_id), each.number, each.content_sha256] for each in below],
        }

    def _sum(self, certificate: Certificate, rows: Iterable[Sequence[int | None]]) -> list[int]:
        total = [0] * len(self.registry.contests[certificate.contest_id].codes)
        for row in rows:
            total = list(map(add, total, (figure or 0 for figure in row)))
        return total

    def _check_content(self, certificate: Certificate, right: dict[str, Any]) -> None:
        codes = self.registry.contests[certificate.contest_id].codes
        for code, expected, found in zip(codes, right["figures"], certificate.figures, strict=False):
            self._compare(certificate, code, expected, found)
        stations = [certificate.expected, certificate.reported, certificate.annulled_stations]
        self._compare(certificate, "stations", right["stations"], stations)
        self._compare(certificate, "explained", right["explained"], certificate.explained)
        contest = self.registry.contests[certificate.contest_id]
        content = {
            "election": self.registry.elections[contest.election_id],
            "contest": contest.code,
            "area": self.registry.area_code(certificate.area_id),
            "level": certificate.level,
            **right,
            "figures": contest.by_code(right["figures"]),
        }
        self._compare(certificate, "content_sha256", sha256(canonical(content)).hexdigest(), certificate.content_sha256)

    def _check_events(self, certificate: Certificate) -> None:
        contest = self.registry.contests[certificate.contest_id]
        roots = {checkpoint.size: checkpoint.root.hex() for checkpoint in self.log.checkpoints}
        about = _about(self.registry, certificate.contest_id, certificate.area_id)
        body = {
            "number": certificate.number,
            "level": certificate.level,
            "checkpoint": {"size": certificate.size, "root": roots.get(certificate.size)},
            "figures": contest.by_code(certificate.figures),
            "stations": {
                "expected": certificate.expected,
                "reported": certificate.reported,
                "annulled": certificate.annulled_stations,
            },
            "explained": certificate.explained,
            "content_sha256": certificate.content_sha256,
        }
        found = {"kind": "certificate.proposed", **about, "body": body}
        _compare_event(
            "results_certificate", certificate.proposed, found, self.differences, {**self._place(certificate)}
        )
        if certificate.is_signed:
            signed = {key: body[key] for key in ("number", "content_sha256")}
            found = {"kind": "certificate.signed", **about, "body": signed}
            _compare_event(
                "results_certificatesignature", certificate.signed, found, self.differences, self._place(certificate)
            )
            self._note_unless(
                certificate, "tallies_certified", "contest, area, number", certificate.certified_is_this is True
            )

    def _amended_since(self, certificate: Certificate) -> bool:
        election = self.registry.elections[self.registry.contests[certificate.contest_id].election_id]
        return any(moment > certificate.proposed_at for moment, _sha256 in self.log.registered.get(election, []))

    def _compare(self, certificate: Certificate, name: str, expected: object, found: object) -> None:
        self.differences.compare(
            "results_certificate", name, expected=expected, found=found, **self._place(certificate)
        )

    def _note(self, certificate: Certificate, table: str, name: str, expected: object, found: object) -> None:
        self.differences.add(table, name, expected=expected, found=found, **self._place(certificate))

    def _note_unless(self, certificate: Certificate, table: str, name: str, is_right: bool) -> None:
        if not is_right:
            self._note(certificate, table, name, "those of the certificate", "others")

    def _place(self, certificate: Certificate) -> dict[str, object]:
        about = _about(self.registry, certificate.contest_id, certificate.area_id)
        return {"contest": about["contest"], "area": about["area"], "certificate": certificate.number}


def _check_ends(reader: Reader, registry: Registry, differences: Differences) -> None:
    for contest_id, area_id, number, cause, _kind, entry, event_id in reader.rows(_ENDS):
        changed = _read(cause)
        told = {"kind": changed.get("kind")}
        if "station" in changed:
            told["station"] = changed["station"]
        found = {
            "kind": "certificate.withdrawn",
            **_about(registry, contest_id, area_id),
            "body": {"number": number, "cause": told},
        }
        _compare_event("tallies_certifiedend", entry, found, differences, {"event": event_id})


def _check_opinions(reader: Reader, registry: Registry, differences: Differences) -> None:
    for contest_id, area_id, number, opinion, _kind, entry, event_id in reader.rows(_OPINIONS):
        found = {
            "kind": "certificate.opinion",
            **_about(registry, contest_id, area_id),
            "body": {"number": number, "opinion": opinion},
        }
        _compare_event("results_opinion", entry, found, differences, {"event": event_id})


def _about(registry: Registry, contest_id: int, area_id: int) -> dict[str, str]:
    return {"contest": registry.contest_code(contest_id), "area": registry.area_code(area_id)}


def _read(entry: bytes | None) -> dict[str, Any]:
    try:
        event = orjson.loads(entry or b"")
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _compare_event(
    table: str,
    entry: bytes | None,
    found: dict[str, Any],
    differences: Differences,
    place: Mapping[str, object],
) -> None:
    """What a row says must be what its event says; texts are held against their hashes elsewhere."""
    event = _read(entry)
    body = event.get("body")
    said = {
        **{name: event.get(name) for name in found if name != "body"},
        "body": {name: value for name, value in body.items() if name != "texts"} if isinstance(body, dict) else None,
    }
    if said != found:
        differences.add(table, "event", expected=said, found=found, **place)
