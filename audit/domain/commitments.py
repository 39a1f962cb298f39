"""Salted commitments: the log binds itself to figures or to a text without telling them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from hashlib import sha256

from audit.domain.canonical import canonical_bytes

SALT_BYTES = 32


def new_salt() -> bytes:
    """Return 32 fresh random bytes. A salt serves one commitment only."""
    return secrets.token_bytes(SALT_BYTES)


def commit_figures(salt: bytes, figures: Mapping[str, int]) -> str:
    """Return the hex SHA-256 of salt ‖ canonical figures. Whoever is given both later can check them."""
    return _commit(salt, canonical_bytes(dict(figures)))


def commit_text(salt: bytes, text: str) -> str:
    """Return the hex SHA-256 of salt ‖ the text in UTF-8."""
    return _commit(salt, text.encode())


def _commit(salt: bytes, content: bytes) -> str:
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    return sha256(salt + content).hexdigest()
