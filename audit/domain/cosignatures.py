"""Cosignatures of witnesses: what somebody outside states about a checkpoint of this log (C2SP tlog-cosignature).

A witness states that, at a moment, this was the largest checkpoint it had seen, and that it extends every one it had
cosigned before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from audit.domain.notes import (
    COSIGNER,
    NoteInvalid,
    SigningKey,
    VerifierKey,
    signature_line,
    signatures_of,
    verify_signature,
)

TIME_BYTES = 8
LARGEST_TIME = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A verified cosignature: by which witness, at which POSIX time, and the signature's 64 bytes."""

    witness: VerifierKey
    time: int
    signature: bytes

    @property
    def line(self) -> str:
        """The line beneath the checkpoint, with its newline."""
        content = self.time.to_bytes(TIME_BYTES, "big") + self.signature
        return signature_line(self.witness.name, self.witness.key_id, content)


def cosigned_message(text: str, time: int) -> bytes:
    """Return the bytes that a witness signs for the checkpoint with this text."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def cosign(text: str, key: SigningKey, time: int) -> Cosignature:
    """Return the cosignature of this key on the checkpoint with this text."""
    witness = VerifierKey(key.name, key.verifier.public_key, COSIGNER)
    return Cosignature(witness, time, key.private_key.sign(cosigned_message(text, time)))


def cosignatures_in(note: str, witnesses: Sequence[VerifierKey]) -> list[Cosignature]:
    """Return the cosignatures of these witnesses on a signed note; those of others are ignored.

    Raises `NoteInvalid` when the note is malformed or a known witness's cosignature fails.
    """
    text, signatures = signatures_of(note)
    known = {(key.name, key.key_id): key for key in witnesses}
    found = []
    for signature in signatures:
        witness = known.get((signature.name, signature.key_id))
        if witness is None:
            continue
        time = int.from_bytes(signature.content[:TIME_BYTES], "big")
        if time > LARGEST_TIME:
            raise NoteInvalid(f"the cosignature of {witness.name} is of no moment")
        verify_signature(witness, signature.content[TIME_BYTES:], cosigned_message(text, time))
        found.append(Cosignature(witness, time, signature.content[TIME_BYTES:]))
    return found
