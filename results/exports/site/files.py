"""Writing the site's pages: only those that tell something new, each whole, so that it is read while it is written.

Beside the pages a journal says what each was made from. A page whose ground has not changed is not even rendered; what
a killed run has written, the next one keeps.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from results.exports.files import COMPRESSED, compressed, write_if_different, write_whole, write_with_compressed
from results.exports.model import LANGUAGES
from results.exports.site.finding import numbered
from results.exports.site.pages import Site
from results.exports.site.telling import Assets, Downloadable, context

JOURNAL = ".pages.journal"
SHEETS = ("css/hattama.css", "css/results.css")
TEMPLATES = "results/static"
# What pages of the site share with those that are made when they are asked for.
DRAWN = ("_curve.html", "_hemicycle.html", "_map.html", "_turnout_curve.html")


class PageFiles:
    """The pages beneath a bundle, and what each was made from."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._made = _read_journal(out / JOURNAL)
        self._journal: IO[str] | None = None

    @contextmanager
    def open(self) -> Iterator[None]:
        """Note down what is made meanwhile, page by page; tidy up at the end."""
        self._out.mkdir(parents=True, exist_ok=True)
        with (self._out / JOURNAL).open("a", encoding="utf-8") as self._journal:
            yield
        self._journal = None
        lines = (_line(path, *made) for path, made in self._made.items())
        write_whole(self._out / JOURNAL, (line.encode() for line in lines))

    def is_made(self, path: str, depends: str) -> bool:
        """Whether the page was made from just this, and still is as it was written."""
        made = self._made.get(path)
        if made is None or made[0] != depends:
            return False
        try:
            content = (self._out / path).read_bytes()
            beside = (self._out / (path + COMPRESSED)).read_bytes()
        except FileNotFoundError:
            return False
        return hashlib.sha256(content + beside).hexdigest() == made[1]

    def write(self, path: str, depends: str, content: bytes) -> bool:
        """Write a page and, before it, the same compressed; say whether its bytes are new."""
        beside = compressed(content)
        write_if_different(self._out / (path + COMPRESSED), beside)
        is_new = write_if_different(self._out / path, content)
        self._made[path] = (depends, hashlib.sha256(content + beside).hexdigest())
        if self._journal is not None:
            self._journal.write(_line(path, *self._made[path]))
            self._journal.flush()
        return is_new


def write_site(
    out: Path,
    site: Site,
    *,
    assets: Assets,
    downloads: dict[str, Sequence[Downloadable]],
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Counter[bool]:
    """Write the pages of a result beneath `elections/<code>/<language>/`. Return how many are new, how many are not.

    `downloads` are the files linked in each language; `progress` is told how many pages are done, and of how many.
    """
    counted: Counter[bool] = Counter()
    files = PageFiles(out)
    folder = f"elections/{site.result.election.code}"
    of = len(LANGUAGES) * site.count
    with files.open(), timezone.override(ZoneInfo(site.result.election.time_zone)):
        for name, content in numbered(site.search):
            write_with_compressed(out / folder / name, content)
        for page in site.pages():
            progress(counted.total(), of)
            for language in LANGUAGES:
                path = f"{folder}/{language}/{page.path}"
                linked = downloads[language] if page.path == "index.html" else ()
                depends = page.depends + _of(assets, linked)
                if files.is_made(path, depends):
                    counted[False] += 1
                    continue
                with translation.override(language):
                    shown = context(site, page, downloads=linked, assets=assets)
                    content = render_to_string(page.template, shown).encode()
                counted[files.write(path, depends, content)] += 1
    return counted


def search_script() -> bytes:
    """Return the script that finds what is asked for in the index."""
    return (Path(settings.BASE_DIR) / "static" / "js" / "static_search.js").read_bytes()


def style_sheet() -> bytes:
    """Return the styles of the site in one file."""
    sheets = (*SHEETS, *(["css/training.css"] if settings.TRAINING else []))
    return b"\n".join((Path(settings.BASE_DIR) / "static" / sheet).read_bytes() for sheet in sheets)


@cache
def build() -> str:
    """Return a hash of all that makes pages look as they do: templates, catalogues, styles."""
    digest = hashlib.sha256(style_sheet())
    base = Path(settings.BASE_DIR)
    drawn = [base / "templates" / "results" / name for name in DRAWN]
    told = Path(__file__).parent.glob("*.py")
    pages = (base / "templates" / TEMPLATES).glob("*.html")
    for path in sorted([*pages, *drawn, *told, *(base / "locale").rglob("*.mo")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def _of_assets(assets: Assets) -> str:
    return hashlib.sha256(repr(assets).encode()).hexdigest()[:16]


def _of(assets: Assets, linked: Sequence[Downloadable]) -> str:
    files = hashlib.sha256(repr(linked).encode()).hexdigest() if linked else ""
    return _of_assets(assets) + files


def _line(path: str, depends: str, sha256: str) -> str:
    return json.dumps([path, depends, sha256]) + "\n"


def _read_journal(path: Path) -> dict[str, tuple[str, str]]:
    """Return what the journal says of each page; a line that a killed run did not finish says nothing."""
    made: dict[str, tuple[str, str]] = {}
    if not path.is_file():
        return made
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            name, depends, sha256 = json.loads(line)
        except ValueError:
            continue
        made[name] = (depends, sha256)
    return made
