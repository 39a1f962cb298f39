"""The demonstration: a small night on a whole system of its own, and what plays it."""

from __future__ import annotations

import csv
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any, ClassVar

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from config.data_folder import CHECKOUT
from config.demo.acting import Act, Reply
from config.demo.front_door import FrontDoor
from config.demo.night import Night, truth
from config.demo.reckoning import percent
from config.demo.screen import decimal
from config.demo.turnout_day import MOST_STATIONS, day_of
from config.embedded import URLS
from config.embedded_place import fallback_for
from samples.kz_2023.contests import MAZHILIS_LIST
from samples.kz_2023.night import Send, Step, protocols, script, steps

SMALL = "0.02"
PACKAGE = CHECKOUT / "samples" / "kz_2023" / "election.toml"
HOURS = tuple(tomllib.loads(PACKAGE.read_text(encoding="utf-8"))["turnout_hours"])
PATIENCE = 300  # Seconds a command may take on a busy machine.


def free_port() -> int:
    with socket.socket() as attempt:
        attempt.bind(("127.0.0.1", 0))
        return int(attempt.getsockname()[1])


def manage(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command with servers of its own in `folder`, as somebody does who has just cloned the product."""
    not_inherited = (*URLS, "HATTAMA_TEST_APP_URL", "HATTAMA_PROCESS", "LANG", "LC_ALL")
    environment = {name: value for name, value in os.environ.items() if name not in not_inherited}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env={**environment, "HATTAMA_DATA": str(folder)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder the servers' user can reach, whoever runs the tests."""
    path = Path(tempfile.mkdtemp(dir="/var/tmp", prefix="hattama-test-"))
    path.chmod(0o711)
    yield path
    for used in (path, fallback_for(path)):
        shutil.rmtree(used, ignore_errors=True)


def swapped_protocol(station: str, folder: Path) -> Path:
    """A file with one station's protocol of the Mazhilis list in which two lists have each other's votes."""
    figures = dict(protocols(MAZHILIS_LIST)[station])
    figures["votes:amanat"], figures["votes:auyl"] = figures["votes:auyl"], figures["votes:amanat"]
    path = folder / "swapped.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerows([["station", *figures], [station, *figures.values()]])
    return path


@pytest.mark.timeout(3 * PATIENCE)
def test_a_night_ends_with_the_sum_of_what_was_sent_and_a_foreign_figure_does_not_pass(folder: Path) -> None:
    first = manage(folder, "demo", "--once", "--fraction", SMALL, "--port", str(free_port()))
    assert first.returncode == 0, first.stdout + first.stderr
    sent = script(fraction=float(SMALL))
    votes = sum(truth(send)["votes:amanat"] for send in sent)
    turnout = percent(*(sum(truth(send)[line] for send in sent) for line in ("ballots_issued", "voters_on_list")))
    assert any(line.split()[:2] == ["Amanat", f"{votes:,}"] for line in first.stdout.splitlines())
    assert f"Turnout: {decimal(turnout)} percent" in first.stdout
    assert f"Stations: {len(sent)} of 10,233 in, 0 held" in first.stdout
    assert "the verification agrees" in first.stdout
    reports = sum(map(len, day_of(sent, HOURS, dict.fromkeys((send.station for send in sent), 0)).values()))
    assert f"{reports} turnout reports agree with their events" in first.stdout

    outside = min(protocols(MAZHILIS_LIST).keys() - {send.station for send in sent})
    swapped = str(swapped_protocol(outside, folder))
    imported = manage(folder, "import_protocols", swapped, "--contest", MAZHILIS_LIST, "--reason", "test")
    assert imported.returncode == 0, imported.stdout + imported.stderr
    second = manage(folder, "demo", "--once", "--fraction", SMALL, "--port", str(free_port()))
    assert second.returncode == 1, second.stdout + second.stderr
    assert "was played before" in second.stdout
    assert f"{MAZHILIS_LIST}, votes:amanat: " in second.stdout


def test_a_port_in_use_is_said_in_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} .* --port"):
            call_command("demo", "--once", "--port", str(port))


