"""docs/events.md lists the events that the code writes, with what their bodies carry."""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from accounts.domain.roles import Role
from accounts.roster import RosterRow
from accounts.services import appoint, enrol_officers, renew_access, revoke_officer
from aggregation.services import settle
from audit.domain.actor import SYSTEM
from audit.event_schemas import NotDocumented, check_event, known_kinds, schema_files, schema_name
from audit.journal import Journal
from audit.log_folder import LogFolder
from audit.models import Event, LogIndex
from audit.services import seal
from audit.signer import Signer, create_key
from config.data_folder import CHECKOUT
from results.mandates.services import confirm_act, register_mandates, withdraw_act
from results.publication.pausing import pause_publication, resume_publication, schedule_bulletins
from results.publication.services import approve_final, propose_final, publish_bulletin
from stations.domain.check_sets import LANGUAGES
from stations.models import Area, Contest, Election, Form, Station
from stations.selectors import check_sets_of
from tallies.domain.complaints import Ending, Remedy
from tallies.domain.lifecycle import Action
from tallies.models import Query, QueryClosing
from tallies.selectors import standing
from tallies.selectors.turnout import owed_turnout
from tallies.services.adopt_checks import SOONEST, adopt_checks
from tallies.services.claims import claim_entry, take_over_claim
from tallies.services.close_query import close_query
from tallies.services.complaint_photographs import GivenFile
from tallies.services.complaints import (
    Answer,
    NewComplaint,
    answer_complaint,
    register_complaint,
    withdraw_complaint,
)
from tallies.services.erase_text import erase_text
from tallies.services.import_protocols import import_protocols
from tallies.services.patterns import look_for_patterns
from tallies.services.photographs import attach_photograph, withdraw_photograph
from tallies.services.propose_checks import propose_checks
from tallies.services.registry import amend_election
from tallies.services.turnout import report_turnout
from tallies.services.webhooks import set_webhook, turn_off_webhook
from tallies.services.withdraw_checks import withdraw_checks
from tests import scene
from tests.docs.test_protocol_lifecycle import STEPS
from tests.packages import valid_figures, write_package, write_table
from tests.results import evening
from tests.tallies.photographs import pictures

PAGE = (CHECKOUT / "docs" / "events.md").read_text(encoding="utf-8")
ROOMS = ("audit", "stations", "accounts", "tallies", "aggregation", "results", "observers", "config")
PACKAGE: dict[str, Any] = {
    "regions": 1, "districts": 1, "stations": 4, "contests": ("list",), "entry": "double", "candidates": 9,
}  # fmt: skip
RECORDERS = ("record_event", "NewEvent")
# A hash on the page is its beginning and its end.
ABRIDGED = re.compile(r'"([0-9a-f]+)\\u2026([0-9a-f]+)"')
FIELD = re.compile(r"^\| `(\w+)` \| ([^|]+) \|", re.MULTILINE)


@dataclass(frozen=True)
class Described:
    """A kind as the page describes it: its fields, those that are always there, and the example."""

    fields: frozenset[str]
    always: frozenset[str]
    example: dict[str, object]


def _described(section: str) -> Described:
    fields = {name: when.strip() for name, when in FIELD.findall(section)}
    example = json.loads(section.partition("```json\n")[2].partition("\n```")[0])
    return Described(frozenset(fields), frozenset(name for name, when in fields.items() if when == "yes"), example)


def _written_out(example: dict[str, object]) -> dict[str, Any]:
    """Return the example with whole hashes."""
    whole = ABRIDGED.sub(lambda hash_: f'"{hash_[1]:0<32}{hash_[2]:0>32}"', json.dumps(example))
    return dict(json.loads(whole))


_PIECES = re.split(r"^## `([\w.]+)`$", PAGE, flags=re.MULTILINE)[1:]
DESCRIBED = {kind: _described(section) for kind, section in list(pairwise(_PIECES))[::2]}


@dataclass(frozen=True)
class Source:
    """A parsed file: its calls by the name of what is called, each with the function it stands in."""

    path: Path
    calls: dict[str, list[tuple[ast.Call, ast.FunctionDef | None]]]


def _source(path: Path) -> Source:
    calls: dict[str, list[tuple[ast.Call, ast.FunctionDef | None]]] = defaultdict(list)

    def walk(node: ast.AST, function: ast.FunctionDef | None) -> None:
        if isinstance(node, ast.FunctionDef):
            function = node
        if isinstance(node, ast.Call):
            called = node.func
            name = (
                called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
            )
            calls[name].append((node, function))
        for child in ast.iter_child_nodes(node):
            walk(child, function)

    walk(ast.parse(path.read_text(encoding="utf-8")), None)
    return Source(path, calls)


