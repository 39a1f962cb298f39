"""The Merkle tree of RFC 6962, appended to one leaf at a time."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

HASH = 32
"""Bytes of a hash."""


def leaf_of(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def parent_of(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class GrowingTree:
    """Knows the root after each leaf. Keeps the roots of the full subtrees on its right edge, and every leaf hash."""

    def __init__(self) -> None:
        self.size = 0
        self.leaves = bytearray()
        self._edge: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        self.leaves += leaf
        # Each full subtree ending here joins its equal on the left: as many as the size has 1 bits at its end.
        merged, size = leaf, self.size
        while size & 1:
            merged = parent_of(self._edge.pop(), merged)
            size >>= 1
        self._edge.append(merged)
        self.size += 1

    def root(self) -> bytes:
        if not self._edge:
            return sha256(b"").digest()
        root = self._edge[-1]
        for left in self._edge[-2::-1]:
            root = parent_of(left, root)
        return root


def roots_of_full(hashes: Sequence[int] | bytes | bytearray, width: int) -> bytes:
    """Return, one after the other, the roots over each full run of `width` hashes (a power of two)."""
    level = memoryview(bytes(hashes))[: len(hashes) // (width * HASH) * width * HASH]
    while width > 1:
        level = memoryview(
            b"".join(sha256(b"\x01" + level[at : at + 2 * HASH]).digest() for at in range(0, len(level), 2 * HASH))
        )
        width //= 2
    return bytes(level)
