"""The signer: the log's private key, and beside it what it signed last. It never signs a log that shrank or changed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.domain.checkpoints import EMPTY, TreeHead, checkpoint_text, is_training, parse_checkpoint
from audit.domain.merkle import ProofInvalid, verify_consistency
from audit.domain.notes import SigningKey, VerifierKey, sign
from audit.durable import replace_file

_TRAINING_MARK = b"Hattama: this key signs a training log, and no other.\n"


class NoKey(Exception):
    """There is no key at this place, or not one that can sign the log."""


class KeyOfAnotherLog(NoKey):
    """A training log's key signs no other log, and no other key a training log: copying one does not mix them."""


class SigningRefused(Exception):
    """The tree is not an extension of what this key signed before. Somebody must look; nothing was signed."""


class SmallerTree(SigningRefused):
    """The key has signed a larger tree: the database is behind what the world has seen."""


class OtherRoot(SigningRefused):
    """The key has signed another root for this size: the database contradicts what the world has seen."""


class NotAnExtension(SigningRefused):
    """The tree is larger than the last one signed, but does not contain it."""


class Signer:
    """Signs checkpoints of one log. `key_file` holds the key; `last-signed` beside it, the last (size, root)."""

    def __init__(self, key_file: Path, origin: str) -> None:
        """Open the key at this place, or raise `NoKey` or `KeyOfAnotherLog`."""
        if not key_file.exists():
            raise NoKey(str(key_file))
        if _is_for_training(key_file) != is_training(origin):
            raise KeyOfAnotherLog(str(key_file))
        self._key = SigningKey(origin, _read_key(key_file))
        self._state = key_file.with_name("last-signed")

    @property
    def origin(self) -> str:
        return self._key.name

    @property
    def verifier_key(self) -> VerifierKey:
        return self._key.verifier

    def last_signed(self) -> TreeHead:
        """Return the head signed last, the empty tree's when there is none."""
        if not self._state.exists():
            return EMPTY
        return parse_checkpoint(self._state.read_text(), self.origin)

    def sign(self, head: TreeHead, consistency: Sequence[bytes]) -> str:
        """Return the signed checkpoint of `head`, having stored it durably as the last one signed.

        `consistency` is the consistency path from `last_signed()` to `head`. Raises `SigningRefused`.
        Signing the same head again gives the same note.
        """
        with self._alone():
            last = self.last_signed()
            check_extension(last, head, consistency)
            text = checkpoint_text(self.origin, head)
            if head != last or not self._state.exists():
                self._remember(text)
            return sign(text, self._key)

    def _remember(self, text: str) -> None:
        replace_file(self._state, text.encode())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep a second process with the same key from signing between our check and our signature."""
        folder = os.open(self._state.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def check_extension(before: TreeHead, head: TreeHead, consistency: Sequence[bytes]) -> None:
    """Raise a `SigningRefused` unless `head` extends `before`, which the consistency path shows."""
    if head.size < before.size:
        raise SmallerTree(f"the log has {head.size} entries, but {before.size} are signed")
    if head.size == before.size and head.root != before.root:
        raise OtherRoot(f"another root is signed for {head.size} entries")
    try:
        verify_consistency(old_size=before.size, old_root=before.root, size=head.size, root=head.root, path=consistency)
    except ProofInvalid as reason:
        raise NotAnExtension(f"{head.size} entries do not extend the {before.size} that are signed") from reason


def create_key(key_file: Path, *, training: bool = False) -> None:
    """Make a new Ed25519 key at this place, readable by this user only. An existing one stays as it is.

    A key for training says so in its file, before the key itself, wherever it is copied to.
    """
    if key_file.exists():
        return
    key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    private = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    replace_file(key_file, _TRAINING_MARK + private if training else private, mode=0o600)


def _is_for_training(key_file: Path) -> bool:
    return key_file.read_bytes().startswith(_TRAINING_MARK)


def _read_key(key_file: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    except ValueError as reason:
        raise NoKey(f"{key_file} holds no key") from reason
    if not isinstance(key, Ed25519PrivateKey):
        raise NoKey(f"{key_file} holds no Ed25519 key")
    return key
