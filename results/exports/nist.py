"""NIST SP 1500-100r2, Election Results Reporting, as JSON.

Stations are `precinct` units, areas `country`, `city` or `other` with the registry's own word beside it. A list is a
party selection, a candidate a candidate selection, "against all" (which has neither) a ballot measure selection.
Seats are vote counts of the type `seats`. A unit without vote counts has no protocol in force.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from results.exports.model import (
    LANGUAGES,
    ChoiceKind,
    ContestKind,
    ExportedArea,
    ExportedChoice,
    ExportedContest,
    ExportedResult,
    ExportedStation,
    Names,
    Snapshot,
    SnapshotKind,
    StationCounts,
)

APPLICATION = "Hattama"

Json = dict[str, Any]

# No text of the database holds this character, so it stands nowhere else.
_THEY_COME_HERE = "\x00contests"
_PLAIN_CODE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_UNIT_TYPES = {"nation": "country", "city": "city"}


def report(result: ExportedResult) -> Json:
    """The result as an ElectionReport, the root of the schema. Same result, same report."""
    parties = _Parties(result.contests)
    return _report(result, parties, [_contest(contest, parties) for contest in result.contests])


def pieces(result: ExportedResult) -> Iterator[bytes]:
    """The same report as JSON, contest by contest: a country's protocols need no memory twice."""
    parties = _Parties(result.contests)
    before, after = orjson.dumps(_report(result, parties, _THEY_COME_HERE)).split(orjson.dumps(_THEY_COME_HERE))
    yield before + b"["
    for number, contest in enumerate(result.contests):
        yield (b"," if number else b"") + orjson.dumps(_contest(contest, parties))
    yield b"]" + after


def _report(result: ExportedResult, parties: _Parties, contests: list[Json] | str) -> Json:
    snapshot = result.snapshot
    built = {
        "Format": "precinct-level" if any(contest.stations for contest in result.contests) else "summary-contest",
        "GeneratedDate": _moment(snapshot.made_at),
        "Issuer": result.issuer,
        "IssuerAbbreviation": result.issuer_abbreviation,
        "Notes": _notes(snapshot),
        "SequenceStart": 1,
        "SequenceEnd": 1,
        "Status": status(result),
        "VendorApplicationId": APPLICATION,
        "GpUnit": list(_units(result)),
        "Party": parties.listed,
        "Election": [_election(result, parties, contests)],
    }
    if snapshot.training:
        built |= {"IsTest": True, "TestType": "training"}
    elif snapshot.synthetic:
        built |= {"IsTest": True, "TestType": "synthetic figures"}
    if snapshot.as_of:
        root = _typed("ExternalIdentifier", Type="other", OtherType="log-checkpoint-root", Value=snapshot.as_of.root)
        built["ExternalIdentifier"] = [root]
    return _typed("ElectionReport", **built)


def status(result: ExportedResult) -> str:
    """The ResultsStatus: certified once final, else complete or partial by the protocols of all contests."""
    if result.snapshot.kind is SnapshotKind.FINAL:
        return "certified"
    complete = all(contest.total.stations.complete for contest in result.contests)
    return "unofficial-complete" if complete else "unofficial-partial"


def _notes(snapshot: Snapshot) -> str:
    sentences = [f"Hattama {snapshot.label}."]
    if snapshot.as_of:
        as_of = snapshot.as_of
        sentences.append(f"As of the log's checkpoint of size {as_of.size}, signed at {_moment(as_of.time)}.")
    if snapshot.training:
        sentences.append("This is practice on a training system: the figures are no election's result.")
    if snapshot.synthetic:
        sentences.append("The figures are synthetic: they are no election's result.")
    return " ".join(sentences)


def _units(result: ExportedResult) -> Iterator[Json]:
    children: defaultdict[str, list[str]] = defaultdict(list)
    for area in result.areas:
        if area.parent is not None:
            children[area.parent].append(_unit_id(area.code))
    for station in result.stations:
        children[station.area].append(_unit_id(station.code))
    counts = _counts_of_the_only_contest(result.contests)
    for area in result.areas:
        yield _area_unit(area, children[area.code], counts.get(area.code))
    for station in result.stations:
        yield _station_unit(station, counts.get(station.code))
    for contest in result.contests:
        if contest.electorate is None:
            yield _constituency_unit(contest)


def _counts_of_the_only_contest(contests: Sequence[ExportedContest]) -> dict[str, StationCounts]:
    """A unit has one place for its counts of stations, so it is filled where there is one contest to speak of."""
    if len(contests) != 1:
        return {}
    contest = contests[0]
    of_areas = {tally.area: tally.stations for tally in contest.tallies}
    return of_areas | {station.station: station.counts for station in contest.stations}


