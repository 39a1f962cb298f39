"""Whoever owns the database and throws off its guards can change acts about mandates; each change is found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import transaction

from results.mandates.services import confirm_act, give_up_mandate, record_lots, withdraw_act
from results.verification.report import sentence
from results.verification.verify import verify
from tests import scene
from tests.results import evening
from tests.results.mandates.test_services import DAY, contest, country, given, register

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])

ACT = "act.contest_id = (SELECT id FROM stations_contest WHERE code = '{}') AND number = {}"
LIST_A = "choice_id = (SELECT id FROM stations_choice WHERE code = 'a')"
TAMPERING: dict[str, tuple[str, str]] = {
    "a mandate registered for somebody else": (
        f"UPDATE results_mandateact act SET data = jsonb_set(data, '{{holders,b}}', '[1,2,4]') "
        f"WHERE {ACT.format('list', 1)}",
        r"results_mandateact \(.*contest list, act 1\): .*data: expected .*'b': \[1, 2, 3\].* found .*'b': \[1, 2, 4\]",
    ),
    "another one gave a mandate up": (
        f"UPDATE results_mandateact act SET data = jsonb_set(data, '{{place}}', '2') WHERE {ACT.format('list', 2)}",
        r"results_mandateact \(.*contest list, act 2\): .*data: expected .*'place': 1",
    ),
    "another one is next on the list": (
        f"UPDATE stations_candidate SET position = 70 WHERE position = 7 AND {LIST_A}",
        r"results_mandateact \(contest list, act 2\): data: expected .*'successor': 8.* found .*'successor': 7",
    ),
    "lots for the other": (
        f"UPDATE results_mandateact act SET data = jsonb_set(data, '{{won}}', '[\"x\"]') "
        f"WHERE {ACT.format('okrug', 1)}",
        r"results_mandateact \(.*contest okrug, act 1\): .*data: expected .*'won': \['y'\]",
    ),
    "lots where there was no tie": (
        "UPDATE results_snapshottally SET figures[11] = figures[11] + 1 "
        "WHERE contest_id = (SELECT id FROM stations_contest WHERE code = 'okrug')",
        r"results_mandateact \(contest okrug, act 1\): data: expected no lots: nothing is tied",
    ),
    "a rule that asks for repeat voting": (
        "UPDATE stations_contest SET on_tie = 'repeat_voting' WHERE code = 'okrug'",
        r"results_mandateact \(contest okrug, act 1\): data: expected no lots: nothing is tied",
    ),
    "an act deleted": (
        "DELETE FROM results_mandatedecision WHERE outcome = 'withdrawn';"
        f"DELETE FROM results_mandateact act WHERE {ACT.format('list', 3)}",
        r"results_mandateact \(event [0-9]+\): row: expected the row of mandates.proposed, found nothing",
    ),
    "a confirmation deleted": (
        "DELETE FROM results_mandatedecision WHERE outcome = 'confirmed'",
        r"results_mandatedecision \(event [0-9]+\): row: expected the row of mandates.confirmed, found nothing",
    ),
    "a withdrawn act confirmed": (
        "UPDATE results_mandatedecision SET outcome = 'confirmed' WHERE outcome = 'withdrawn'",
        r"results_mandatedecision \(.*contest list, act 3\): kind.*mandates.withdrawn.*found .*mandates.confirmed",
    ),
    "an act about another final result": (
        "UPDATE results_mandateact SET kind = 'repeat' WHERE kind = 'registration'",
        r"results_mandateact \(contest list, act 1\): data: expected no repeat: somebody is elected",
    ),
    "numbers of acts": (
        f"UPDATE results_mandateact act SET number = 9 WHERE {ACT.format('okrug', 1)}",
        r"results_mandateact \(contest okrug, act 9\): number: expected 1, found 9",
    ),
}


def record_everything(folder: Path) -> None:
    """Register mandates, let one be given up, take an act back, and draw lots."""
    election = country(folder, votes={"x": 200, "y": 200, "against_all": 20})
    register(election)
    act = give_up_mandate(contest=contest(), choice="a", place=1, reason="ill", **given(election))
    confirm_act(act=act, **given(election, "cec2"))
    act = give_up_mandate(contest=contest(), choice="a", place=2, reason="a mistake", **given(election))
    withdraw_act(act=act, **given(election))
    act = record_lots(contest=contest("okrug"), won=["y"], drawn_on=DAY, act="7", **given(election))
    confirm_act(act=act, **given(election, "cec2"))
    evening.seal_log(folder)


TABLES = ("results_mandateact", "results_mandatedecision", "results_snapshottally", "stations_candidate")


def without_guards(*statements: str) -> int:
    """Run statements as the owner of the tables; return how many rows the last one touched."""
    with transaction.atomic(), scene.as_owner() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)
        touched = int(cursor.rowcount)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    return touched


def test_tampering_is_found_and_its_place_named(folder: Path) -> None:
    record_everything(folder)
    assert verify().ok
    without_guards(*(f"CREATE TEMPORARY TABLE kept_{table} AS TABLE {table}" for table in TABLES))
    for what, (statements, expected) in TAMPERING.items():
        assert without_guards(*statements.split(";")) > 0, what
        found = [sentence(difference) for difference in verify().differences]
        assert any(re.match(expected, line) for line in found), (what, found)
        without_guards(
            "UPDATE stations_contest SET on_tie = 'lots'",
            *(f"DELETE FROM {table}" for table in TABLES),
            *(f"INSERT INTO {table} TABLE kept_{table}" for table in TABLES),
        )
    assert verify().ok
