"""One keep-alive connection to the web process, as a browser or an officer's program holds it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from types import TracebackType
from typing import Any, Self

PATIENCE = 30.0  # Seconds for one answer.
PAUSES = (0.0, 0.1, 0.3, 1.0, 3.0)  # Seconds before each try.


class NobodyAnswers(Exception):
    """The web process did not answer, however often it was asked."""


@dataclass(frozen=True)
class Answered:
    """What came back: the status, the body where it is JSON (else empty), the text, and where a redirect leads."""

    status: int
    text: str
    location: str
    data: Mapping[str, Any] = field(default_factory=dict)


class FrontDoor:
    """A connection that is opened anew when it breaks. For one thread."""

    def __init__(self, host: str, port: int) -> None:
        self._connection = HTTPConnection(host, port, timeout=PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answered:
        """Ask for a page or a list. Raises NobodyAnswers."""
        return self._ask("GET", path, None, headers or {})

    def post(self, path: str, body: str | bytes, headers: Mapping[str, str]) -> Answered:
        """Send `body`. It is sent again when the connection breaks: only for what may arrive twice.

        Raises NobodyAnswers.
        """
        return self._ask("POST", path, body.encode() if isinstance(body, str) else body, headers)

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answered:
        failure: Exception | None = None
        for pause in PAUSES:
            time.sleep(pause)
            try:
                self._connection.request(method, path, body, dict(headers))
                response = self._connection.getresponse()
                text = response.read().decode()
            except (OSError, HTTPException) as broken:
                failure = broken
                self._connection.close()
            else:
                is_json = response.headers.get_content_type() == "application/json"
                data = json.loads(text) if is_json else {}
                return Answered(response.status, text, response.headers.get("Location", ""), data)
        raise NobodyAnswers(f"{method} {path}: {failure}") from failure
