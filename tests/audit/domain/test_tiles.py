from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.domain.merkle import (
    consistency_path,
    inclusion_path,
    leaf_hash,
    root_of_hashes,
    subtrees_of_hashes,
)
from audit.domain.tiles import (
    Edge,
    NotATile,
    Tile,
    bundle,
    bundle_entries,
    bundle_hashes,
    edge_of_tiles,
    edge_tiles,
    extend,
    parse_path,
    subtrees_of_tiles,
)

LEAVES = [leaf_hash(str(number).encode()) for number in range(70_000)]
SIZES = st.integers(0, 1200) | st.sampled_from([255, 256, 257, 65_535, 65_536, 65_537, 66_000])


def tiles_of(size: int) -> dict[Tile, bytes]:
    edge, filled = extend(Edge(), LEAVES[:size])
    return filled | edge_tiles(edge)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(1, 0, 17), "tile/1/000.p/17"),
        (Tile(None, 273, 112), "tile/entries/273.p/112"),
        (Tile(None, 1000), "tile/entries/x001/000"),
        (Tile(63, 5, 255), "tile/63/005.p/255"),
    ],
)
def test_a_tile_has_one_path(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert parse_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/-1/000", "tile/0/x000/001", "tile/0/001/002",
        "tile/0/x001/x002", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/999", "tile/0/000/",
        "tile/0/../checkpoint", "tile/entries/../../key", "tile/0/000\n", "tile/0/٠٠٠", "tile/x/000", "/etc/passwd", "",
    ],
)  # fmt: skip
def test_any_other_path_names_no_tile(path: str) -> None:
    with pytest.raises(NotATile):
        parse_path(path)


@given(st.integers(0, 2**50), st.integers(1, 256), st.none() | st.integers(0, 63))
def test_every_tile_is_found_by_its_path(number: int, width: int, level: int | None) -> None:
    assert parse_path(Tile(level, number, width).path) == Tile(level, number, width)


def test_seventy_thousand_entries_make_the_tiles_the_specification_counts() -> None:
    tiles = tiles_of(70_000)
    full = Counter(tile.level for tile in tiles if tile.width == 256)
    assert full == {0: 273, 1: 1}
    assert {tile for tile in tiles if tile.width < 256} == {Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)}


@settings(deadline=None)
@given(SIZES)
def test_the_edge_has_the_root_of_the_tree(size: int) -> None:
    edge, _ = extend(Edge(), LEAVES[:size])
    assert edge.root() == root_of_hashes(LEAVES[:size])


@settings(deadline=None)
@given(st.lists(st.integers(0, 700), max_size=6))
def test_growing_in_steps_makes_what_growing_at_once_makes(steps: list[int]) -> None:
    edge = Edge()
    tiles: dict[Tile, bytes] = {}
    for step in steps:
        edge, filled = extend(edge, LEAVES[edge.size : edge.size + step])
        assert not tiles.keys() & filled.keys()
        tiles |= filled
    assert (edge, tiles) == extend(Edge(), LEAVES[: sum(steps)])


@settings(deadline=None)
@given(SIZES)
def test_the_edge_is_found_again_in_the_tiles(size: int) -> None:
    edge, filled = extend(Edge(), LEAVES[:size])
    assert edge_of_tiles(size, (filled | edge_tiles(edge)).__getitem__) == edge


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_proofs_from_tiles_are_those_from_leaves(data: st.DataObject) -> None:
    size = data.draw(SIZES.filter(bool))
    index = data.draw(st.integers(0, size - 1))
    from_tiles = subtrees_of_tiles(size, tiles_of(size).__getitem__)
    from_leaves = subtrees_of_hashes(LEAVES[:size])
    assert inclusion_path(index, size, from_tiles) == inclusion_path(index, size, from_leaves)
    assert consistency_path(index, size, from_tiles) == consistency_path(index, size, from_leaves)


def test_a_proof_reads_a_handful_of_tiles_however_large_the_log() -> None:
    tiles = tiles_of(70_000)
    read: list[Tile] = []

    def reading(tile: Tile) -> bytes:
        read.append(tile)
        return tiles[tile]

    inclusion_path(33_333, 70_000, subtrees_of_tiles(70_000, reading))
    assert len(set(read)) <= 6


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_gives_its_entries_back(entries: list[bytes]) -> None:
    assert bundle_entries(bundle(entries)) == entries
    assert bundle_hashes(bundle(entries)) == [leaf_hash(entry) for entry in entries]


@pytest.mark.parametrize("torn", [b"\x00", b"\x00\x05four"])
def test_a_torn_bundle_is_refused(torn: bytes) -> None:
    with pytest.raises(NotATile):
        bundle_entries(torn)


def test_a_torn_hash_tile_is_refused() -> None:
    with pytest.raises(NotATile):
        edge_of_tiles(3, lambda _tile: bytes(95))
