"""Files that are whole or not there at all."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

UNFINISHED = ".unfinished"
# A text's neighbour that web servers hand out to who reads it so.
COMPRESSED = ".gz"
_LEVEL = 6


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Give a file to write; `path` holds its old content until the block is left without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}{UNFINISHED}")
    try:
        with unfinished.open("w+b") as file:
            yield file
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def write_whole(path: Path, pieces: Iterable[bytes]) -> int:
    """Write the pieces to `path`, which holds its old content until the last piece is there. Return the bytes."""
    with whole_file(path) as file:
        for piece in pieces:
            file.write(piece)
        return file.tell()


def write_if_different(path: Path, content: bytes) -> bool:
    """Write `content` to `path` unless it holds just that; say whether it was written."""
    if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
        return False
    write_whole(path, [content])
    return True


def compressed(content: bytes) -> bytes:
    """Return the content compressed: same content, same bytes."""
    return gzip.compress(content, _LEVEL, mtime=0)


def write_with_compressed(path: Path, content: bytes) -> bool:
    """Write `content` to `path`, and before it the same compressed, unless they are there; say whether it was new."""
    write_if_different(path.with_name(path.name + COMPRESSED), compressed(content))
    return write_if_different(path, content)