def test_the_demo_refuses_production(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        call_command("demo", "--once")


@pytest.mark.parametrize("fraction", ["0", "1.5", "-0.1", "nan", "much"])
def test_a_fraction_is_above_nothing_and_at_most_everything(fraction: str) -> None:
    with pytest.raises(CommandError, match="fraction"):
        call_command("demo", "--fraction", fraction)


def test_an_unknown_contest_is_refused_by_its_code() -> None:
    with pytest.raises(CommandError, match="senate"):
        call_command("demo", "--contests", f"{MAZHILIS_LIST},senate")


class Notes:
    """Takes every step by writing it down."""

    def __init__(self) -> None:
        self.taken: list[tuple[Step, int]] = []
        self._lock = Lock()

    def take(self, _door: FrontDoor, step: Step, number: int) -> Act:
        with self._lock:
            self.taken.append((step, number))
        return Act(step, Reply.AS_TOLD)


def played(sends: list[Send], notes: Notes, *, paced: bool, players: int) -> Night:
    night = Night(sends, notes.take, host="127.0.0.1", port=1, paced=paced, players=players)
    night.begin()
    while not night.is_over():
        time.sleep(0.001)
    night.stop()
    return night


@cache
def stories() -> list[Send]:
    """Protocols that are not simply sent and accepted."""
    return [send for send in script(fraction=0.2) if send.then]


some_stories = st.deferred(
    lambda: st.lists(st.sampled_from(stories()), unique_by=lambda send: send.station, max_size=12)
)


def test_a_day_of_turnout_grows_towards_what_the_protocols_say_and_never_past_it() -> None:
    sends = script(fraction=0.05)
    hours = ["10:00", "12:00", "20:00"]
    day = day_of(sends, hours, dict.fromkeys((send.station for send in sends), 0))
    issued = {send.station: truth(send)["ballots_issued"] for send in sends}
    assert 0 < len(day) <= MOST_STATIONS < len(issued)
    for station, reports in day.items():
        voters = [report.voters for report in reports]
        assert [report.hour for report in reports] == hours
        assert voters == sorted(voters) and voters[-1] == issued[station]
        assert all(report.more_than_registered == (report.voters > 0) for report in reports), "nobody was registered"
    assert day_of([], hours, {}) == {}


@given(some_stories, st.integers(1, 8))
def test_every_step_is_taken_once_and_none_before_the_one_it_follows(sends: list[Send], players: int) -> None:
    notes = Notes()
    night = played(sends, notes, paced=False, players=players)
    for send in sends:
        mine = [(step, number) for step, number in notes.taken if step.station == send.station]
        assert mine == [(step, number) for number, step in enumerate(steps(send))]
    assert len(notes.taken) == sum(len(steps(send)) for send in sends)
    assert night.progress().remaining == 0


@given(st.lists(st.integers(0, 20), max_size=12))
def test_a_paced_night_takes_no_step_before_its_moment_and_keeps_their_order(milliseconds: list[int]) -> None:
    sends = [replace(stories()[0], at_second=each / 1000, then=None) for each in milliseconds]
    notes = Notes()
    night = played(sends, notes, paced=True, players=1)
    moments = [step.at_second for step, _number in notes.taken]
    assert moments == sorted(each / 1000 for each in milliseconds)
    assert night.progress().seconds >= max(moments, default=0)


def test_what_breaks_a_player_is_raised_and_ends_the_night() -> None:
    class OutOfPaper(Exception):
        pass

    def broken(_door: FrontDoor, _step: Step, _number: int) -> Act:
        raise OutOfPaper

    night = Night(stories(), broken, host="127.0.0.1", port=1, paced=False)
    night.begin()
    night.stop()
    with pytest.raises(OutOfPaper):
        night.is_over()
    assert night.progress().sent == 0


def test_an_answer_that_the_script_does_not_know_is_kept() -> None:
    def surprising(_door: FrontDoor, step: Step, _number: int) -> Act:
        return Act(step, Reply.SURPRISE, f"{step.station}: 500")

    night = Night(stories()[:1], surprising, host="127.0.0.1", port=1, paced=False)
    night.begin()
    while not night.is_over():
        time.sleep(0.001)
    assert {act.detail for act in night.surprises()} == {f"{stories()[0].station}: 500"}
    night.stop()


class Forgetful(BaseHTTPRequestHandler):
    """Hears the first request and hangs up; answers the next."""

    protocol_version = "HTTP/1.1"
    keys: ClassVar[list[str | None]] = []

    def do_POST(self) -> None:
        self.keys.append(self.headers["Idempotency-Key"])
        self.rfile.read(int(self.headers["Content-Length"]))
        if len(self.keys) == 1:
            self.close_connection = True
            return
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "17")
        self.end_headers()
        self.wfile.write(b'{"state": "held"}')

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def test_a_broken_connection_sends_the_same_again_under_the_same_key() -> None:
    with HTTPServer(("127.0.0.1", 0), Forgetful) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with FrontDoor("127.0.0.1", server.server_port) as door:
            answered = door.post("/", "{}", {"Idempotency-Key": "night.1"})
        server.shutdown()
    assert (answered.status, answered.data) == (201, {"state": "held"})
    assert Forgetful.keys == ["night.1", "night.1"]


@pytest.mark.parametrize(
    ("share", "shown"), [(Fraction(1, 3), "0.33"), (Fraction(1, 200), "0.01"), (Fraction(100), "100.00")]
)
def test_percentages_have_two_decimals_and_a_half_goes_up(share: Fraction, shown: str) -> None:
    assert decimal(share) == shown
