"""The static site: complete, in three languages, small steps, and whole at any moment."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings
from django.db import connection

from aggregation.services import settle
from results.exports import files as export_files
from results.exports.manifest import ManifestInvalid, check_bundle
from results.exports.model import LANGUAGES
from results.exports.site.files import JOURNAL
from results.publication.pausing import pause_publication, resume_publication
from results.publication.services import publish_bulletin
from tests import scene
from tests.packages import valid_figures
from tests.results import evening
from tests.results.exports.published import PublishedNight
from tests.results.exports.test_bundle import files, key, write
from tests.results.verification.conftest import publish_log

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "reader"])

BUNDLE_CONF = Path(settings.BASE_DIR) / "deploy" / "bundle.conf"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class Links(HTMLParser):
    """The addresses that a page leads to, and whether its language is said."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.language = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.language = given.get("lang") or "" if tag == "html" else self.language
        self.found |= {address for name in ("href", "src") if (address := given.get(name))}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture(params=["python", "nginx"])
def served(out: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a plain web server over the bundle."""
    out.mkdir()
    with python_server(out) if request.param == "python" else nginx(out, tmp_path / "nginx") as address:
        yield address


@contextmanager
def nginx(out: Path, folder: Path) -> Iterator[str]:
    """nginx as `deploy/bundle.conf` sets it up."""
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if program is None:
        pytest.skip("nginx is not installed here")
    folder.mkdir()
    port = free_port()
    (folder / "nginx.conf").write_text(
        f"""
        daemon off; pid {folder}/pid; error_log stderr; {"user root;" if os.getuid() == 0 else ""}
        events {{ }}
        http {{
            access_log off;
            {" ".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)}
            server {{ listen 127.0.0.1:{port}; root {out}; include {BUNDLE_CONF}; }}
        }}"""
    )
    with subprocess.Popen([program, "-c", str(folder / "nginx.conf"), "-e", "stderr"]) as process:
        try:
            wait_for(port)
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()


@contextmanager
def python_server(out: Path) -> Iterator[str]:
    """What `python -m http.server` is."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(out)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError(port)


def read(address: str) -> bytes:
    with urllib.request.urlopen(address) as answer:  # noqa: S310  (of this test's own server)
        assert answer.status == 200
        content: bytes = answer.read()
        return content


