"""docs/protocol-lifecycle.md says what the code does: its arrows, its states, and who may take each step."""

from __future__ import annotations

import re

import pytest

from accounts.domain.roles import PERMISSIONS, Permission, Role
from config.data_folder import CHECKOUT
from tallies.domain.lifecycle import TRANSITIONS, Action, State

PAGE = (CHECKOUT / "docs" / "protocol-lifecycle.md").read_text(encoding="utf-8")
DIAGRAM = PAGE.partition("```mermaid\n")[2].partition("\n```")[0].splitlines()
ARROW = re.compile(r"\s*(?P<before>\w+) --> (?P<after>\w+): (?P<action>\w+)")
BEGIN_OR_END = re.compile(r"\s*(?P<before>\w+|\[\*\]) --> (?P<after>\w+|\[\*\])")


def table(first_column: str) -> list[list[str]]:
    """The cells of the table whose first column has this name."""
    rows = PAGE.partition(f"\n| {first_column} |")[2].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in rows]


STEPS = {row[0].strip("`"): row[1:] for row in table("step")}


def test_the_arrows_of_the_diagram_are_those_of_the_code() -> None:
    drawn = [matched.groupdict() for line in DIAGRAM if (matched := ARROW.fullmatch(line))]
    arrows = [(arrow["before"], arrow["action"], arrow["after"]) for arrow in drawn]
    assert sorted(arrows) == sorted(
        (str(before), str(action), str(after)) for (before, action), after in TRANSITIONS.items()
    )


def test_the_diagram_begins_with_awaited_and_ends_where_no_arrow_leads_out() -> None:
    title, *lines = DIAGRAM
    assert title == "stateDiagram-v2"
    others = [line for line in lines if not ARROW.fullmatch(line)]
    ends = {(found["before"], found["after"]) for line in others if (found := BEGIN_OR_END.fullmatch(line))}
    final = set(State) - {before for before, _ in TRANSITIONS}
    assert len(ends) == len(others), others
    assert ends == {("[*]", "awaited"), *((str(state), "[*]") for state in final)}


def test_every_state_is_explained() -> None:
    assert {row[0].strip("`") for row in table("state")} == set(State)


def test_every_step_has_its_row_and_its_paragraph() -> None:
    assert set(STEPS) == set(Action)
    assert set(re.findall(r"^\*\*(\w+)\.\*\*", PAGE, re.MULTILINE)) == set(Action)


@pytest.mark.parametrize("step", sorted(STEPS))
def test_the_roles_of_a_step_are_those_that_carry_its_permission(step: str) -> None:
    roles, permission, _ = STEPS[step]
    carrying = {role for role in Role if Permission(permission.strip("`")) in PERMISSIONS[role]}
    assert {Role(role.strip()) for role in roles.split(",")} == carrying
