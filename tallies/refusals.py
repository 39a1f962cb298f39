"""How a refused change reaches people: one stable shape, whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """A change that was not made. Nothing of it remains.

    `code` is stable for programs, `message` a sentence for people in the language of the request, `fields` says what
    of the request it concerns.
    """

    code = "refused"

    def __init__(self, message: Any, *, fields: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = dict(fields or {})

    def as_data(self) -> dict[str, object]:
        return {"code": self.code, "message": str(self.message), "fields": self.fields}