def pages(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*.html")}


def publish_another(night: PublishedNight) -> None:
    settle()
    publish_log(night.log_dir.parent)
    publish_bulletin(election=night.election, by=scene.person("cec"), now=scene.NOW)
    publish_log(night.log_dir.parent)


def test_every_link_leads_to_a_file_from_the_entrance_to_the_last_station(
    night: PublishedNight, out: Path, served: str
) -> None:
    write(night, out, with_downloads=True)
    seen: dict[str, bytes] = {}
    waiting = [urljoin(served, "index.html")]
    while waiting:
        address = waiting.pop().split("#")[0]
        if address in seen:
            continue
        seen[address] = read(address)
        if address.endswith(".html"):
            waiting += [urljoin(address, link) for link in Links(seen[address].decode()).found]
    reached = {urlsplit(address).path.lstrip("/") for address in seen}
    assert set(pages(out)) <= reached, "no page is an island"
    assert any(path.endswith(".pdf") for path in reached)
    assert {f"elections/test-2026/{language}/places/r2-d2-s2.html" for language in LANGUAGES} <= reached


def test_nginx_gives_out_what_lies_compressed_and_says_how_long_it_may_be_kept(
    night: PublishedNight, out: Path, tmp_path: Path
) -> None:
    write(night, out)
    latest = json.loads((out / "latest.json").read_text())
    kept = {
        "elections/test-2026/kk/index.html": "public, max-age=5",
        "latest.json": "public, max-age=5",
        "log/checkpoint": "public, max-age=5",
        latest["elections"]["test-2026"]: "public, max-age=31536000, immutable",
        "log/tile/0/000.p/" + next((out / "log/tile/0/000.p").iterdir()).name: "public, max-age=31536000, immutable",
    }
    with nginx(out, tmp_path / "nginx") as address:
        for path, expected in kept.items():
            asked = urllib.request.Request(address + path, headers={"Accept-Encoding": "gzip"})  # noqa: S310
            with urllib.request.urlopen(asked) as answer:  # noqa: S310
                assert answer.headers["Cache-Control"] == expected, path
                content = answer.read()
                if answer.headers["Content-Encoding"] == "gzip":
                    content = gzip.decompress(content)
                assert path.endswith(".html") == (answer.headers["Content-Encoding"] == "gzip")
                assert content == (out / path).read_bytes()
        with pytest.raises(urllib.error.HTTPError, match="404"):
            read(f"{address}{JOURNAL}")


def test_links_are_relative_so_that_the_site_works_beneath_any_address(night: PublishedNight, out: Path) -> None:
    write(night, out)
    for content in pages(out).values():
        assert not [link for link in Links(content.decode()).found if link.startswith("/") or "://" in link]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_says_what_it_is_in_its_language(night: PublishedNight, out: Path, language: str) -> None:
    write(night, out)
    page = (out / f"elections/test-2026/{language}/places/r1-d1-s1.html").read_text()
    assert Links(page).language == language
    assert "240" in page
    name = {"en": "Station r1-d1-s1", "kk": "Station r1-d1-s1 (қазақша)", "ru": "Station r1-d1-s1 (по-русски)"}
    assert f"<h1>{name[language]} " in page
    assert "synthetic-band" in page
    assert "badge--preliminary" in page


def test_nothing_that_came_in_after_the_bulletin_is_shown(night: PublishedNight, out: Path) -> None:
    write(night, out)
    late = (out / "elections/test-2026/en/places/r1-d1-s2.html").read_text()
    assert "awaited" in late
    assert "<table" not in late


def test_a_bulletin_that_touches_one_station_rewrites_the_way_to_it_and_no_more(
    night: PublishedNight, out: Path
) -> None:
    publish_another(night)
    write(night, out)
    before = pages(out)
    scene.submit("r2-d1-s2", "okrug", valid_figures({"x": 230, "y": 190, "against_all": 20}))
    publish_another(night)
    changed = write(night, out).changed["pages"]
    after = pages(out)
    # The station, its district and region, the contest, the list of contests, the front page.
    ways = {"places/r2-d1-s2", "places/r2-d1", "places/r2", "contests/okrug", "contests", "index"}
    assert {path for path in after if after[path] != before[path]} == {
        f"elections/test-2026/{language}/{way}.html" for language in LANGUAGES for way in ways
    }
    assert changed == len(ways) * len(LANGUAGES)


def test_only_latest_the_manifest_the_checkpoint_and_pages_ever_change(night: PublishedNight, out: Path) -> None:
    write(night, out, with_downloads=True)
    before = {path: path.read_bytes() for path in files(out)}
    publish_another(night)
    write(night, out, with_downloads=True)
    changed = {path.relative_to(out).as_posix() for path, content in before.items() if path.read_bytes() != content}
    lasting = {path for path in changed if not path.removesuffix(".gz").endswith(".html")}
    assert lasting == {"latest.json", "manifest.json", "manifest.note", "log/checkpoint"}


def test_data_carry_the_hash_of_their_content_in_their_names(night: PublishedNight, out: Path) -> None:
    write(night, out, with_downloads=True)
    named = [*(out / "downloads").rglob("*.*"), *(out / "static").iterdir()]
    assert len(named) >= 9
    for path in named:
        if path.suffix == ".gz":
            assert gzip.decompress(path.read_bytes()) == path.with_suffix("").read_bytes()
        elif path.is_file():
            assert hashlib.sha256(path.read_bytes()).hexdigest()[:16] in path.name
    said = json.loads((out / "latest.json").read_text())["results"]["test-2026"]
    for download in said["downloads"].values():
        assert (out / download["path"]).stat().st_size == download["bytes"]


def test_a_run_that_was_killed_is_taken_up_and_leaves_no_half_file(
    night: PublishedNight, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = night.log_dir.parent / "whole"
    write(night, whole)
    written: list[Path] = []
    really = export_files.write_whole

    def killed(path: Path, pieces: Any) -> int:
        written.append(path)
        if len(written) == 25:
            raise KeyboardInterrupt
        return really(path, pieces)

    monkeypatch.setattr(export_files, "write_whole", killed)
    with pytest.raises(KeyboardInterrupt):
        write(night, out)
    monkeypatch.undo()
    assert not (out / "latest.json").exists(), "what does not lead anywhere yet is not announced"
    for path in files(out):
        assert path.read_bytes() == (whole / path.relative_to(out)).read_bytes()
    with (out / JOURNAL).open("a") as journal:
        journal.write('["elections/half a li')
    write(night, out)
    assert {path.relative_to(out): path.read_bytes() for path in files(out)} == {
        path.relative_to(whole): path.read_bytes() for path in files(whole)
    }


def test_a_page_that_was_damaged_is_written_again(night: PublishedNight, out: Path) -> None:
    write(night, out)
    page = out / "elections/test-2026/kk/index.html"
    good = page.read_bytes()
    page.write_bytes(good.replace(b"720", b"999"))
    assert write(night, out).changed["pages"] == 1
    assert page.read_bytes() == good


def test_the_manifest_is_signed_and_finds_what_was_changed_or_left_out(night: PublishedNight, out: Path) -> None:
    write(night, out)
    verifier = key(night).verifier
    assert (out / "manifest.vkey").read_text().strip() == str(verifier)
    assert check_bundle(out, verifier) > 30
    page = out / "elections/test-2026/kk/places/r1.html"
    page.write_bytes(page.read_bytes() + b" ")
    with pytest.raises(ManifestInvalid, match=r"places/r1\.html"):
        check_bundle(out, verifier)
    manifest = out / "manifest.json"
    said = json.loads(manifest.read_text())
    said["files"]["elections/test-2026/kk/places/r1.html"] = hashlib.sha256(page.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(said))
    with pytest.raises(ManifestInvalid, match=r"manifest\.json"):
        check_bundle(out, verifier)


def test_the_pages_hold_the_figures_of_the_snapshot(night: PublishedNight, out: Path) -> None:
    write(night, out)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT figures FROM results_snapshottally tally JOIN stations_area area ON area.id = tally.area_id "
            "JOIN stations_contest contest ON contest.id = tally.contest_id "
            "WHERE tally.snapshot_id = %s AND area.code = 'r1' AND contest.code = 'list'",
            [night.bulletin.pk],
        )
        (figures,) = cursor.fetchone()
    page = (out / "elections/test-2026/en/places/r1.html").read_text()
    for votes in figures[-4:]:
        assert f'<td class="num">{votes}</td>' in page


def test_a_pause_of_publication_stands_on_the_front_page_with_its_reason(night: PublishedNight, out: Path) -> None:
    write(night, out)
    member = evening.member("cec", night.election)
    pause_publication(election=night.election, reason="a fault in the count", by=member, now=scene.NOW)
    publish_log(night.log_dir.parent)
    assert write(night, out).changed["pages"] == len(LANGUAGES)
    assert "a fault in the count" in (out / "elections/test-2026/en/index.html").read_text()
    resume_publication(election=night.election, by=member, now=scene.NOW)
    publish_log(night.log_dir.parent)
    write(night, out)
    assert "a fault in the count" not in (out / "elections/test-2026/en/index.html").read_text()
