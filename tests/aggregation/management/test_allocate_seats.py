"""The command line gives the seats and the way to them, without any server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
SERVER_VARIABLES = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_READER_URL", "BROKER_URL")

MAZHILIS_2023 = """\
choice,votes
amanat,3431510
auyl,693938
respublica,547154
aqjol,535139
qhp,432920
nsdp,331058
baytaq,146431
against_all,248291
"""


def run(folder: Path, content: str, *options: str) -> subprocess.CompletedProcess[str]:
    path = folder / "votes.csv"
    path.write_text(content, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name not in SERVER_VARIABLES}
    environment |= {"HATTAMA_DATA": str(folder / "data"), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "manage.py", "allocate_seats", str(path), *options],
        cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_the_election_of_2023_needs_no_server(tmp_path: Path) -> None:
    result = run(tmp_path, MAZHILIS_2023, "--seats", "69", "--threshold", "5", "--json")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout.splitlines()[-1]) == {
        "amanat": 40, "auyl": 8, "respublica": 6, "aqjol": 6, "qhp": 5, "nsdp": 4, "baytaq": 0,
    }  # fmt: skip
    assert "nsdp" in result.stdout
    assert not list((tmp_path / "data").glob("**/postmaster.pid"))
    assert not (tmp_path / "data" / "servers.json").exists()


def test_the_way_can_be_checked_with_a_calculator_and_says_how_few_votes_decide(tmp_path: Path) -> None:
    told = run(tmp_path, MAZHILIS_2023, "--seats", "69", "--threshold", "5").stdout
    for figure in ("4927845", "180938"):
        assert figure in re.sub(r"[\s\u00a0\u202f,]", "", told), figure


def test_undecided_seats_are_named_and_left_unallocated(tmp_path: Path) -> None:
    result = run(tmp_path, "choice,votes\na,10\nb,10\nc,20\n", "--seats", "6", "--threshold", "5", "--json")
    assert result.returncode == 0
    assert json.loads(result.stdout.splitlines()[-1]) == {"a": 1, "b": 1, "c": 3}


def test_the_runner_up_gets_what_the_option_says(tmp_path: Path) -> None:
    options = ("--seats", "10", "--threshold", "50", "--minimum-runner-up", "3", "--json")
    result = run(tmp_path, "choice,votes\na,90\nb,10\n", *options)
    assert json.loads(result.stdout.splitlines()[-1]) == {"a": 7, "b": 3}


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("choice,votes\na,ten\n", ("--seats", "5", "--threshold", "5"), "votes.csv"),
        ("choice,votes\na,10\n", ("--seats", "5", "--threshold", "much"), "much"),
        ("choice,votes\na,10\n", ("--seats", "-5", "--threshold", "5"), "-5"),
        ("choice,votes\na,10\n", ("--seats", "many", "--threshold", "5"), "many"),
        ("choice,votes\na,10\n", ("--seats", "5", "--threshold", "5", "--method", "droop"), "droop"),
    ],
)
def test_bad_input_ends_in_a_sentence_and_not_in_a_traceback(
    tmp_path: Path, content: str, options: tuple[str, ...], message: str
) -> None:
    result = run(tmp_path, content, *options)
    assert result.returncode != 0
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not result.stdout
