from __future__ import annotations

import pytest

from audit.domain.merkle import leaf_hash
from audit.domain.tiles import Edge, Tile, bundle, edge_tiles, extend
from audit.log_folder import LogFolder, PublishedDiffers


def test_what_is_written_is_read_back(log_folder: LogFolder) -> None:
    tiles = {Tile(0, 1234067): b"a" * 32, Tile(None, 0, 1): b"\x00\x01x"}
    log_folder.write(tiles)
    assert {tile: log_folder.read(tile) for tile in tiles} == tiles
    assert (log_folder.folder / "tile/0/x001/x234/067").read_bytes() == b"a" * 32


def test_the_same_bytes_again_change_nothing(log_folder: LogFolder) -> None:
    log_folder.write({Tile(0, 0): b"a"})
    before = (log_folder.folder / "tile/0/000").stat()
    log_folder.write({Tile(0, 0): b"a"})
    assert (log_folder.folder / "tile/0/000").stat().st_ino == before.st_ino


def test_other_bytes_for_a_published_path_are_refused_and_nothing_else_is_written(log_folder: LogFolder) -> None:
    log_folder.write({Tile(0, 1): b"a"})
    with pytest.raises(PublishedDiffers, match="tile/0/001"):
        log_folder.write({Tile(0, 0): b"new", Tile(0, 1): b"b"})
    assert log_folder.read(Tile(0, 1)) == b"a"
    with pytest.raises(FileNotFoundError):
        log_folder.read(Tile(0, 0))


def test_a_checkpoint_is_replaced_whole(log_folder: LogFolder) -> None:
    assert log_folder.checkpoint() is None
    log_folder.publish_vkey("v")
    log_folder.publish_checkpoint("one\n")
    log_folder.publish_checkpoint("two\n")
    assert log_folder.checkpoint() == "two\n"
    assert sorted(path.name for path in log_folder.folder.iterdir()) == ["checkpoint", "vkey"]


def test_seventy_thousand_entries_make_the_files_the_specification_counts(log_folder: LogFolder) -> None:
    entries = [str(number).encode() for number in range(70_000)]
    edge, filled = extend(Edge(), [leaf_hash(entry) for entry in entries])
    bundles = {
        Tile(None, start // 256, len(entries[start : start + 256])): bundle(entries[start : start + 256])
        for start in range(0, 70_000, 256)
    }
    log_folder.write(filled | edge_tiles(edge) | bundles)

    names = {level: sorted(tiles_in(log_folder, level)) for level in ("0", "1", "2", "entries")}
    full = [f"{number:03}" for number in range(273)]
    assert names == {
        "0": [*full, "273.p/112"],
        "1": ["000", "001.p/17"],
        "2": ["000.p/1"],
        "entries": [*full, "273.p/112"],
    }


def tiles_in(log_folder: LogFolder, level: str) -> list[str]:
    folder = log_folder.folder / "tile" / level
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
