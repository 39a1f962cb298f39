"""The witnesses this log asks and listens to, as the operator's settings name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from audit.domain.notes import COSIGNER, NoteInvalid, VerifierKey, parse_vkey
from audit.outbound import Reach

# A witness must not hold up anything; one that is slow is asked again later.
LONGEST_SECONDS = 4.0


class BadWitness(ValueError):
    """A witness in the settings cannot be read."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness: its key, and the address checkpoints are sent to, empty where it comes for them itself."""

    key: VerifierKey
    url: str = ""


def registered_witnesses() -> tuple[Witness, ...]:
    """Return the witnesses of the setting LOG_WITNESSES. Raises `BadWitness`."""
    return _read(tuple(settings.LOG_WITNESSES))


def witness_vkeys() -> list[str]:
    """Return the vkeys of the registered witnesses."""
    return [str(witness.key) for witness in registered_witnesses()]


def witnesses_reach() -> Reach:
    """Where witnesses may be, as the settings say."""
    return Reach(
        allowed=settings.LOG_WITNESS_ALLOWED_NETWORKS,
        ca_file=settings.LOG_WITNESS_CA_FILE,
        longest_seconds=LONGEST_SECONDS,
    )


@lru_cache(maxsize=4)
def _read(lines: Sequence[str]) -> tuple[Witness, ...]:
    return tuple(map(_witness, lines))


def _witness(line: str) -> Witness:
    """`<vkey>` or `<vkey> <submission prefix>`, as the witness's operator publishes them."""
    vkey, _blank, url = line.partition(" ")
    try:
        return Witness(parse_vkey(vkey, COSIGNER), url.strip().rstrip("/"))
    except NoteInvalid as reason:
        raise BadWitness(f"LOG_WITNESSES names no witness by {line!r}: {reason}") from reason
