"""Which checks were in force when, from the log alone; and that the rows say the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson

from results.verification.reading import Reader
from results.verification.verdict import Differences
from verifier.hattama_verify import canonical

PACKAGE_SET = 1

_EVENTS = """
    SELECT id, kind, election, entry FROM audit_event
    WHERE kind IN ('checks.proposed', 'checks.adopted', 'checks.withdrawn') ORDER BY id
"""
_SETS = """
    SELECT form.code, election.code, found.number, found.checks::text, found.sha256
    FROM stations_checkset found
    JOIN stations_form form ON form.id = found.form_id
    JOIN stations_election election ON election.id = form.election_id
    ORDER BY found.id
"""
_FORMS = """
    SELECT contest.id, election.code, form.code
    FROM stations_contest contest
    JOIN stations_form form ON form.id = contest.form_id
    JOIN stations_election election ON election.id = contest.election_id
"""

_Set = tuple[str, str, int]
"""Election, form, number."""


@dataclass
class CheckSets:
    """The moments from which sets are in force, by election and form, as events tell them."""

    form_of: Mapping[int, tuple[str, str]]
    begins: dict[tuple[str, str], dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    changes: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """By election: how often processes had to learn of a change."""

    def in_force(self, contest_id: int, at: str) -> int:
        """Return the number of the set in force for a contest at a moment, written as in the log."""
        begun = [(begins, number) for number, begins in self.begins[self.form_of[contest_id]].items() if begins <= at]
        return max(begun)[1] if begun else PACKAGE_SET


def read_check_sets(reader: Reader, differences: Differences) -> CheckSets:
    """Follow every set from its proposal to its moment, and hold the kept sets against the logged ones."""
    sets = CheckSets({contest_id: (election, form) for contest_id, election, form in reader.rows(_FORMS)})
    logged: dict[_Set, str] = {}
    for event_id, kind, election, entry in reader.rows(_EVENTS):
        body = _body(entry)
        form, number = str(body.get("form")), body.get("check_set")
        if not isinstance(number, int):
            differences.add("audit_event", "body.check_set", expected="a number", found=number, event=event_id)
            continue
        _follow(sets, logged, kind, (election, form, number), body, differences=differences, event_id=event_id)
    for form, election, number, checks, kept in reader.rows(_SETS):
        place = {"election": election, "form": form, "check_set": number}
        expected = logged.pop((election, form, number), None)
        found = sha256(canonical(orjson.loads(checks))).hexdigest()
        differences.compare("stations_checkset", "checks", expected=expected, found=found, **place)
        differences.compare("stations_checkset", "sha256", expected=expected, found=kept, **place)
    for election, form, number in logged:
        differences.add(
            "stations_checkset", "row", expected="the set that was proposed", found=None, election=election, form=form,
            check_set=number,
        )  # fmt: skip
    return sets


def _follow(
    sets: CheckSets,
    logged: dict[_Set, str],
    kind: str,
    which: _Set,
    body: Mapping[str, Any],
    *,
    differences: Differences,
    event_id: int,
) -> None:
    election, form, number = which
    told = str(body.get("sha256"))
    if kind == "checks.proposed":
        logged[which] = told
    else:
        sets.changes[election] += 1
        differences.compare("audit_event", "body.sha256", expected=logged.get(which), found=told, event=event_id)
    if "checks" in body:
        found = sha256(canonical(body["checks"])).hexdigest()
        differences.compare("audit_event", "body.checks", expected=told, found=found, event=event_id)
    if kind == "checks.adopted":
        sets.begins[election, form][number] = str(body.get("in_force_from"))
    elif kind == "checks.withdrawn":
        sets.begins[election, form].pop(number, None)


def _body(entry: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(entry)["body"]
    except (ValueError, TypeError, KeyError):
        return {}
    return body if isinstance(body, dict) else {}
