"""The public bundle: site, data, packages and the log as static files that any web server or mirror can hand out.

A file is written whole, and only when its bytes are not there yet; what is published is never taken away. Data carry
their hash in their names and never change; pages stand at lasting addresses and are written anew when what they tell
does. The log's checkpoint is written after everything it covers, `latest.json` after what it points to, the manifest
and the note on it last (ADR 13).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from audit.domain.notes import SigningKey
from audit.event_schemas import schema_files, schema_index
from audit.log_folder import LogFolder
from results.exports.downloads import ALL, Download, make_downloads
from results.exports.files import write_if_different, write_whole, write_with_compressed
from results.exports.licence import licence
from results.exports.log_files import PublishedLog, published_log
from results.exports.manifest import MANIFEST, NOTE, VKEY, manifest_of, note_on
from results.exports.model import LANGUAGES, ExportedResult, StationState
from results.exports.packages import packages_in_the_log
from results.exports.selectors import Issuer, published_result
from results.exports.site.beside import Cell, Picture, beside, photographs_of
from results.exports.site.files import build, search_script, style_sheet, write_site
from results.exports.site.pages import Site
from results.exports.site.telling import Assets, Downloadable, photograph_path
from results.exports.snapshot_file import snapshot_file
from results.models import Snapshot
from results.public.log import VERIFIER
from results.public.palette import style_sheet as colour_sheet
from results.public.registry import colours_of
from results.public.search import index_of
from results.publication.selectors import newest, pause_of, published
from stations.models import Contest, Election
from stations.services.packages import package_path
from tallies.photographs.store import open_stored

LOG = "log"
SNAPSHOTS = "snapshots"
DOWNLOADS = "downloads"
PAGES = "pages"
PHOTOGRAPHS = "photographs"
LATEST = "latest.json"
ENTRANCE = "index.html"


class PackageMissing(Exception):
    """A package that the log names is not kept where it should be."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


@dataclass
class Written:
    """How many files of each part the bundle has, and how many of them are new or different."""

    files: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)

    def put(self, part: str, path: Path, content: bytes) -> None:
        self.files[part] += 1
        self.changed[part] += write_if_different(path, content)

    def put_text(self, part: str, path: Path, content: bytes) -> None:
        """Put a text that browsers read, compressed beside it."""
        self.files[part] += 1
        self.changed[part] += write_with_compressed(path, content)


def write_public_log_head(out: Path, *, log_folder: LogFolder) -> Written:
    """Write what is public of the log at any time: its checkpoint and its key. Raises NoLog."""
    written = Written()
    _write_head(out, published_log(log_folder), written)
    return written