SOURCES = [_source(path) for room in ROOMS for path in sorted((CHECKOUT / room).rglob("*.py"))]


def kinds_given_to(name: str, position: int | None, among: list[Source]) -> Iterator[str]:
    """Yield every kind that calls of `name` are given as `kind`, following it through functions that hand it on."""
    for source in among:
        for call, function in source.calls[name]:
            given = next((keyword.value for keyword in call.keywords if keyword.arg == "kind"), None)
            if given is None and position is not None and position < len(call.args):
                given = call.args[position]
            yield from _kinds(given, source, function)


def _kinds(given: ast.expr | None, source: Source, function: ast.FunctionDef | None) -> Iterator[str]:
    match given:
        case ast.Constant(value=str(kind)):
            yield kind
        case ast.IfExp(body=body, orelse=orelse):
            yield from _kinds(body, source, function)
            yield from _kinds(orelse, source, function)
        case ast.Name(id="kind") if function is not None:
            names = [argument.arg for argument in function.args.args]
            position = names.index("kind") if "kind" in names else None
            if function.name not in RECORDERS:
                # What begins with an underscore is called in its own file only.
                among = [source] if function.name.startswith("_") else SOURCES
                yield from kinds_given_to(function.name, position, among)
        case _:
            where = f"{source.path.relative_to(CHECKOUT)}:{getattr(given, 'lineno', '?')}"
            raise AssertionError(f"{where}: write the kind of an event so that this test can read it")


def test_the_page_lists_every_kind_that_the_code_writes() -> None:
    written = {kind for recorder in RECORDERS for kind in kinds_given_to(recorder, None, SOURCES)}
    assert set(DESCRIBED) == written


@pytest.mark.parametrize("kind", sorted(DESCRIBED))
def test_an_example_holds_what_its_table_says(kind: str) -> None:
    described = DESCRIBED[kind]
    body = described.example["body"]
    assert isinstance(body, dict)
    assert described.example["kind"] == kind
    assert described.always <= set(body) <= described.fields


def test_every_kind_on_the_page_has_a_schema_and_no_schema_is_without() -> None:
    assert {kind for kind, _version in known_kinds()} == set(DESCRIBED)


@pytest.mark.parametrize(("kind", "version"), known_kinds())
def test_a_schema_says_of_the_body_what_the_page_says(kind: str, version: int) -> None:
    schema = json.loads(schema_files()[schema_name(kind, version)])
    body = schema["properties"]["body"]
    assert set(body["properties"]) == DESCRIBED[kind].fields
    assert set(body["required"]) == DESCRIBED[kind].always
    assert schema["title"] == f"{kind}, version {version}"


@pytest.mark.parametrize("kind", sorted(DESCRIBED))
def test_an_example_is_what_its_schema_allows(kind: str) -> None:
    check_event(_written_out(DESCRIBED[kind].example))


@pytest.mark.parametrize("kind", ["checks.proposed", "checks.adopted"])
def test_laws_have_languages_from_version_2_on(kind: str) -> None:
    event = _written_out(DESCRIBED[kind].example)
    (check,) = event["body"]["checks"]
    event["v"] = 1
    with pytest.raises(NotDocumented, match="version 1: body/checks/0/law"):
        check_event(event)
    check["law"] = "Article 43"
    for event["v"] in (1, 2):
        check_event(event)


@pytest.mark.parametrize("step", sorted(Action))
def test_each_step_of_a_protocol_has_its_event(step: str) -> None:
    assert STEPS[step][2].strip("`") in DESCRIBED


@pytest.mark.django_db(transaction=True)
def test_bodies_carry_what_the_page_says(tmp_path: Path, settings: Any) -> None:
    settings.LOG_DIR = tmp_path / "log"  # Where `verify` looks before a final result.
    live_through(tmp_path)
    seen: dict[str, set[str]] = defaultdict(set)
    for kind, entry in Event.objects.values_list("kind", "entry"):
        value = json.loads(bytes(entry))
        fields = set(value["body"])
        seen[kind] |= fields
        assert DESCRIBED[kind].always <= fields, kind
        assert value["v"] == DESCRIBED[kind].example["v"]
        assert set(value) <= {"v", "kind", "at", "actor", "election", "contest", "area", "station", "body"}
    assert {kind: frozenset(fields) for kind, fields in seen.items()} == {
        kind: described.fields for kind, described in DESCRIBED.items()
    }


