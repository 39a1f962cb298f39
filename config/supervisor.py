"""Runs the system's processes as children of one command, for one machine.

None is restarted silently: a death is reported. None outlives the command, not even when it is killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from config import probe
from config.data_folder import CHECKOUT, make_data_folder
from config.processes import SERVICES, Process

LOOPBACK = "127.0.0.1"
PATIENCE_TO_START = 60.0  # Seconds.
PATIENCE_TO_STOP = 15.0
PR_SET_PDEATHSIG = 1
LINES_SHOWN = 15


@dataclass(frozen=True)
class Death:
    """A process that ended by itself: its name, its exit code (negative for a signal) and where its log is."""

    name: str
    exit_code: int
    log: Path

    def __str__(self) -> str:
        last = self.log.read_text(errors="replace").splitlines()[-LINES_SHOWN:]
        return "\n".join([f"{self.name} ended with {self.exit_code}. The end of {self.log}:", *last])


class ProcessDied(Exception):
    """One of the system's processes ended by itself."""

    def __init__(self, deaths: Sequence[Death]) -> None:
        self.deaths = tuple(deaths)
        super().__init__("\n".join(str(death) for death in deaths))


class System:
    """The running processes. Made by `running_system`."""

    def __init__(self, folder: Path, *, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.logs = folder / "log-of-processes"
        self._state = folder / "state-of-processes"
        for needed in (self.logs, self._state):
            make_data_folder(needed)
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def address(self) -> str:
        """Where the web process answers."""
        return f"http://{self.host}:{self.port}"

    @property
    def pids(self) -> dict[str, int]:
        """The pid of each process by name."""
        return {name: child.pid for name, child in self._children.items()}

    def start(self, process: Process, environment: Mapping[str, str]) -> None:
        """Start one process in a session of its own: Ctrl-C reaches only us, and we stop them in order."""
        with self._log(process.name).open("ab") as log:
            self._children[process.name] = subprocess.Popen(
                process.argv(host=self.host, port=self.port, state=str(self._state)),
                cwd=CHECKOUT,
                env={**environment, "HATTAMA_PROCESS": process.name},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 (one system call, of a library loaded before)
            )

    def deaths(self) -> list[Death]:
        """The processes that ended by themselves."""
        codes = {name: child.poll() for name, child in self._children.items()}
        return [Death(name, code, self._log(name)) for name, code in codes.items() if code is not None]

    def check(self) -> None:
        """Raise ProcessDied if a process ended by itself."""
        if deaths := self.deaths():
            raise ProcessDied(deaths)

    def wait_until_ready(self) -> None:
        """Return when the web process answers. Raises ProcessDied, or TimeoutError after a minute."""
        deadline = time.monotonic() + PATIENCE_TO_START
        while not probe.answers("/health/live", port=self.port):
            self.check()
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.address} does not answer. Logs: {self.logs}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop all, the last started first, each before the next; who does not listen is killed."""
        for child in reversed(self._children.values()):
            child.terminate()
            try:
                child.wait(PATIENCE_TO_STOP)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        self._children.clear()

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"


@contextlib.contextmanager
def running_system(
    folder: Path,
    *,
    host: str = LOOPBACK,
    port: int,
    processes: Sequence[Process] = SERVICES,
    environment: Mapping[str, str] | None = None,
) -> Iterator[System]:
    """Run the processes during the body and stop them after it, also on Ctrl-C and SIGTERM.

    `folder` takes their logs; `environment` replaces this process's own. Call it from the main thread.
    """
    system = System(folder, host=host, port=port)
    with _terminated_like_ctrl_c():
        try:
            for process in processes:
                system.start(process, os.environ if environment is None else environment)
            yield system
        finally:
            system.stop()


@contextlib.contextmanager
def _terminated_like_ctrl_c() -> Iterator[None]:
    def leave(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        sys.exit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("Processes end with the thread that started them: start them from the main one.")
    # A script's background job inherits an ignored SIGINT; whoever sends it one still means that it should end.
    handlers = {signal.SIGTERM: leave, signal.SIGHUP: leave, signal.SIGINT: signal.default_int_handler}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# Loaded here: between fork and exec nothing may be loaded any more.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _end_with_parent() -> None:
    """Ask Linux to terminate this child when its parent is gone, however it went."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