def write_bundle(
    out: Path,
    *,
    log_folder: LogFolder,
    issuer: Issuer,
    key: SigningKey,
    with_downloads: bool = True,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Written:
    """Write the whole bundle to `out`, or bring it up to date. Raises NoLog, PackageMissing, OSError.

    Interrupted at any moment, the next run goes on; whoever reads meanwhile finds every file whole. `progress` is told
    how many pages are done, and of how many.
    """
    written = Written()
    snapshots = list(_published_snapshots())
    # After the snapshots, so that the log holds every checkpoint they stand on.
    log = published_log(log_folder)
    for path, content in log.tiles():
        written.put(LOG, out / LOG / path, content)
    for sha256 in sorted(packages_in_the_log()):
        written.put("packages", out / LOG / "election" / f"{sha256}.zip", _package(sha256))
    written.put(LOG, out / LOG / VERIFIER.name, VERIFIER.read_bytes())
    covered = [snapshot for snapshot in snapshots if snapshot.checkpoint_id <= log.size]
    names = {snapshot.pk: _write_snapshot(out, snapshot, written) for snapshot in covered}
    assets = _write_assets(out, [snapshot.election for snapshot in _newest(covered)], written)
    making = Making(out, issuer, assets, written, progress)
    told = [_write_election(making, snapshot, with_downloads=with_downloads) for snapshot in _newest(covered)]
    _write_schemas(out, written)
    _write_head(out, log, written)
    entrance = _entrance([snapshot.election for snapshot in _newest(covered)], assets.styles)
    written.put_text(PAGES, out / ENTRANCE, entrance)
    written.put(LATEST, out / LATEST, _latest(names, told))
    written.put(MANIFEST, out / VKEY, f"{key.verifier}\n".encode())
    manifest = manifest_of(out)
    written.put(MANIFEST, out / MANIFEST, manifest)
    root = log.checkpoint.split("\n")[2]
    written.put(MANIFEST, out / NOTE, note_on(manifest, size=log.size, root=root, key=key).encode())
    return written


def _newest(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """Return the snapshot of each election that is its result now, the latest election first."""
    known = {snapshot.pk: snapshot for snapshot in snapshots}
    found = [newest(election) for election in Election.objects.order_by("-date", "-id")]
    return [known[snapshot.pk] for snapshot in found if snapshot is not None and snapshot.pk in known]


@dataclass(frozen=True)
class Making:
    """What every election of one run has in common."""

    out: Path
    issuer: Issuer
    assets: Assets
    written: Written
    progress: Callable[[int, int], None]


def _write_election(making: Making, snapshot: Snapshot, *, with_downloads: bool) -> dict[str, Any]:
    """Write the pages and the ready-made files of an election's result; return what `latest.json` says of it."""
    out, written = making.out, making.written
    linked: dict[str, list[Downloadable]] = {language: [] for language in LANGUAGES}
    data: dict[str, dict[str, Any]] = {}
    for download in _made(snapshot, making.issuer) if with_downloads else ():
        path, sha256 = _write_download(out, download, written)
        size = download.path.stat().st_size
        data[download.name] = {"path": path, "sha256": sha256, "bytes": size}
        for language in LANGUAGES if download.contest == ALL else ():
            if download.language in ("", language):
                with override(language):
                    linked[language].append(Downloadable(path, what_is(download), size))
    counted = write_site(
        out,
        _site(making, snapshot),
        assets=making.assets,
        downloads={code: tuple(files) for code, files in linked.items()},
        progress=making.progress,
    )
    written.files[PAGES] += counted.total()
    written.changed[PAGES] += counted[True]
    code = snapshot.election.code
    return {
        "code": code,
        "kind": snapshot.kind,
        "number": snapshot.number,
        "log_size": snapshot.checkpoint_id,
        "synthetic": snapshot.election.synthetic,
        "training": settings.TRAINING,
        "pages": {language: f"elections/{code}/{language}/index.html" for language in LANGUAGES},
        "downloads": data,
    }


def _site(making: Making, snapshot: Snapshot) -> Site:
    election = snapshot.election
    contests = list(Contest.objects.filter(election=election).order_by("position"))
    paused = pause_of(election)
    result = published_result(snapshot, contests, issuer=making.issuer)
    return Site(
        result,
        build=build(),
        beside=beside(snapshot, contests, _write_photographs(making, snapshot, _counting(result))),
        index=index_of(election.pk, election.revision),
        pause=paused.event_id if paused else None,
    )


def _counting(result: ExportedResult) -> set[Cell]:
    """The protocols that count or did: what a photograph of any other says is not told yet."""
    told = (StationState.REPORTED, StationState.ANNULLED)
    return {
        (contest.code, said.station) for contest in result.contests for said in contest.stations if said.state in told
    }


def _write_photographs(making: Making, snapshot: Snapshot, shown: Set[Cell]) -> dict[Cell, list[Picture]]:
    """Copy the photographs of these protocols; return those that are there. What the store lacks is not linked."""
    copied: dict[Cell, list[Picture]] = {}
    for cell, pictures in photographs_of(snapshot).items():
        if cell not in shown:
            continue
        found = [picture for picture in pictures if _copy_photograph(making, picture.sha256)]
        if found:
            copied[cell] = found
    return copied


def _copy_photograph(making: Making, sha256: str) -> bool:
    target = making.out / photograph_path(sha256)
    if not target.is_file():
        try:
            with open_stored(sha256) as stored:
                write_whole(target, iter(lambda: stored.read(1 << 20), b""))
        except FileNotFoundError:
            return False
        making.written.changed[PHOTOGRAPHS] += 1
    making.written.files[PHOTOGRAPHS] += 1
    return True


def _made(snapshot: Snapshot, issuer: Issuer) -> list[Download]:
    return [download for download, _is_new in make_downloads(snapshot, issuer=issuer)]


def what_is(download: Download) -> str:
    """Return what a file is, in the language that is active."""
    return {
        "csv": _("Table for statistics: CSV, data package"),
        "nist-json": _("For programs: NIST SP 1500-100 JSON"),
        "xlsx": _("Workbook: XLSX"),
        "pdf": _("To be printed: PDF"),
    }[download.format]


def _write_download(out: Path, download: Download, written: Written) -> tuple[str, str]:
    """Copy a ready-made file under a name with its hash; return its path beneath the bundle, and the hash."""
    with download.path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    # The hash before what says the format, so that web servers know it.
    stem, dot, suffix = download.name.rpartition(".")
    name = f"{DOWNLOADS}/{download.election}/{download.label}/{stem}.{sha256[:16]}{dot}{suffix}"
    target = out / name
    written.files[DOWNLOADS] += 1
    if not target.is_file() or target.stat().st_size != download.path.stat().st_size:
        with download.path.open("rb") as file:
            write_whole(target, iter(lambda: file.read(1 << 20), b""))
        written.changed[DOWNLOADS] += 1
    return name, sha256


def _write_assets(out: Path, elections: Sequence[Election], written: Written) -> Assets:
    """Write the style sheets and the script; return their paths beneath the bundle."""

    def put(name: str, suffix: str, content: bytes) -> str:
        path = f"static/{name}.{hashlib.sha256(content).hexdigest()[:16]}.{suffix}"
        written.put_text(PAGES, out / path, content)
        return path

    colours = [colour for election in elections for colour in colours_of(election)]
    return Assets(
        styles=put("hattama", "css", style_sheet()),
        colours=put("colours", "css", colour_sheet(colours).encode()),
        search=put("search", "js", search_script()),
    )


def _entrance(elections: Sequence[Election], styles: str) -> bytes:
    """Return the page that leads to each election in each language."""
    told = [{"code": each.code, "kk": each.name_kk, "ru": each.name_ru, "en": each.name_en} for each in elections]
    names = (("kk", "Қазақша"), ("ru", "Русский"), ("en", "English"))
    return render_to_string(
        "results/static/entrance.html", {"elections": told, "names": names, "styles": styles}
    ).encode()


def _published_snapshots() -> Iterator[Snapshot]:
    for election in Election.objects.order_by("date", "id"):
        yield from published(election).select_related("election", "checkpoint").order_by("created_at")


def _package(sha256: str) -> bytes:
    path = package_path(sha256)
    try:
        return path.read_bytes()
    except FileNotFoundError as reason:
        raise PackageMissing(path) from reason


def _write_snapshot(out: Path, snapshot: Snapshot, written: Written) -> str:
    content = snapshot_file(snapshot)
    sha256 = hashlib.sha256(content).hexdigest()
    name = f"{SNAPSHOTS}/{snapshot.election.code}/{snapshot.kind}-{snapshot.number}.{sha256}.json"
    written.put(SNAPSHOTS, out / name, content)
    return name


def _write_schemas(out: Path, written: Written) -> None:
    """Beside the log what its events look like, for programs that read them."""
    index = orjson.dumps(schema_index(), option=orjson.OPT_INDENT_2)
    for name, content in {"index.json": index, **schema_files()}.items():
        written.put(LOG, out / LOG / "schemas" / name, content)


def _write_head(out: Path, log: PublishedLog, written: Written) -> None:
    written.put(LOG, out / LOG / "vkey", f"{log.vkey}\n".encode())
    written.put(LOG, out / LOG / "checkpoint", log.checkpoint.encode())


def _latest(names: dict[int, str], told: Sequence[dict[str, Any]]) -> bytes:
    """Return what holds now: for each election the file of its result (null before one), its pages and its files."""
    latest = {}
    for election in Election.objects.order_by("-date", "-id"):
        snapshot = newest(election)
        latest[election.code] = names.get(snapshot.pk) if snapshot else None
    content = {
        "elections": latest,
        "results": {each["code"]: each for each in told},
        "checkpoint": f"{LOG}/checkpoint",
        "manifest": MANIFEST,
        "licence": licence().described(),
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2)
