"""The system's processes as children of one command. Real processes, small ones in place of the system's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from config.data_folder import CHECKOUT
from config.processes import Process
from config.supervisor import ProcessDied, running_system

LIVES = Process("lives", ("-c", "import time; print('ready', flush=True); time.sleep(600)"), 1, frozenset())
FALLS = Process("falls", ("-c", "import sys; sys.exit('out of paper')"), 1, frozenset())
STUBBORN = Process(
    "stubborn",
    (
        "-c",
        "import signal, time; signal.signal(signal.SIGTERM, lambda *_: print('heard', flush=True)); "
        "print('ready', flush=True); [time.sleep(600) for _ in range(9)]",
    ),
    1,
    frozenset(),
)
COMMAND = """
import sys, time
from pathlib import Path
from config.processes import Process
from config.supervisor import running_system
sleeper = Process("sleeper", ("-c", "import time; time.sleep(600)"), 1, frozenset())
with running_system(Path(sys.argv[1]), port=1, processes=(sleeper,)) as system:
    print(system.pids["sleeper"], flush=True)
    time.sleep(600)
"""


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "this never came true"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    """Ended: no such process, or one nobody has collected yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_processes_run_during_the_body_and_write_their_logs(tmp_path: Path) -> None:
    with running_system(tmp_path, port=1, processes=(LIVES,)) as system:
        pid = system.pids["lives"]
        eventually(lambda: "ready" in (system.logs / "lives.log").read_text())
        system.check()
        assert not is_gone(pid)
    assert is_gone(pid)


def test_a_death_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    with running_system(tmp_path, port=1, processes=(LIVES, FALLS)) as system:
        eventually(lambda: bool(system.deaths()))
        with pytest.raises(ProcessDied, match="out of paper"):
            system.check()
        assert [death.name for death in system.deaths()] == ["falls"]


def test_a_process_that_dies_before_the_system_is_ready_is_reported(tmp_path: Path) -> None:
    with running_system(tmp_path, port=1, processes=(FALLS,)) as system, pytest.raises(ProcessDied, match="falls"):
        system.wait_until_ready()


def test_a_process_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.supervisor.PATIENCE_TO_STOP", 0.5)
    with running_system(tmp_path, port=1, processes=(STUBBORN,)) as system:
        pid = system.pids["stubborn"]
        eventually(lambda: "ready" in (system.logs / "stubborn.log").read_text())
    assert "heard" in (tmp_path / "log-of-processes" / "stubborn.log").read_text()
    assert is_gone(pid)


def begin_command(folder: Path, before: str = "") -> tuple[subprocess.Popen[str], int]:
    """The command running, and the pid of its one process."""
    command = subprocess.Popen(
        [sys.executable, "-c", before + COMMAND, str(folder)],
        cwd=CHECKOUT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert command.stdout is not None
    return command, int(command.stdout.readline())


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_no_process_outlives_its_command_however_it_ends(tmp_path: Path, end: signal.Signals) -> None:
    command, pid = begin_command(tmp_path)
    command.send_signal(end)
    command.communicate()
    eventually(lambda: is_gone(pid))


def test_a_command_started_in_a_scripts_background_still_ends_on_an_interrupt(tmp_path: Path) -> None:
    command, pid = begin_command(tmp_path, "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)")
    command.send_signal(signal.SIGINT)
    command.communicate(timeout=30)
    eventually(lambda: is_gone(pid))
