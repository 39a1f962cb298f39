"""Signed checkpoints (C2SP signed-note and tlog-checkpoint): is this the log's signature over this text?"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_ED25519 = b"\x01"
_KEY_ID = 4
_PUBLIC_KEY = 32


class BadKey(ValueError):
    """The text is not the vkey of an Ed25519 key."""


@dataclass(frozen=True)
class LogKey:
    """The log's public key; its name is the origin of its checkpoints."""

    name: str
    id: bytes
    public: Ed25519PublicKey

    @classmethod
    def of(cls, vkey: str) -> LogKey:
        """Read `name+<id in hex>+base64(0x01 ‖ public key)`, or raise `BadKey`."""
        try:
            name, id_, encoded = vkey.strip().split("+", 2)
            material = base64.b64decode(encoded, validate=True)
            if material[:1] != _ED25519 or len(material) != 1 + _PUBLIC_KEY:
                raise BadKey(vkey)
            own_id = sha256(name.encode() + b"\n" + material).digest()[:_KEY_ID]
            if not name or own_id.hex() != id_:
                raise BadKey(vkey)
            return cls(name, own_id, Ed25519PublicKey.from_public_bytes(material[1:]))
        except (ValueError, binascii.Error) as reason:
            raise BadKey(vkey) from reason


def checkpoint_of(note: str) -> tuple[str, int, str]:
    """Return (origin, size, root in base64) of a checkpoint without looking at its signatures, or raise ValueError."""
    text, blank, _ = note.partition("\n\n")
    lines = text.split("\n")
    if not blank or len(lines) != 3 or not lines[1].isascii() or not lines[1].isdigit():  # noqa: PLR2004
        raise ValueError("not a checkpoint")
    return lines[0], int(lines[1]), lines[2]


def says(note: str, key: LogKey, size: int, root: bytes) -> bool:
    """Say whether this is a checkpoint of this size and root, and the log's key has signed it."""
    text = f"{key.name}\n{size}\n{base64.b64encode(root).decode()}\n"
    return note.startswith(text + "\n") and _is_signed(text, note[len(text) + 1 :], key)


def _is_signed(text: str, signatures: str, key: LogKey) -> bool:
    """Every signature of the key must fit, and there must be one. Signatures of others are none of our business."""
    if not signatures.endswith("\n"):
        return False
    found = False
    for line in signatures[:-1].split("\n"):
        dash, name, encoded = [*line.split(" ", 2), "", "", ""][:3]
        if dash != "—":
            return False
        try:
            signature = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            return False
        if name == key.name and signature[:_KEY_ID] == key.id:
            try:
                key.public.verify(signature[_KEY_ID:], text.encode())
            except InvalidSignature:
                return False
            found = True
    return found
