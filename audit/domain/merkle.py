"""The Merkle tree of RFC 6962 (SHA-256): hashes, proofs that an entry is in it, proofs that it only grew.

A tree of n > 1 leaves splits at the largest power of two below n. Proofs are made from a `Subtrees`, which gives the
root over leaves `start` to `end`; where it takes them from (leaf hashes, tiles) is its own business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
HASH_BYTES = 32

Subtrees = Callable[[int, int], bytes]
"""subtrees(start, end): the root of the tree over leaves start to end − 1."""


class ProofInvalid(ValueError):
    """The proof does not prove what it is said to prove."""


def leaf_hash(entry: bytes) -> bytes:
    """Return SHA-256(0x00 ‖ entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


def root_of_hashes(hashes: Sequence[bytes]) -> bytes:
    """Return the root over these leaf hashes (or roots of equally large full subtrees)."""
    if not hashes:
        return EMPTY_ROOT
    return join(roots_of_full_parts(hashes))


def roots_of_full_parts(hashes: Sequence[bytes]) -> list[bytes]:
    """Return the roots of the largest full subtrees over these hashes, from left to right: one for each binary 1."""
    roots = []
    start = 0
    while start < len(hashes):
        width = 1 << ((len(hashes) - start).bit_length() - 1)
        roots.append(_full_root(hashes[start : start + width]))
        start += width
    return roots


def join(roots: Sequence[bytes]) -> bytes:
    """Return the root of a tree whose full subtrees, ever smaller from left to right, have these roots."""
    return reduce(lambda right, left: node_hash(left, right), reversed(roots)) if roots else EMPTY_ROOT


def subtrees_of_hashes(hashes: Sequence[bytes], first: int = 0) -> Subtrees:
    """Return the `Subtrees` of a tree all of whose leaf hashes are at hand; `hashes[0]` is the leaf `first`."""
    return lambda start, end: root_of_hashes(hashes[start - first : end - first])


def inclusion_path(index: int, size: int, subtrees: Subtrees) -> list[bytes]:
    """Return the proof that leaf `index` is in the tree of `size` leaves, from the leaf's sibling upward."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    return [subtrees(start, end) for start, end in _siblings(index, 0, size)]


def consistency_path(old_size: int, size: int, subtrees: Subtrees) -> list[bytes]:
    """Return the proof that the tree of `size` leaves extends the one of `old_size`. Empty when nothing needs proof."""
    if not 0 <= old_size <= size:
        raise ValueError(f"a tree of {size} leaves does not extend one of {old_size}")
    if old_size in (0, size):
        return []
    return [subtrees(start, end) for start, end in _seam(old_size, 0, size, is_left_edge=True)]


def verify_inclusion(*, index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf hash stands at `index` of the tree with this size and root, or raise `ProofInvalid`."""
    if not 0 <= index < size:
        raise ProofInvalid(f"a tree of {size} leaves has no leaf {index}")
    inner = (index ^ (size - 1)).bit_length()
    border = (index >> inner).bit_count()
    if len(path) != inner + border:
        raise ProofInvalid(f"the inclusion proof has {len(path)} hashes instead of {inner + border}")
    computed = _climb_inside(leaf, path[:inner], index)
    if _climb_border(computed, path[inner:]) != root:
        raise ProofInvalid("the inclusion proof leads to another root")


def verify_consistency(*, old_size: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> None:
    """Check that the tree (size, root) only appends to (old_size, old_root), or raise `ProofInvalid`."""
    if not 0 <= old_size <= size:
        raise ProofInvalid(f"a tree of {size} leaves does not extend one of {old_size}")
    if old_size in (0, size):
        if path:
            raise ProofInvalid("nothing needs proof here, yet hashes are given")
        if old_root != (EMPTY_ROOT if old_size == 0 else root):
            raise ProofInvalid("the old root is not that of this size")
        return
    inner = ((old_size - 1) ^ (size - 1)).bit_length()
    shift = (old_size & -old_size).bit_length() - 1
    inner -= shift
    border = ((old_size - 1) >> (inner + shift)).bit_count()
    # When the old tree is one full subtree, its root is the seed and the proof leaves it out.
    seed, rest = (old_root, path) if old_size == 1 << shift else (path[0] if path else b"", path[1:])
    if len(rest) != inner + border or not seed:
        raise ProofInvalid(f"the consistency proof has {len(path)} hashes, which is not what these sizes need")
    mask = (old_size - 1) >> shift
    old = _climb_border(_climb_right(seed, rest[:inner], mask), rest[inner:])
    if old != old_root:
        raise ProofInvalid("the consistency proof leads to another old root")
    if _climb_border(_climb_inside(seed, rest[:inner], mask), rest[inner:]) != root:
        raise ProofInvalid("the consistency proof leads to another root")


def _full_root(hashes: Sequence[bytes]) -> bytes:
    level = hashes
    while len(level) > 1:
        level = [node_hash(level[i], level[i + 1]) for i in range(0, len(level), 2)]
    return level[0]


def _split(start: int, end: int) -> int:
    return start + (1 << ((end - start - 1).bit_length() - 1))


def _siblings(index: int, start: int, end: int) -> Iterable[tuple[int, int]]:
    """The ranges of leaves beside the way from leaf `index` up to the root over start to end, lowest first."""
    if end - start == 1:
        return
    middle = _split(start, end)
    if index < middle:
        yield from _siblings(index, start, middle)
        yield middle, end
    else:
        yield from _siblings(index, middle, end)
        yield start, middle


def _seam(old_end: int, start: int, end: int, *, is_left_edge: bool) -> Iterable[tuple[int, int]]:
    """The ranges of SUBPROOF in RFC 6962, section 2.1.2. On the left edge the old root itself is left out."""
    if old_end == end:
        if not is_left_edge:
            yield start, end
        return
    middle = _split(start, end)
    if old_end <= middle:
        yield from _seam(old_end, start, middle, is_left_edge=is_left_edge)
        yield middle, end
    else:
        yield from _seam(old_end, middle, end, is_left_edge=False)
        yield start, middle


def _climb_inside(seed: bytes, path: Sequence[bytes], index: int) -> bytes:
    for level, sibling in enumerate(path):
        seed = node_hash(sibling, seed) if (index >> level) & 1 else node_hash(seed, sibling)
    return seed


def _climb_right(seed: bytes, path: Sequence[bytes], index: int) -> bytes:
    for level, sibling in enumerate(path):
        if (index >> level) & 1:
            seed = node_hash(sibling, seed)
    return seed


def _climb_border(seed: bytes, path: Sequence[bytes]) -> bytes:
    for sibling in path:
        seed = node_hash(sibling, seed)
    return seed