def _area_unit(area: ExportedArea, children: list[str], counts: StationCounts | None) -> Json:
    kind = _UNIT_TYPES.get(area.level) or _UNIT_TYPES.get(area.kind) or "other"
    other = {"OtherType": area.kind or area.level} if kind == "other" else {}
    composing = {"ComposingGpUnitIds": children} if children else {}
    return _unit(area.code, area.names, Type=kind, **other, **composing, **_sub_units(counts))


def _station_unit(station: ExportedStation, counts: StationCounts | None) -> Json:
    return _unit(
        station.code,
        station.names,
        Type="precinct",
        Number=station.code,
        VotersRegistered=station.registered_voters,
        **_sub_units(counts),
    )


def _constituency_unit(contest: ExportedContest) -> Json:
    composing = {"ComposingGpUnitIds": [_unit_id(station.station) for station in contest.stations]}
    return {
        "@id": _electorate_id(contest),
        **_typed(
            "ReportingUnit",
            Name=_text(contest.names),
            Type="other",
            OtherType="constituency",
            **(composing if contest.stations else {}),
            **_sub_units(contest.total.stations),
        ),
    }


def _unit(code: str, names: Names, **rest: Any) -> Json:
    identifiers = [_typed("ExternalIdentifier", Type="national-level", Value=code)]
    return {
        "@id": _unit_id(code),
        **_typed("ReportingUnit", ExternalIdentifier=identifiers, Name=_text(names), **rest),
    }


def _sub_units(counts: StationCounts | None) -> Json:
    if counts is None:
        return {}
    return {
        "TotalSubUnits": counts.expected,
        "SubUnitsReported": counts.reported,
        "CountStatus": _count_status(counts),
    }


def _count_status(counts: StationCounts) -> list[Json]:
    state = "completed" if counts.complete else "in-process" if counts.reported else "not-processed"
    return [_typed("CountStatus", Type="total", Status=state)]


def _election(result: ExportedResult, parties: _Parties, contests: list[Json] | str) -> Json:
    nation = next(area.code for area in result.areas if area.parent is None)
    day = result.election.date.isoformat()
    return _typed(
        "Election",
        Name=_text(result.election.names),
        ExternalIdentifier=[_typed("ExternalIdentifier", Type="national-level", Value=result.election.code)],
        Type="general",
        StartDate=day,
        EndDate=day,
        ElectionScopeId=_unit_id(nation),
        BallotCounts=_ballot_counts(result.contests),
        Candidate=list(_candidates(result, parties)),
        Contest=contests,
    )


def _ballot_counts(contests: Sequence[ExportedContest]) -> list[Json]:
    """Ballots cast and rejected by unit. Every contest has ballots of its own, so only a single one can say."""
    if len(contests) != 1 or not contests[0].ballots_cast:
        return []
    contest = contests[0]
    counts: list[Json] = []
    for unit, figures in _figures_by_unit(contest):
        if contest.ballots_cast in figures:
            count = _typed("BallotCounts", GpUnitId=unit, Type="total", BallotsCast=figures[contest.ballots_cast])
            if contest.ballots_rejected in figures:
                count["BallotsRejected"] = figures[contest.ballots_rejected]
            counts.append(count)
    return counts


def _candidates(result: ExportedResult, parties: _Parties) -> Iterator[Json]:
    final = result.snapshot.kind is SnapshotKind.FINAL
    for contest in result.contests:
        for choice in contest.choices:
            if choice.kind is not ChoiceKind.CANDIDATE:
                continue
            candidate: Json = {
                "@id": _id("candidate", contest.code, choice.code),
                **_typed("Candidate", BallotName=_text(choice.names)),
            }
            if choice.party:
                candidate["PartyId"] = parties.id_of_name(choice.party)
            outcome = _outcome(contest, choice) if final else None
            if outcome:
                candidate["PostElectionStatus"] = outcome
            yield candidate


def _outcome(contest: ExportedContest, choice: ExportedChoice) -> str | None:
    """Winner or defeated; nothing while lots still decide about a seat."""
    if contest.seats_by_choice is None:
        return None
    if contest.seats_by_choice.get(choice.code):
        return "winner"
    return "defeated" if sum(contest.seats_by_choice.values()) == contest.seats else None


def _contest(contest: ExportedContest, parties: _Parties) -> Json:
    by_list = contest.kind is ContestKind.PARTY_LIST
    units = list(_figures_by_unit(contest))
    shared = {
        "Name": contest.names.en,
        "BallotTitle": _text(contest.names),
        "ExternalIdentifier": [_typed("ExternalIdentifier", Type="national-level", Value=contest.code)],
        "ElectionDistrictId": _electorate_id(contest),
        "TotalSubUnits": contest.total.stations.expected,
        "SubUnitsReported": contest.total.stations.reported,
        "CountStatus": _count_status(contest.total.stations),
        "VoteVariation": "proportional" if by_list else "plurality",
        "ContestSelection": [
            _selection(contest, choice, number, units, parties)
            for number, choice in enumerate(contest.choices, start=1)
        ],
    }
    identity = {"@id": _id("contest", contest.code)}
    if by_list:
        return identity | _typed("PartyContest", **shared)
    return identity | _typed("CandidateContest", **shared, VotesAllowed=1, NumberElected=contest.seats)


