"""The growing tree is that of RFC 6962, computed here by the recursion the RFC writes down."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from results.verification.merkle import GrowingTree, leaf_of, roots_of_full


def root_by_the_rfc(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha256(b"\x01" + root_by_the_rfc(leaves[:split]) + root_by_the_rfc(leaves[split:])).digest()


@given(st.lists(st.binary(max_size=4), max_size=70))
def test_after_each_leaf_the_root_is_that_of_the_rfc(entries: list[bytes]) -> None:
    tree = GrowingTree()
    assert tree.root() == root_by_the_rfc([])
    leaves = [sha256(b"\x00" + entry).digest() for entry in entries]
    for size, entry in enumerate(entries, start=1):
        tree.append(leaf_of(entry))
        assert tree.root() == root_by_the_rfc(leaves[:size])
    assert bytes(tree.leaves) == b"".join(leaves)


@given(st.integers(0, 40), st.sampled_from([1, 2, 4, 8]))
def test_full_runs_have_the_roots_of_the_rfc_and_the_rest_has_none(count: int, width: int) -> None:
    leaves = [leaf_of(bytes([number])) for number in range(count)]
    runs = [leaves[at : at + width] for at in range(0, count - count % width, width)]
    assert roots_of_full(b"".join(leaves), width) == b"".join(map(root_by_the_rfc, runs))