def live_through(folder: Path) -> None:
    """Let everything happen once that leaves an event, each with every field it may have."""
    live_on(begin(folder), folder)


def begin(folder: Path) -> Election:
    """Load an election and amend it."""
    election = scene.load(folder / "package", **PACKAGE)
    _amend(folder)
    return election


def live_on(election: Election, folder: Path) -> None:
    """Let everything happen once that leaves an event in an election that has begun."""
    _appoint(election)
    _set_and_turn_off_a_webhook()
    _enter("r1-d1-s1", valid_figures(invalid=100, unused=400), explanations={"W304": "damp ink"})
    _enter("r1-d1-s2", scene.broken_figures(), paper_says_so="the paper says so")
    scene.decide("return", "r1-d1-s2")
    _enter("r1-d1-s2", scene.broken_figures(), paper_says_so="the paper says so")
    scene.decide("accept", "r1-d1-s2")
    scene.decide("correct", figures=valid_figures())
    scene.decide("recount", "r1-d1-s1", figures=valid_figures())
    scene.decide("annul", "r1-d1-s1")
    scene.decide("repeat", "r1-d1-s1")
    _change_checks()
    _take_over("r1-d1-s1")
    _report_turnout("r1-d1-s1")
    _complain("r1-d1-s2", folder)
    _enter("r1-d1-s1", valid_figures())
    _photograph("r1-d1-s1", folder)
    _import(folder)
    scene.decide("accept", "r1-d1-s4")
    settle()
    _answer_a_query()
    _publish(folder)
    _erase_a_text(folder)
    cec, cec2 = scene.person("cec"), scene.person("cec2")
    publish_bulletin(election=election, by=cec, now=scene.NOW)
    _pause_and_schedule(election)
    _certify(election, folder)
    approve_final(snapshot=propose_final(election=election, by=cec, now=scene.NOW), by=cec2, now=scene.NOW)
    _record_mandates()


def _enter(station: str, figures: dict[str, int], **words: Any) -> None:
    """Let two people enter the same."""
    for name in ("secretary", "chair"):
        scene.submit(station, figures=figures, by=scene.person(name), **words)


def _report_turnout(station: str) -> None:
    owed = owed_turnout(station)
    assert owed is not None
    for voters, reason in ((100, ""), (110, "counted twice")):
        report_turnout(
            owed=owed, hour="10:00", voters=voters, reason=reason, by=scene.person(), role="officer", now=scene.NOW
        )


def _complain(station: str, folder: Path) -> None:
    place = scene.owed(station)
    observer: dict[str, Any] = {"owed": place, "by": scene.person("observer"), "role": "observer", "now": scene.NOW}
    stands = standing(place)
    assert stands is not None
    photograph = GivenFile("copy.jpg", pictures.written(folder, pictures.jpeg()))
    new = NewComplaint(stands.version_id, "My copy says otherwise.", {"votes:a": 1}, files=[photograph])
    answered, withdrawn = (register_complaint(complaint=new, **observer) for _ in range(2))
    withdraw_complaint(complaint=withdrawn, **observer)
    answer = Answer(Ending.REJECTED, Remedy.NOTHING, "The copy is not signed.")
    answer_complaint(
        owed=place, complaint=answered, answer=answer, by=scene.person("district"), role="district", now=scene.NOW
    )


def _take_over(station: str) -> None:
    claim_entry(owed=scene.owed(station), slot="officer", by=scene.person("secretary"), now=scene.NOW)
    take_over_claim(
        owed=scene.owed(station), slot="officer", by=scene.person("district"), role="district", now=scene.NOW
    )


def _photograph(station: str, folder: Path) -> None:
    common: dict[str, Any] = {"owed": scene.owed(station), "by": scene.person(), "role": "officer", "now": scene.NOW}
    attached = attach_photograph(file=pictures.written(folder, pictures.jpeg()), **common)
    withdraw_photograph(photograph_id=attached.pk, reason="blurred", **common)


def _answer_a_query() -> None:
    """Let stations that say the same be asked about, and one of the questions be answered."""
    look_for_patterns(now=scene.NOW)
    answer = QueryClosing.Answer.COMPARED
    for query in Query.objects.filter(closing=None).order_by("pk"):
        close_query(
            query=query, answer=answer, reason="so", by=scene.person("district"), role="district", now=scene.NOW
        )


