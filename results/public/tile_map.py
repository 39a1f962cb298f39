"""Areas as tiles of a grid: every region is as large as any other, and lies about where it lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

TILE, GAP = 100, 8
STEP = TILE + GAP


@dataclass(frozen=True)
class TileMap:
    """A drawing in units of which a tile is 100 wide, and the upper left corner of each tile in it."""

    width: int
    height: int
    corners: list[tuple[int, int]]


def tile_map(places: Sequence[tuple[int | None, int | None]]) -> TileMap | None:
    """Draw tiles at these columns and rows; None if any has no place of its own."""
    known = [(x, y) for x, y in places if x is not None and y is not None]
    if len(known) < len(places) or len(known) < 2 or len(set(known)) < len(known):  # noqa: PLR2004
        return None
    left, top = min(x for x, _ in known), min(y for _, y in known)
    corners = [((x - left) * STEP, (y - top) * STEP) for x, y in known]
    return TileMap(max(x for x, _ in corners) + TILE, max(y for _, y in corners) + TILE, corners)
