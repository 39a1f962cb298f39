"""C2SP signed notes: a text and signatures of named keys beneath it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
"""The kind of key that signs notes."""
COSIGNER = b"\x04"
"""The kind of key that cosigns checkpoints (audit/domain/cosignatures.py)."""
KEY_ID_BYTES = 4
PUBLIC_KEY_BYTES = 32

_SIGNATURE_LINE = re.compile(r"— (?P<name>[^\s+]+) (?P<signature>[A-Za-z0-9+/]+={0,2})")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


class NoteInvalid(ValueError):
    """The note is malformed, carries no signature of a known key, or one that fails."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key, the name it signs under, and what kind of signatures it makes."""

    name: str
    public_key: bytes
    kind: bytes = ED25519

    def __post_init__(self) -> None:
        if not self.name or re.search(r"[\s+]", self.name):
            raise ValueError("a key's name holds no spaces and no +")
        if len(self.public_key) != PUBLIC_KEY_BYTES:
            raise ValueError("an Ed25519 public key has 32 bytes")

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name ‖ newline ‖ type ‖ public key)."""
        return sha256(self.name.encode() + b"\n" + self.kind + self.public_key).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        """Return the vkey: `name+<id in hex>+base64(type ‖ public key)`."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(self.kind + self.public_key)}"


@dataclass(frozen=True, slots=True)
class Signature:
    """One line beneath a note: who is said to have signed, with which key, and the rest of the line's bytes."""

    name: str
    key_id: bytes
    content: bytes


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and the name it signs under."""

    name: str
    private_key: Ed25519PrivateKey

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self.private_key.public_key().public_bytes_raw())


def parse_vkey(vkey: str, kind: bytes = ED25519) -> VerifierKey:
    """Read the vkey of an Ed25519 key of this kind, or raise `NoteInvalid`."""
    name, _, rest = vkey.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    material = _bytes(encoded)
    if material[:1] != kind or len(material) != 1 + PUBLIC_KEY_BYTES or not name:
        raise NoteInvalid("not the vkey of an Ed25519 key" if kind == ED25519 else "not the vkey of a cosigner")
    key = VerifierKey(name, material[1:], kind)
    if key.key_id.hex() != key_id:
        raise NoteInvalid("the vkey's id is not that of its key")
    return key


def sign(text: str, key: SigningKey) -> str:
    """Return the note: the text, a blank line, the key's signature line. The signature covers the last newline."""
    if not text.endswith("\n") or _CONTROL.search(text):
        raise ValueError("a note's text ends with a newline and holds no other control character")
    signature = key.private_key.sign(text.encode())
    return f"{text}\n{signature_line(key.name, key.verifier.key_id, signature)}"


def text_of(note: str) -> str:
    """Return the text above the signatures without checking them, or raise `NoteInvalid`."""
    return _split(note)[0]


def verify(note: str, keys: Sequence[VerifierKey]) -> str:
    """Return the note's text when a known key has signed it.

    Signatures of unknown keys are ignored; one of a known key that fails makes the note invalid.
    """
    text, signatures = signatures_of(note)
    known = {(key.name, key.key_id): key for key in keys}
    verified = 0
    for signature in signatures:
        key = known.get((signature.name, signature.key_id))
        if key:
            verify_signature(key, signature.content, text.encode())
            verified += 1
    if not verified:
        raise NoteInvalid("no known key has signed the note")
    return text


def signatures_of(note: str) -> tuple[str, list[Signature]]:
    """Return the text and the signatures beneath it without checking them, or raise `NoteInvalid`."""
    text, lines = _split(note)
    return text, [_signature(line) for line in lines]


def signature_line(name: str, key_id: bytes, content: bytes) -> str:
    """Return a signature as it stands beneath a note, with its newline."""
    return f"— {name} {_base64(key_id + content)}\n"


def verify_signature(key: VerifierKey, signature: bytes, message: bytes) -> None:
    """Check that this Ed25519 signature of the message is the key's, or raise `NoteInvalid`."""
    try:
        Ed25519PublicKey.from_public_bytes(key.public_key).verify(signature, message)
    except InvalidSignature as reason:
        raise NoteInvalid(f"the signature of {key.name} does not fit") from reason


def _signature(line: str) -> Signature:
    matched = _SIGNATURE_LINE.fullmatch(line)
    if not matched:
        raise NoteInvalid("a line beneath the text is not a signature")
    content = _bytes(matched["signature"])
    return Signature(matched["name"], content[:KEY_ID_BYTES], content[KEY_ID_BYTES:])


def _split(note: str) -> tuple[str, list[str]]:
    text, blank, signatures = note.rpartition("\n\n")
    if not blank or not signatures.endswith("\n") or _CONTROL.search(note):
        raise NoteInvalid("not a signed note")
    return text + "\n", signatures[:-1].split("\n")


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _bytes(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as reason:
        raise NoteInvalid("not base64") from reason
