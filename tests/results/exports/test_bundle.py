"""The bundle is all an outsider needs, and nothing before its time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from audit.domain.canonical import canonical_bytes
from audit.domain.notes import SigningKey
from audit.domain.tiles import Edge, Tile, edge_tiles, extend
from audit.log_folder import LogFolder
from audit.services import set_disclosure
from results.exports.bundle import PackageMissing, Written, write_bundle, write_public_log_head
from results.exports.log_files import NoLog, tiles_of
from results.exports.manifest import bundle_key
from results.exports.selectors import Issuer
from results.publication.services import publish_bulletin
from stations.services.packages import package_path
from tests import scene
from tests.audit.published import read_published
from tests.results.exports.published import PublishedNight
from tests.results.verification.conftest import publish_log

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])

ISSUER = Issuer("Central Election Commission", "CEC")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def bundle(night: PublishedNight, out: Path) -> dict[str, int]:
    """Write the bundle; return how many files of each part were new or different."""
    return dict(+write(night, out).changed)


def write(night: PublishedNight, out: Path, *, with_downloads: bool = False) -> Written:
    """Write the bundle; the ready-made files are not what most of these tests are about."""
    return write_bundle(
        out, log_folder=LogFolder(night.log_dir), issuer=ISSUER, key=key(night), with_downloads=with_downloads
    )


def key(night: PublishedNight) -> SigningKey:
    return bundle_key(night.log_dir.parent / "bundle-key" / "key", "hattama.test/log")


def files(out: Path) -> Iterator[Path]:
    return (path for path in out.rglob("*") if path.is_file() and not path.name.startswith("."))


def load(path: Path) -> Any:
    return json.loads(path.read_text())


def test_the_log_of_the_bundle_is_a_whole_log(night: PublishedNight, out: Path) -> None:
    bundle(night, out)
    log = read_published(out / "log")
    assert log.note == (night.log_dir / "checkpoint").read_text()
    assert log.size > night.bulletin.checkpoint_id


def test_a_snapshots_file_holds_all_that_its_hash_is_computed_from(night: PublishedNight, out: Path) -> None:
    bundle(night, out)
    path = out / load(out / "latest.json")["elections"]["test-2026"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() in path.name
    snapshot = load(path)
    assert (snapshot["election"], snapshot["kind"], snapshot["number"]) == ("test-2026", "bulletin", 1)
    assert snapshot["synthetic"] is True
    contests = snapshot["contests"]
    content = {
        "tallies": sorted(
            [code, area, tally["figures"], tally["stations"]]
            for code, contest in contests.items()
            for area, tally in contest["tallies"].items()
        ),
        "seats": {code: contest["allocation"]["seats"] for code, contest in contests.items()},
    }
    assert hashlib.sha256(canonical_bytes(content)).hexdigest() == snapshot["content_sha256"]
    nation = dict(zip(contests["list"]["codes"], contests["list"]["tallies"]["kz"]["figures"], strict=True))
    assert nation["votes:a"] == 720
    assert contests["list"]["allocation"]["steps"]


def test_a_snapshots_checkpoint_and_hash_are_in_the_log_beside_it(night: PublishedNight, out: Path) -> None:
    bundle(night, out)
    snapshot = load(next((out / "snapshots" / "test-2026").iterdir()))
    entries = [json.loads(entry) for entry in read_published(out / "log").entries]
    (published,) = [entry for entry in entries if entry["kind"] == "bulletin.published"]
    assert published["body"]["content_sha256"] == snapshot["content_sha256"]
    assert published["body"]["checkpoint"]["size"] == snapshot["checkpoint"]["size"]
    assert snapshot["checkpoint"]["note"].split("\n")[2] == snapshot["checkpoint"]["root"]


def test_the_package_is_the_one_that_the_log_names(night: PublishedNight, out: Path) -> None:
    bundle(night, out)
    (package,) = (out / "log" / "election").iterdir()
    assert package.stem == hashlib.sha256(package.read_bytes()).hexdigest() == night.election.package_sha256


def test_the_manifest_names_every_file_with_its_hash(night: PublishedNight, out: Path) -> None:
    bundle(night, out)
    found = {path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files(out)}
    del found["manifest.json"], found["manifest.note"]
    assert load(out / "manifest.json") == {"files": found}


def test_a_bundle_brought_up_to_date_rewrites_only_what_is_new(night: PublishedNight, out: Path) -> None:
    bundle(night, out)
    before = {path: path.stat().st_mtime_ns for path in files(out)}
    assert bundle(night, out) == {}
    assert {path: path.stat().st_mtime_ns for path in files(out)} == before
    publish_bulletin(election=night.election, by=scene.person("cec"), now=scene.NOW)
    publish_log(night.log_dir.parent)
    changed = bundle(night, out)
    assert changed["snapshots"] == 1
    assert "packages" not in changed
    assert "bulletin-2." in load(out / "latest.json")["elections"]["test-2026"]
    assert len(list((out / "snapshots" / "test-2026").iterdir())) == 2, "what was published stays"
    assert set(before) <= set(files(out))


def test_a_file_that_was_damaged_is_written_again(night: PublishedNight, out: Path) -> None:
    bundle(night, out)
    key = (out / "log" / "vkey").read_bytes()
    (out / "log" / "vkey").write_bytes(b"x" * len(key))
    assert bundle(night, out) == {"log": 1}
    assert (out / "log" / "vkey").read_bytes() == key


def test_a_log_that_grows_while_it_is_copied_is_copied_as_of_its_checkpoint(night: PublishedNight, out: Path) -> None:
    folder = LogFolder(night.log_dir)
    folder.write({Tile(0, 0, 256): bytes(256 * 32), Tile(None, 0, 256): bytes(10)})
    bundle(night, out)
    assert not (out / "log" / "tile" / "0" / "000").exists(), "the publisher has not signed it yet"
    read_published(out / "log")


@given(st.integers(0, 70_000))
def test_a_logs_tiles_are_those_that_the_publisher_writes(size: int) -> None:
    edge, filled = extend(Edge(), [bytes(32)] * size)
    hashes = set(filled) | set(edge_tiles(edge))
    wanted = list(tiles_of(size))
    assert {tile for tile in wanted if tile.level is not None} == hashes
    assert {(t.number, t.width) for t in wanted if t.level is None} == {
        (t.number, t.width) for t in hashes if not t.level
    }
    assert len(wanted) == len(set(wanted))


def test_only_checkpoint_and_key_may_go_out_at_any_time(night: PublishedNight, out: Path) -> None:
    write_public_log_head(out, log_folder=LogFolder(night.log_dir))
    assert {path.relative_to(out).as_posix() for path in files(out)} == {"log/checkpoint", "log/vkey"}


def test_without_a_log_there_is_no_bundle(out: Path, tmp_path: Path) -> None:
    with pytest.raises(NoLog):
        write_bundle(
            out, log_folder=LogFolder(tmp_path / "nowhere"), issuer=ISSUER, key=bundle_key(tmp_path / "key", "test")
        )
    assert not out.exists()


def test_a_package_that_is_gone_is_named(night: PublishedNight, out: Path) -> None:
    path = package_path(night.election.package_sha256)
    path.unlink()
    with pytest.raises(PackageMissing) as raised:
        bundle(night, out)
    assert raised.value.path == path


def test_a_package_is_served_once_figures_are_public(night: PublishedNight, client: Client) -> None:
    address = f"/log/election/{night.election.package_sha256}.zip"
    disclose(night, timedelta(hours=1))
    early = client.get(address)
    assert (early.status_code, early["Cache-Control"]) == (404, "no-store")
    disclose(night, -timedelta(hours=1))
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/zip"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    content = b"".join(answer)
    assert hashlib.sha256(content).hexdigest() == night.election.package_sha256


def test_only_packages_that_the_log_names_are_served(night: PublishedNight, client: Client) -> None:
    disclose(night, -timedelta(hours=1))
    package_path("f" * 64).write_bytes(b"a load that was rolled back")
    for name in ("f" * 64, "0" * 64, "..%2f..%2fsecret-key", night.election.package_sha256.upper()):
        assert client.get(f"/log/election/{name}.zip").status_code == 404


def disclose(night: PublishedNight, after: timedelta) -> None:
    set_disclosure(election=night.election.code, figures_public_from=timezone.now() + after)
