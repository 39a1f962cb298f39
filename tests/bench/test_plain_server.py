"""The measure of a plain server asks for real pages, and says what it needs."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from bench import plain_server

PAGE = b"<!doctype html>" + b"<p>counted</p>" * 500


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    for name in ("one.html", "two.html"):
        (bundle / name).write_bytes(PAGE)
        (bundle / f"{name}.gz").write_bytes(gzip.compress(PAGE))
    return bundle


def test_pages_of_a_folder_are_measured_beside_plain_files_of_their_sizes(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain_server, "SECONDS", 1)
    try:
        served = plain_server.measure(bundle, ["one.html", "two.html"], tmp_path)
    except plain_server.NotInstalled as missing:
        pytest.skip(f"{missing} is not installed here")
    assert served.pages > 0 and served.plain > 0
    sizes = sorted(path.stat().st_size for path in (tmp_path / "plain").iterdir())
    assert sizes == [path.stat().st_size for path in bundle.glob("*.gz")]


def test_a_page_that_is_not_there_is_no_figure(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_server, "SECONDS", 1)
    (bundle / ".two.html").write_bytes(PAGE)
    try:
        with pytest.raises(RuntimeError, match="Non-2xx"):
            plain_server.measure(bundle, ["one.html", ".two.html"], tmp_path)
    except plain_server.NotInstalled as missing:
        pytest.skip(f"{missing} is not installed here")


def test_what_is_missing_is_named(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(plain_server, "PLACES", {"nginx": "/nowhere/nginx", "wrk": "/nowhere/wrk"})
    with pytest.raises(plain_server.NotInstalled, match="nginx"):
        plain_server.measure(bundle, ["one.html"], tmp_path)
