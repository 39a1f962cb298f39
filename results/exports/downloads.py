"""Ready-made files of a published result: made once, kept in a folder, linked from pages with their sizes.

A snapshot never changes, so neither does a file of it. `all` holds every contest; contests of the whole country have
files of their own as well. Files of smaller contests are made when somebody asks.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from results.exports.files import whole_file
from results.exports.formats import FORMATS, write_files
from results.exports.model import LANGUAGES, ExportedResult
from results.exports.selectors import Issuer, published_result
from results.models import Snapshot
from stations.models import Contest, Station

ALL = "all"
# Text shrinks to a tenth; what is a zip inside or is looked at in the browser stays as it is.
_ZIPPED = ("csv", "nist-json")
# Zip's own beginning of time: the same files make the same archive.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Download:
    """A file of a snapshot: of one contest or all, in a format, in a language where the format has one."""

    election: str
    label: str
    contest: str
    format: str
    language: str = ""

    @property
    def name(self) -> str:
        """Such as kz-2023.all.bulletin-3.kk.pdf or kz-2023.all.bulletin-3.csv.zip."""
        spoken = f".{self.language}" if self.language else ""
        packed = ".zip" if self.format in _ZIPPED else ""
        return f"{self.election}.{self.contest}.{self.label}{spoken}{FORMATS[self.format].suffix}{packed}"

    @property
    def content_type(self) -> str:
        return "application/zip" if self.format in _ZIPPED else FORMATS[self.format].content_type

    @property
    def path(self) -> Path:
        """Where it lies when it is ready-made."""
        return Path(settings.DOWNLOADS_DIR) / self.election / self.label / self.name

    @property
    def size(self) -> int | None:
        """Its bytes; None while it is not made."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return None


def label_of(snapshot: Snapshot) -> str:
    """Return what files of a snapshot are called: bulletin-3, or final-1."""
    return f"{snapshot.kind}-{snapshot.number}"


def downloads_of(snapshot: Snapshot, contest: str, *, election: str = "") -> list[Download]:
    """Return the files of a snapshot for a contest, or all of them, whether they are made or not."""
    code = election or snapshot.election.code
    label = label_of(snapshot)
    return [
        Download(code, label, contest, name, language)
        for name, chosen in FORMATS.items()
        for language in (LANGUAGES if chosen.in_languages else ("",))
    ]


def make_downloads(snapshot: Snapshot, *, issuer: Issuer) -> Iterator[tuple[Download, bool]]:
    """Make the ready-made files of a snapshot that are not there yet; yield each, and whether it is new.

    Interrupted, it goes on where it stopped. Raises OSError.
    """
    contests = list(Contest.objects.filter(election=snapshot.election_id).order_by("position"))
    for code, chosen in [(ALL, contests), *((contest.code, [contest]) for contest in _national(snapshot, contests))]:
        wanted = downloads_of(snapshot, code)
        missing = [download for download in wanted if download.size is None]
        made = _Results(snapshot, chosen, issuer)
        for download in wanted:
            if download in missing:
                write_download(made.result(FORMATS[download.format].with_stations), download)
            yield download, download in missing


def write_download(result: ExportedResult, download: Download, path: Path | None = None) -> None:
    """Write one file, whole or not at all, where it lies when it is ready-made or to `path`. Raises OSError."""
    target = path or download.path
    with whole_file(target) as file, tempfile.TemporaryDirectory(dir=target.parent, prefix=".making-") as folder:
        written = write_files(result, download.contest, Path(folder), download.format, download.language)
        if download.format in _ZIPPED:
            _zip(Path(folder), list(written), file)
        else:
            (name,) = written
            with (Path(folder) / name).open("rb") as source:
                while piece := source.read(1 << 20):
                    file.write(piece)


class _Results:
    """The result of some contests, read when it is first needed: with stations, or without."""

    def __init__(self, snapshot: Snapshot, contests: Sequence[Contest], issuer: Issuer) -> None:
        self._snapshot = snapshot
        self._contests = contests
        self._issuer = issuer
        self._read: dict[bool, ExportedResult] = {}

    def result(self, with_stations: bool) -> ExportedResult:
        if with_stations not in self._read:
            self._read.clear()
            self._read[with_stations] = published_result(
                self._snapshot, self._contests, issuer=self._issuer, with_stations=with_stations
            )
        return self._read[with_stations]


def _national(snapshot: Snapshot, contests: Sequence[Contest]) -> list[Contest]:
    """Return the contests that every station votes in."""
    stations = Station.objects.filter(election=snapshot.election_id).count()
    return [contest for contest in contests if contest.ballots.count() == stations] if len(contests) > 1 else []


def _zip(folder: Path, names: Sequence[str], file: Any) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in names:
            info = zipfile.ZipInfo(name, _NO_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            with (folder / name).open("rb") as source, archive.open(info, "w", force_zip64=True) as target:
                while piece := source.read(1 << 20):
                    target.write(piece)
