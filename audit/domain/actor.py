"""Who did it, as the log may say it: never a name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A role and a pseudonym: the only way people appear in the log."""

    role: str
    pseudonym: str


SYSTEM = Actor(role="system", pseudonym="system")
"""The actor of what no person does."""
