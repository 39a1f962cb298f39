"""Who did something, as the log names them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """A role and a pseudonym: the only way people appear in the log."""

    role: str
    pseudonym: str


SYSTEM = Actor(role="system", pseudonym="")
