"""The election packages that the log names: what was loaded, byte for byte."""

from __future__ import annotations

import json

from audit.models import Event

KINDS = ("election.loaded", "election.amended")


def packages_in_the_log(*, using: str = "default") -> set[str]:
    """Return the SHA-256 of every package by which an election was loaded or amended."""
    entries = Event.objects.using(using).filter(kind__in=KINDS).values_list("entry", flat=True)
    return {json.loads(bytes(entry))["body"]["package_sha256"] for entry in entries}
