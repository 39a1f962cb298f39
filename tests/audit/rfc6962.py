"""The tree of RFC 6962 section 2.1, word for word and slow: what the product's faster code is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256


def tree_hash(entries: Sequence[bytes]) -> bytes:
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = 1
    while 2 * k < len(entries):
        k *= 2
    return sha256(b"\x01" + tree_hash(entries[:k]) + tree_hash(entries[k:])).digest()
