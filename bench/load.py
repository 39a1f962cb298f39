"""Eight keep-alive clients, in a process of their own, on bare sockets: the client must not be what is measured."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

from config.data_folder import CHECKOUT

CLIENTS = 8


@dataclass(frozen=True)
class Answers:
    """What came back: how many of each status, in how many seconds, and when each answer of `moments` arrived."""

    statuses: dict[int, int]
    seconds: float
    moments: list[tuple[int, float]]

    def a_second(self, status: int) -> float:
        """Return how many answers of this status came in a second."""
        return self.statuses.get(status, 0) / self.seconds


async def send(
    requests: Sequence[bytes], folder: Path, *, port: int, seconds: float, repeat: bool = False, pace: float = 0.0
) -> Answers:
    """Send requests in their order until they are used up (or again and again) or the time is over.

    `pace` is how many are sent a second, 0 as many as it goes.
    """
    file = folder / "requests.json"
    file.write_text(
        json.dumps(
            {
                "requests": [request.decode() for request in requests],
                "port": port,
                "seconds": seconds,
                "repeat": repeat,
                "pace": pace,
            }
        )
    )
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.load", str(file), cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await child.communicate()
    if child.returncode:
        raise RuntimeError("the clients failed")
    data = json.loads(output)
    return Answers(
        {int(status): count for status, count in data["statuses"].items()},
        data["seconds"],
        [(number, moment) for number, moment in data["moments"]],
    )


def request(method: str, path: str, headers: dict[str, str], body: str = "") -> bytes:
    """Return the bytes of an HTTP/1.1 request; its body is JSON unless the headers say otherwise."""
    if body:
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body.encode())), **headers}
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


@dataclass
class _Order:
    """What the clients of one process share."""

    port: int
    numbered: Iterator[tuple[int, bytes]]
    pace: float
    began: float
    until: float
    statuses: Counter[int] = field(default_factory=Counter)
    moments: list[tuple[int, float]] = field(default_factory=list)


async def _client(order: _Order) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", order.port)
    for number, message in order.numbered:
        if order.pace:
            await asyncio.sleep(max(0.0, order.began + number / order.pace - time.perf_counter()))
        if time.perf_counter() > order.until:
            break
        writer.write(message)
        head = await reader.readuntil(b"\r\n\r\n")
        fields = {
            name.lower(): value
            for name, _, value in (line.partition(b": ") for line in head.split(b"\r\n")[1:] if line)
        }
        await reader.readexactly(int(fields.get(b"content-length", b"0")))
        order.statuses[int(head[9:12])] += 1
        if order.pace:
            order.moments.append((number, time.time()))
    writer.close()


async def _run(told: dict[str, Any]) -> dict[str, Any]:
    requests = [message.encode() for message in told["requests"]]
    began = time.perf_counter()
    order = _Order(
        port=told["port"],
        numbered=enumerate(cycle(requests) if told["repeat"] else requests),
        pace=told["pace"],
        began=began,
        until=began + told["seconds"],
    )
    await asyncio.gather(*(_client(order) for _ in range(CLIENTS)))
    return {"statuses": order.statuses, "seconds": time.perf_counter() - began, "moments": order.moments}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_run(json.loads(Path(sys.argv[1]).read_text())))))
