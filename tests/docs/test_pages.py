"""What the pages for readers name is there: links, commands, targets, words."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

import pytest
from django.core.management import get_commands

from accounts.domain.roles import Role
from config.data_folder import CHECKOUT
from stations.domain.form import Severity
from stations.models import AreaLevel, Choice, Contest
from tallies.domain.lifecycle import Action, State

PAGES = sorted([*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
COMMAND = re.compile(r"manage\.py ([a-z_]+)")
TARGET = re.compile(r"^ {4}make ([a-z]+)|`make ([a-z]+)[^`]*`", re.MULTILINE)


def name(page: Path) -> str:
    return str(page.relative_to(CHECKOUT))


def row_cells(page: str) -> list[list[str]]:
    lines = (CHECKOUT / "docs" / page).read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in cells if row[0] != "English" and set(row[0]) != {"-"}]


WORDS = row_cells("glossary.md")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_exists(page: Path) -> None:
    assert set(COMMAND.findall(page.read_text(encoding="utf-8"))) <= set(get_commands())


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_make_target_exists(page: Path) -> None:
    named = {first or second for first, second in TARGET.findall(page.read_text(encoding="utf-8"))}
    targets = re.findall(r"^([a-z]+):", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert named <= set(targets)


def test_a_word_has_three_languages_and_stands_in_the_glossary_once() -> None:
    assert [row for row in WORDS if len(row) != 5 or not all(row[:3])] == []
    english = [row[0] for row in WORDS]
    assert sorted(set(english)) == sorted(english)


@pytest.mark.parametrize(
    "words", [State, Action, Role, Severity, AreaLevel, Contest.Kind, Choice.Kind], ids=lambda words: words.__qualname__
)
def test_every_word_that_data_can_hold_is_in_the_glossary(words: type[StrEnum]) -> None:
    in_code = set(re.findall(r"`([^`]+)`", " ".join(row[3] for row in WORDS)))
    assert {str(word.value) for word in words} <= in_code
