"""Plays a script: every step at its moment, and what follows from it never before it was answered."""

from __future__ import annotations

import heapq
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Condition

from config.demo.acting import Act, Reply
from config.demo.front_door import FrontDoor
from samples.kz_2023.night import Decision, Send, Step, steps

PLAYERS = 8
"""Connections at once: as many officers press at the same moment."""


@dataclass(order=True, frozen=True)
class Due:
    """A step that waits for its moment (seconds since the start), and the chain it stands in."""

    at: float
    order: int
    chain: tuple[Step, ...] = field(compare=False)
    number: int = field(compare=False)


@dataclass(frozen=True)
class Progress:
    """How far the night is: steps taken by kind, those that are still to come, seconds since the start."""

    sent: int
    decided: int
    stood_already: int
    remaining: int
    seconds: float

    @property
    def share(self) -> float:
        """Of all steps, those that were taken: 0 to 1."""
        taken = self.sent + self.decided
        return taken / max(1, taken + self.remaining)


class Night:
    """The script being played by several threads. `take` is given a connection, a step and its number in its chain."""

    def __init__(
        self,
        script: Sequence[Send],
        take: Callable[[FrontDoor, Step, int], Act],
        *,
        host: str,
        port: int,
        paced: bool,
        players: int = PLAYERS,
    ) -> None:
        chains = [tuple(steps(send)) for send in script]
        self._take = take
        self._address = (host, port)
        self._paced = paced
        self._due = [Due(chain[0].at_second, order, chain, 0) for order, chain in enumerate(chains)]
        heapq.heapify(self._due)
        self._turn = Condition()
        self._playing = 0
        self._stopped = False
        self._remaining = sum(len(chain) for chain in chains)
        self._counts: Counter[str] = Counter()
        self._surprises: list[Act] = []
        self._executor = ThreadPoolExecutor(players, thread_name_prefix="officer")
        self._threads: list[Future[None]] = []
        self._players = players
        self._began = self._ended = time.monotonic()

    def begin(self) -> None:
        """Start playing. Returns at once."""
        self._began = self._ended = time.monotonic()
        self._threads = [self._executor.submit(self._play) for _ in range(self._players)]

    def is_over(self) -> bool:
        """Whether every step was taken. Raises what broke a player."""
        for thread in self._threads:
            if thread.done():
                thread.result()
        return all(thread.done() for thread in self._threads)

    def stop(self) -> None:
        """Take no further step; return when those that were begun are done."""
        with self._turn:
            self._stopped = True
            self._turn.notify_all()
        self._executor.shutdown(wait=True, cancel_futures=True)

    def progress(self) -> Progress:
        """How far the night is now."""
        with self._turn:
            seconds = (self._ended if not self._remaining else time.monotonic()) - self._began
            return Progress(
                sent=self._counts["sent"],
                decided=self._counts["decided"],
                stood_already=self._counts[Reply.STOOD_ALREADY.name],
                remaining=self._remaining,
                seconds=seconds,
            )

    def surprises(self) -> list[Act]:
        """The steps that were answered otherwise than the script says."""
        with self._turn:
            return list(self._surprises)

    def _play(self) -> None:
        try:
            with FrontDoor(*self._address) as door:
                while due := self._next():
                    self._done(due, self._take(door, due.chain[due.number], due.number))
        except BaseException:
            with self._turn:
                self._stopped = True
                self._turn.notify_all()
            raise

    def _next(self) -> Due | None:
        """The next step whose moment has come, waiting for it; None when there will be no more."""
        with self._turn:
            while not self._stopped:
                early = self._early()
                if early is None and not self._playing:
                    break
                if early is not None and early <= 0:
                    self._playing += 1
                    return heapq.heappop(self._due)
                self._turn.wait(early)
        return None

    def _early(self) -> float | None:
        """Seconds until the first step is due; None when nothing waits."""
        if not self._due:
            return None
        return self._due[0].at - (time.monotonic() - self._began) if self._paced else 0

    def _done(self, due: Due, act: Act) -> None:
        with self._turn:
            self._playing -= 1
            self._remaining -= 1
            self._ended = time.monotonic()
            self._counts["decided" if isinstance(act.step, Decision) else "sent"] += 1
            self._counts[act.reply.name] += 1
            if act.reply is Reply.SURPRISE:
                self._surprises.append(act)
            if due.number + 1 < len(due.chain):
                following = due.chain[due.number + 1]
                heapq.heappush(self._due, Due(following.at_second, due.order, due.chain, due.number + 1))
            self._turn.notify_all()


def senders(script: Sequence[Send]) -> set[str]:
    """The stations that send."""
    return {send.station for send in script}


def decided_on(script: Sequence[Send]) -> set[str]:
    """The stations on whose protocols a commission decides."""
    return {send.station for send in script if any(isinstance(step, Decision) for step in steps(send))}


def keyed_twice(script: Sequence[Send], contests: Collection[str]) -> dict[str, set[str]]:
    """Of these contests, those that are sent, each with the stations that send it."""
    found: dict[str, set[str]] = {}
    for send in script:
        if send.contest in contests:
            found.setdefault(send.contest, set()).add(send.station)
    return found


def truth(send: Send) -> dict[str, int]:
    """The figures that are in force for this protocol when the night is over."""
    return dict(steps(send)[-1].figures)
