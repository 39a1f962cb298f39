"""The files of a published log that its checkpoint covers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audit.domain.tiles import TILE_HEIGHT, TILE_WIDTH, Tile, levels
from audit.log_folder import LogFolder


class NoLog(Exception):
    """The log has not been published yet."""


@dataclass(frozen=True)
class PublishedLog:
    """A log as of one checkpoint. What the publisher writes while it is read lies beyond its size."""

    folder: LogFolder
    checkpoint: str
    vkey: str
    size: int

    def tiles(self) -> Iterator[tuple[str, bytes]]:
        """Yield the path beneath the log and the bytes of every tile and bundle of a log of this size."""
        for tile in tiles_of(self.size):
            yield tile.path, self.folder.read(tile)


def published_log(folder: LogFolder) -> PublishedLog:
    """Return the log as of the checkpoint it has now. Raises NoLog."""
    checkpoint, vkey = folder.checkpoint(), folder.vkey()
    if checkpoint is None or vkey is None:
        raise NoLog
    # The note was signed by the log itself; its second line is the size (C2SP tlog-checkpoint).
    return PublishedLog(folder, checkpoint, vkey, int(checkpoint.split("\n")[1]))


def tiles_of(size: int) -> Iterator[Tile]:
    """Yield the hash tiles of every level and the bundles of entries of a log of this size, partial ones last."""
    for level in range(levels(size)):
        hashes = size >> (TILE_HEIGHT * level)
        for tile in _row(level, hashes):
            yield tile
            if level == 0:
                yield Tile(None, tile.number, tile.width)


def _row(level: int, hashes: int) -> Iterator[Tile]:
    full, rest = divmod(hashes, TILE_WIDTH)
    for number in range(full):
        yield Tile(level, number)
    if rest:
        yield Tile(level, full, rest)
