"""docs/events.md lists the events that the code writes, with what their bodies carry."""

from __future__ import annotations

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from accounts.domain.roles import Role
from accounts.services import appoint, revoke_appointment
from aggregation.services import settle
from audit.domain.actor import SYSTEM
from audit.log_folder import LogFolder
from audit.models import Event
from audit.services import seal
from audit.signer import Signer, create_key
from config.data_folder import CHECKOUT
from results.publication.services import approve_final, propose_final, publish_bulletin
from stations.models import Contest, Election, Station
from tallies.domain.lifecycle import Action
from tallies.services.import_protocols import import_protocols
from tallies.services.registry import amend_election
from tests import scene
from tests.docs.test_protocol_lifecycle import STEPS
from tests.packages import valid_figures, write_package, write_table

PAGE = (CHECKOUT / "docs" / "events.md").read_text(encoding="utf-8")
ROOMS = ("audit", "stations", "accounts", "tallies", "aggregation", "results", "observers", "config")
RECORDERS = ("record_event", "NewEvent")
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
        assert set(value) <= {"v", "kind", "at", "actor", "election", "contest", "area", "station", "body"}
    assert {kind: frozenset(fields) for kind, fields in seen.items()} == {
        kind: described.fields for kind, described in DESCRIBED.items()
    }


def live_through(folder: Path) -> None:
    """Let everything happen once that leaves an event, each with every field it may have."""
    election = scene.load(folder / "package", regions=1, districts=1, stations=4, contests=("list",), entry="double")
    _amend(folder)
    _appoint(election)
    _enter("r1-d1-s1", valid_figures(invalid=100, unused=400), explanations={"W304": "damp ink"})
    _enter("r1-d1-s2", scene.broken_figures(), paper_says_so="the paper says so")
    scene.decide("return", "r1-d1-s2")
    _enter("r1-d1-s2", scene.broken_figures(), paper_says_so="the paper says so")
    scene.decide("accept", "r1-d1-s2")
    scene.decide("correct", figures=valid_figures())
    scene.decide("annul", "r1-d1-s1")
    _import(folder)
    scene.decide("accept", "r1-d1-s4")
    settle()
    _publish(folder)
    cec, cec2 = scene.person("cec"), scene.person("cec2")
    publish_bulletin(election=election, by=cec, now=scene.NOW)
    _publish(folder)
    approve_final(snapshot=propose_final(election=election, by=cec, now=scene.NOW), by=cec2, now=scene.NOW)


def _enter(station: str, figures: dict[str, int], **words: Any) -> None:
    """Let two people enter the same."""
    for name in ("secretary", "chair"):
        scene.submit(station, figures=figures, by=scene.person(name), **words)


def _amend(folder: Path) -> None:
    package = write_package(folder / "amended", regions=1, districts=1, stations=4, contests=("list",), entry="double")
    stations = package / "stations.csv"
    stations.write_text(stations.read_text(encoding="utf-8").replace(",1000", ",1001"), encoding="utf-8")
    amend_election(package=package, by=SYSTEM, now=scene.NOW)


def _appoint(election: Election) -> None:
    place = Station.objects.get(code="r1-d1-s1")
    made = appoint(user=scene.person(), role=Role.OFFICER, election=election, place=place, by=SYSTEM, now=scene.NOW)
    revoke_appointment(appointment=made, by=SYSTEM, now=scene.NOW)


def _import(folder: Path) -> None:
    """Import one protocol that is accepted and one that is held."""
    good, bad = valid_figures(), scene.broken_figures()
    path = folder / "protocols.csv"
    write_table(path, ("station", *good), [("r1-d1-s3", *good.values()), ("r1-d1-s4", *bad.values())])
    import_protocols(path=path, contest=Contest.objects.get(), reason="the line was down", actor=SYSTEM, now=scene.NOW)


def _publish(folder: Path) -> None:
    create_key(folder / "key" / "key")
    seal(now=scene.NOW, log_folder=LogFolder(folder / "log"), signer=Signer(folder / "key" / "key", "hattama.test/log"))
