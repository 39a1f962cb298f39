"""The published folder holds what the log holds, file by file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from audit.domain.tiles import Edge, Tile, bundle, edge_tiles, extend
from audit.log_folder import LogFolder
from results.verification.log import Checkpoint, Log
from results.verification.published import check_published, look_at
from results.verification.report import sentence
from results.verification.verdict import Differences, Verdict
from tests.results.verification.conftest import Night
from verifier.hattama_verify import Tree, leaf_of

pytestmark = pytest.mark.django_db(transaction=True)


def said(verdict: Verdict) -> str:
    return "\n".join(sentence(difference) for difference in verdict.differences)


def largest(folder: Path, pattern: str) -> Path:
    return max(folder.glob(pattern), key=lambda path: int(path.name))


def flip_a_bit(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def test_a_changed_bundle_is_found_at_its_entry(night: Night) -> None:
    bundle = largest(night.log_dir, "tile/entries/000.p/*")
    flip_a_bit(bundle, 10)
    assert f"log folder (path {bundle.relative_to(night.log_dir)}): hash 0" in said(night.verify())


def test_a_bundle_cut_short_is_found(night: Night) -> None:
    bundle = largest(night.log_dir, "tile/entries/000.p/*")
    bundle.write_bytes(bundle.read_bytes()[:-1])
    assert str(bundle.relative_to(night.log_dir)) in said(night.verify())


def test_a_changed_tile_is_found_at_its_hash(night: Night) -> None:
    tile = largest(night.log_dir, "tile/0/000.p/*")
    flip_a_bit(tile, 3 * 32)
    assert f"log folder (path {tile.relative_to(night.log_dir)}): hash 3" in said(night.verify())


def test_a_missing_tile_is_found(night: Night) -> None:
    tile = largest(night.log_dir, "tile/0/000.p/*")
    tile.unlink()
    assert f"log folder (path {tile.relative_to(night.log_dir)}): file: expected a file" in said(night.verify())


def test_a_tile_of_events_that_are_not_in_the_database_is_found(night: Night) -> None:
    (night.log_dir / "tile/0/001").write_bytes(bytes(256 * 32))
    (night.log_dir / "tile/5").mkdir()
    (night.log_dir / "tile/5/000").write_bytes(bytes(256 * 32))
    assert "audit_logindex (path tile/0/001): events" in said(night.verify())
    assert "audit_logindex (path tile/5/000): events" in said(night.verify())


def test_a_file_that_is_no_tile_is_found(night: Night) -> None:
    (night.log_dir / "tile/0/leak.txt").write_text("figures")
    assert "log folder (path tile/0/leak.txt): name" in said(night.verify())


def test_a_database_behind_what_is_published_is_found(night: Night) -> None:
    night.tamper(
        "DELETE FROM audit_checkpoint WHERE size = (SELECT max(size) FROM audit_checkpoint)",
        "DELETE FROM audit_logindex WHERE index >= (SELECT max(size) FROM audit_checkpoint)",
    )
    assert "audit_logindex (-): number of events: expected at least" in said(night.verify())


def test_another_published_key_than_the_one_known_is_found(night: Night) -> None:
    vkey = (night.log_dir / "vkey").read_text().strip()
    (night.log_dir / "vkey").write_text("other+00000000+AAAA\n")
    assert "log folder (-): vkey" in said(night.verify(vkey=vkey))


def test_a_checkpoint_nobody_signed_is_found(night: Night) -> None:
    path = night.log_dir / "checkpoint"
    text, signatures = path.read_text().split("\n\n")
    path.write_text(text + "\n\n" + signatures.replace("— ", "— x"))
    assert "log folder (size" in said(night.verify())
    path.write_text("nothing")
    assert "log folder (-): checkpoint: expected a signed checkpoint" in said(night.verify())


def test_without_folder_and_key_the_verdict_says_what_is_not_checked(night: Night, tmp_path: Path) -> None:
    verdict = night.verify(log_dir=tmp_path / "nowhere")
    assert verdict.ok and verdict.unchecked == ("signatures", "log_folder")


def test_a_log_with_several_levels_of_tiles_is_read_whole(tmp_path: Path) -> None:
    entries = [str(number).encode() for number in range(66_000)]
    log, differences, counts = Log(), Differences(), Counter[str]()
    log.tree = Tree(b"".join(map(leaf_of, entries)))
    log.checkpoints = [Checkpoint(log.tree.size, log.tree.root(), "")]
    edge, tiles = extend(Edge(), [leaf_of(entry) for entry in entries])
    bundles = {
        Tile(None, at // 256, len(entries[at : at + 256])): bundle(entries[at : at + 256])
        for at in range(0, len(entries), 256)
    }
    LogFolder(tmp_path).write(tiles | edge_tiles(edge) | bundles)
    published = look_at(tmp_path)
    assert published is not None
    check_published(published, log, None, differences, counts)
    assert (differences.first, counts["files"]) == ([], 2 * 258 + 2 + 1)
    flip_a_bit(tmp_path / "tile/2/000.p/1", 0)
    (tmp_path / "tile/1/000").unlink()
    check_published(published, log, None, differences, counts)
    assert [dict(difference.place)["path"] for difference in differences.first] == ["tile/2/000.p/1", "tile/1/000"]
