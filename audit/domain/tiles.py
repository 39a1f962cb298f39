"""The tree cut into tiles, and the entries into bundles, as C2SP tlog-tiles lays them out.

A hash tile holds up to 256 hashes: at level 0 of leaves, at level L + 1 the roots of full tiles of level L. An entry
bundle holds the up to 256 entries beneath the level-0 tile of the same number. A tree's right edge is the partial
tile of each level; with it the tree can be extended without reading anything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from audit.domain.merkle import HASH_BYTES, Subtrees, join, leaf_hash, root_of_hashes, roots_of_full_parts

TILE_WIDTH = 256
TILE_HEIGHT = 8
HIGHEST_LEVEL = 63

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<number>(?:x[0-9]{3}/){0,6}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


class NotATile(ValueError):
    """The path names no tile, or the bytes are not those of one."""


@dataclass(frozen=True, slots=True)
class Tile:
    """The place of a tile: level (None: a bundle of entries), number from the left, width (256: a full one)."""

    level: int | None
    number: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """The path beneath the log's prefix, such as tile/0/x001/x234/067 or tile/entries/273.p/112."""
        level = "entries" if self.level is None else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_number_in_groups(self.number)}{partial}"


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a tree: at level L the size // 256^L mod 256 hashes that are in no full tile yet."""

    size: int = 0
    levels: tuple[tuple[bytes, ...], ...] = ()

    def root(self) -> bytes:
        """Return the RFC 6962 root of the whole tree."""
        return join([root for level in reversed(self.levels) for root in roots_of_full_parts(level)])


def parse_path(path: str) -> Tile:
    """Return the tile that the path names in the one way it may be written, or raise `NotATile`."""
    matched = _PATH.fullmatch(path)
    if not matched:
        raise NotATile(path)
    level = None if matched["level"] == "entries" else int(matched["level"])
    number = int(matched["number"].replace("x", "").replace("/", ""))
    tile = Tile(level, number, int(matched["width"] or TILE_WIDTH))
    if tile.path != path or (level or 0) > HIGHEST_LEVEL or tile.width > TILE_WIDTH:
        raise NotATile(path)
    return tile


def partial_tiles(size: int) -> Iterator[Tile]:
    """Yield the partial hash tile of each level of a tree of this size, lowest first. Empty tiles do not exist."""
    for level in range(levels(size)):
        number, width = divmod(size >> (TILE_HEIGHT * level), TILE_WIDTH)
        if width:
            yield Tile(level, number, width)


def levels(size: int) -> int:
    """Return how many levels of hash tiles a tree of this size has."""
    return -(-size.bit_length() // TILE_HEIGHT)


def edge_of_tiles(size: int, read: Callable[[Tile], bytes]) -> Edge:
    """Return the right edge of the tree of this size from its partial tiles. `read` gives a tile's bytes."""
    found = {tile.level: tuple(tile_hashes(read(tile), tile)) for tile in partial_tiles(size)}
    return Edge(size, tuple(found.get(level, ()) for level in range(levels(size))))


def extend(edge: Edge, leaves: Sequence[bytes]) -> tuple[Edge, dict[Tile, bytes]]:
    """Append leaf hashes. Return the new edge and every full tile that they filled, with its bytes.

    Feeding leaves in one piece or in many gives the same edge and the same tiles.
    """
    size = edge.size + len(leaves)
    filled: dict[Tile, bytes] = {}
    new_levels = []
    arriving: Sequence[bytes] = leaves
    for level in range(levels(size)):
        before = edge.levels[level] if level < len(edge.levels) else ()
        hashes = [*before, *arriving]
        first = (edge.size >> (TILE_HEIGHT * level)) // TILE_WIDTH
        full = len(hashes) // TILE_WIDTH
        pieces = [hashes[i * TILE_WIDTH : (i + 1) * TILE_WIDTH] for i in range(full)]
        filled.update({Tile(level, first + i): b"".join(piece) for i, piece in enumerate(pieces)})
        new_levels.append(tuple(hashes[full * TILE_WIDTH :]))
        arriving = [root_of_hashes(piece) for piece in pieces]
    return Edge(size, tuple(new_levels)), filled


def edge_tiles(edge: Edge) -> dict[Tile, bytes]:
    """Return the partial tiles of the edge with their bytes."""
    return {tile: b"".join(edge.levels[tile.level or 0]) for tile in partial_tiles(edge.size)}


def tiles_beneath(tile: Tile) -> list[Tile]:
    """Return the full tiles of the level beneath whose roots this hash tile holds. Leaves have none."""
    if not tile.level:
        return []
    return [Tile(tile.level - 1, tile.number * TILE_WIDTH + place) for place in range(tile.width)]


def tile_hashes(content: bytes, tile: Tile) -> list[bytes]:
    """Cut a hash tile's bytes into its hashes, or raise `NotATile` when the length is not the tile's."""
    if len(content) != tile.width * HASH_BYTES:
        raise NotATile(f"{tile.path} has {len(content)} bytes")
    return [content[i : i + HASH_BYTES] for i in range(0, len(content), HASH_BYTES)]


def bundle(entries: Sequence[bytes]) -> bytes:
    """Return the bundle of these entries: for each a big-endian uint16 length, then its bytes."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def bundle_entries(content: bytes) -> list[bytes]:
    """Cut a bundle into its entries, or raise `NotATile` when it ends within one."""
    entries = []
    at = 0
    while at < len(content):
        start = at + 2
        at = start + int.from_bytes(content[at:start], "big")
        if at > len(content) or start > len(content):
            raise NotATile("the bundle ends within an entry")
        entries.append(content[start:at])
    return entries


def bundle_hashes(content: bytes) -> list[bytes]:
    """Return the leaf hashes of a bundle's entries: the content of the level-0 tile above it."""
    return [leaf_hash(entry) for entry in bundle_entries(content)]


def subtrees_of_tiles(size: int, read: Callable[[Tile], bytes]) -> Subtrees:
    """Return the `Subtrees` of a tree of this size that reads the few tiles a proof needs."""

    def hashes(level: int, start: int, end: int) -> list[bytes]:
        number, at = divmod(start, TILE_WIDTH)
        in_level = size >> (TILE_HEIGHT * level)
        tile = Tile(level, number, min(TILE_WIDTH, in_level - number * TILE_WIDTH))
        return tile_hashes(read(tile), tile)[at : at + end - start]

    def full(start: int, height: int) -> bytes:
        level = height // TILE_HEIGHT
        unit = TILE_HEIGHT * level
        return root_of_hashes(hashes(level, start >> unit, (start + (1 << height)) >> unit))

    def subtree(start: int, end: int) -> bytes:
        roots = []
        while start < end:
            height = (end - start).bit_length() - 1
            roots.append(full(start, height))
            start += 1 << height
        return join(roots)

    return subtree


def _number_in_groups(number: int) -> str:
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03}")
    return "/".join(reversed(groups))
