"""A real web server that receives webhooks, well or badly."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """What came in, and how the server answers: with `status`, after `pause` seconds, or a byte at a time."""

    port: int = 0
    status: int = 204
    pause: float = 0.0
    drips: bool = False
    endless: bool = False
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?from=hattama"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _headers, body in self.got]

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _body in self.got]


@contextmanager
def receiving(**behaviour: Any) -> Iterator[Receiver]:
    """Run a receiver on a free port of this machine."""
    receiver = Receiver(**behaviour)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            receiver.paths.append(self.path)
            time.sleep(receiver.pause)
            self._answer()

        do_GET = do_POST

        def _answer(self) -> None:
            self.send_response(receiver.status)
            if receiver.status in (301, 302, 307, 308):
                self.send_header("Location", f"http://127.0.0.1:{receiver.port}/elsewhere")
            self.send_header("Connection", "close")
            self.end_headers()
            while receiver.drips or receiver.endless:
                self.wfile.write(b"x" if receiver.drips else b"x" * 65536)
                self.wfile.flush()
                time.sleep(0.2 if receiver.drips else 0)

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield receiver
    finally:
        receiver.drips = receiver.endless = False
        server.shutdown()
        server.server_close()
