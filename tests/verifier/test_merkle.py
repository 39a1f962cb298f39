"""The tree is that of RFC 6962, computed here by the recursion the RFC writes down."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from verifier.hattama_verify import TileName, Tree, leaf_of, needed_tiles, root_by_path


def root_by_the_rfc(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha256(b"\x01" + root_by_the_rfc(leaves[:split]) + root_by_the_rfc(leaves[split:])).digest()


@given(st.lists(st.binary(max_size=4), max_size=70))
def test_over_each_first_run_of_leaves_the_root_is_that_of_the_rfc(entries: list[bytes]) -> None:
    leaves = [sha256(b"\x00" + entry).digest() for entry in entries]
    tree = Tree(b"".join(map(leaf_of, entries)))
    assert tree.size == len(entries)
    for size in range(len(entries) + 1):
        assert tree.root(size) == root_by_the_rfc(leaves[:size])


@given(st.integers(1, 70).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))))
def test_an_inclusion_proof_leads_to_the_root_and_to_no_other(place: tuple[int, int]) -> None:
    size, index = place
    leaves = [leaf_of(bytes([number])) for number in range(size + 3)]
    path = Tree(b"".join(leaves)).path(index, size)
    root = root_by_the_rfc(leaves[:size])
    assert root_by_path(leaves[index], index, size, path) == root
    assert root_by_path(leaves[index + 1], index, size, path) != root
    assert root_by_path(leaves[index], index, size, [*path, root]) is None
    if path:
        assert root_by_path(leaves[index], index, size, path[:-1]) is None
        assert root_by_path(leaves[index], index ^ 1, size, path) != root


def test_tiles_hold_the_roots_of_full_tiles_beneath_them() -> None:
    leaves = [leaf_of(number.to_bytes(2, "big")) for number in range(600)]
    tree = Tree(b"".join(leaves))
    assert tree.tile(0, 2, 88) == b"".join(leaves[512:])
    assert tree.tile(1, 0, 2) == root_by_the_rfc(leaves[:256]) + root_by_the_rfc(leaves[256:512])
    assert tree.tile(1, 0, 3) == tree.tile(1, 0, 2) and tree.tile(2, 0, 1) == b""


def test_a_checkpoint_needs_the_tiles_that_the_format_names() -> None:
    paths = [tile.path for tile in needed_tiles(70_000)]
    assert len(paths) == 2 * 274 + 2 + 1
    assert {"tile/entries/273.p/112", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"} < set(
        paths
    )
    assert TileName(0, 1_234_067, 256).path == "tile/0/x001/x234/067"
    assert all(TileName.of(tile.path) == tile for tile in needed_tiles(70_000))
    assert TileName.of("tile/0/../001") is None