def _selection(
    contest: ExportedContest,
    choice: ExportedChoice,
    number: int,
    units: Sequence[tuple[str, Mapping[str, int]]],
    parties: _Parties,
) -> Json:
    code = f"votes:{choice.code}"
    counts = [_count(unit, "total", figures[code]) for unit, figures in units if code in figures]
    if contest.seats_by_choice is not None and choice.kind is not ChoiceKind.AGAINST_ALL:
        counts.append(_count(_electorate_id(contest), "seats", contest.seats_by_choice.get(choice.code, 0)))
    shared = {"SequenceOrder": number, "VoteCounts": counts}
    identity = {"@id": _id("selection", contest.code, choice.code)}
    if choice.kind is ChoiceKind.LIST:
        return identity | _typed("PartySelection", PartyIds=[parties.id_of_list(choice)], **shared)
    if choice.kind is ChoiceKind.CANDIDATE:
        candidates = [_id("candidate", contest.code, choice.code)]
        return identity | _typed("CandidateSelection", CandidateIds=candidates, **shared)
    return identity | _typed("BallotMeasureSelection", Selection=_text(choice.names), **shared)


def _count(unit: str, kind: str, count: int) -> Json:
    return {"@type": "ElectionResults.VoteCounts", "GpUnitId": unit, "Type": kind, "Count": count}


def _figures_by_unit(contest: ExportedContest) -> Iterator[tuple[str, Mapping[str, int]]]:
    for tally in contest.tallies:
        yield _unit_id(tally.area), tally.figures
    if _electorate_id(contest) not in {_unit_id(tally.area) for tally in contest.tallies}:
        yield _electorate_id(contest), contest.total.figures
    for station in contest.stations:
        if station.figures:
            yield _unit_id(station.station), station.figures


class _Parties:
    """The parties of the report: one for every list, and one for every other party a candidate names."""

    def __init__(self, contests: Sequence[ExportedContest]) -> None:
        self.listed: list[Json] = []
        self._by_list: dict[tuple[str, Names], str] = {}
        self._by_name: dict[str, str] = {}
        choices = [choice for contest in contests for choice in contest.choices]
        for choice in choices:
            if choice.kind is ChoiceKind.LIST:
                self._add_list(choice)
        for choice in choices:
            if choice.party and choice.party not in self._by_name:
                name = choice.party
                self._by_name[name] = self._add(_id("party-named", name), Names(en=name, kk=name, ru=name))

    def id_of_list(self, choice: ExportedChoice) -> str:
        return self._by_list[choice.code, choice.names]

    def id_of_name(self, name: str) -> str:
        return self._by_name[name]

    def _add_list(self, choice: ExportedChoice) -> None:
        key = (choice.code, choice.names)
        if key in self._by_list:
            return
        namesakes = sum(code == choice.code for code, _ in self._by_list)
        parts = (choice.code, str(namesakes + 1)) if namesakes else (choice.code,)
        self._by_list[key] = self._add(_id("party", *parts), choice.names)
        for name in (choice.code, choice.party, choice.names.en, choice.names.kk, choice.names.ru):
            self._by_name.setdefault(name, self._by_list[key])

    def _add(self, party_id: str, names: Names) -> str:
        self.listed.append({"@id": party_id, **_typed("Party", Name=_text(names))})
        return party_id


def _electorate_id(contest: ExportedContest) -> str:
    if contest.electorate is None:
        return _id("constituency", contest.code)
    return _unit_id(contest.electorate)


def _unit_id(code: str) -> str:
    return _id("unit", code)


def _id(*parts: str) -> str:
    """An identifier that is an XML name too, different for different parts.

    A code with other letters than ASCII's is written in hexadecimal after a second dot, which no plain code has.
    """
    return ".".join(part if _PLAIN_CODE.fullmatch(part) else "." + part.encode().hex() for part in parts)


def _text(names: Names) -> Json:
    texts = [_typed("LanguageString", Language=language, Content=getattr(names, language)) for language in LANGUAGES]
    return _typed("InternationalizedText", Text=texts)


def _typed(name: str, **properties: Any) -> Json:
    return {"@type": f"ElectionResults.{name}", **properties}


def _moment(moment: datetime) -> str:
    """UTC to the second, as the schema's pattern has it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