def _pause_and_schedule(election: Election) -> None:
    cec: dict[str, Any] = {"election": election, "by": scene.person("cec"), "now": scene.NOW}
    pause_publication(reason="figures are being checked", **cec)
    resume_publication(**cec)
    schedule_bulletins(every_minutes=15, **cec)


def _certify(election: Election, folder: Path) -> None:
    """Establish a district with a dissenting opinion, withdraw it by a correction, and establish everything."""
    _publish(folder)
    evening.certify(election, "list", "r1-d1", opinion="I counted otherwise")
    scene.decide("correct", "r1-d1-s3", figures=valid_figures({"a": 200, "b": 160, "c": 60, "against_all": 20}))
    settle()
    _publish(folder)
    evening.certify_everything(election)
    _publish(folder)


def _record_mandates() -> None:
    """Propose a registration, take it back, propose it anew and let a second person confirm it."""
    contest = Contest.objects.select_related("election").get()
    cec: dict[str, Any] = {"by": scene.person("cec"), "now": scene.NOW}
    withdraw_act(act=register_mandates(contest=contest, act="12/344", **cec), **cec)
    act = register_mandates(contest=contest, act="12/345", **cec)
    confirm_act(act=act, by=scene.person("cec2"), now=scene.NOW)


def _change_checks() -> None:
    """Propose other words for a check, let a second person adopt them, and take a third set back."""
    form = Form.objects.select_related("election").get()
    cec: dict[str, Any] = {"form": form, "by": scene.person("cec"), "role": "cec", "now": scene.NOW}
    checks = list(check_sets_of(form.pk, at=scene.NOW)[0].checks)
    reworded = [replace(checks[0], laws=dict.fromkeys(LANGUAGES, "§ 43-1")), *checks[1:]]
    begins = scene.NOW + SOONEST
    propose_checks(checks=reworded, in_force_from=begins, reason="the law has changed", **cec)
    adopt_checks(number=2, **cec | {"by": scene.person("cec2")})
    cec["now"] = begins
    propose_checks(checks=checks, in_force_from=None, reason="back again", **cec)
    withdraw_checks(number=3, reason="it stays", **cec)


def _amend(folder: Path) -> None:
    package = write_package(folder / "amended", **PACKAGE)
    stations = package / "stations.csv"
    stations.write_text(stations.read_text(encoding="utf-8").replace(",1000", ",1001"), encoding="utf-8")
    amend_election(package=package, by=SYSTEM, now=scene.NOW)


def _appoint(election: Election) -> None:
    place = Station.objects.get(code="r1-d1-s1")
    made = appoint(user=scene.person(), role=Role.OFFICER, election=election, place=place, by=SYSTEM, now=scene.NOW)
    renew_access(appointment=made, by=SYSTEM, now=scene.NOW)
    revoke_officer(appointment=made, reason="fallen ill", by=SYSTEM, now=scene.NOW)
    sent = RosterRow(2, "aigerim", "observer", election=election.code, organisation="an organisation")
    enrol_officers(rows=[sent], by=SYSTEM, now=scene.NOW)


def _set_and_turn_off_a_webhook() -> None:
    by, role, now = scene.person("district"), "district", scene.NOW
    area = Area.objects.get(code="r1-d1")
    made = set_webhook(
        area=area, contest=None, url="https://example.org/", kinds=["protocol.held"], by=by, role=role, now=now
    )
    turn_off_webhook(webhook_id=made.pk, by=by, role=role, now=now)


def _import(folder: Path) -> None:
    """Import one protocol that is accepted and one that is held."""
    good, bad = valid_figures(), scene.broken_figures()
    path = folder / "protocols.csv"
    write_table(path, ("station", *good), [("r1-d1-s3", *good.values()), ("r1-d1-s4", *bad.values())])
    import_protocols(path=path, contest=Contest.objects.get(), reason="the line was down", actor=SYSTEM, now=scene.NOW)


def _erase_a_text(folder: Path) -> None:
    place = LogIndex.objects.filter(event__kind="complaint.registered").order_by("index")[0]
    journal = Journal(folder / "journal")
    with scene.as_owner():
        erase_text(index=place.index, subject="complaint", order="Court of Semey, 12", journal=journal, now=scene.NOW)


def _publish(folder: Path) -> None:
    create_key(folder / "key" / "key")
    signer = Signer(folder / "key" / "key", "hattama.test/log")
    seal(now=scene.NOW, log_folder=LogFolder(folder / "log"), signer=signer, journal=Journal(folder / "journal"))
