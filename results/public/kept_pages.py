"""Pages that were rendered, kept in the process until what they stand on changes.

A public page is the same for everyone, so its bytes are kept by address, language and ground, compressed once for all
who can read them so: nothing on it is secret, and nothing on it comes from who reads. Browsers and caches on the way
are told how long they may keep theirs, and get 304 when it has not changed.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers

HTML = "text/html; charset=utf-8"
JSON = "application/json"
CSS = "text/css; charset=utf-8"
PNG = "image/png"

MOST_BYTES = 64 * 2**20
# An erased text must not be shown for ever: a page is made anew after this many seconds, whatever it stands on.
LONGEST_SECONDS = 300

# A page is compressed once and sent many times.
LEVEL = 9
# A picture is compressed already.
WORTH_WHILE = 0.9
_REFUSED = re.compile(r"q\s*=\s*0(\.0*)?\s*$")

# How long others may keep an answer, in seconds.
LIVE = 5
PRESENT = 30
PERMANENT = 3600


@dataclass(frozen=True)
class Kept:
    """A rendered page, the moment (of the monotonic clock) it was made at, and its compressed bytes, fewer or none."""

    body: bytes
    compressed: bytes | None
    etag: str
    made: float

    @property
    def size(self) -> int:
        return len(self.body) + len(self.compressed or b"")


class KeptPages:
    """The pages used last, at most so many bytes of them. Safe to use from several threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._pages: OrderedDict[Hashable, Kept] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Kept | None:
        """Return the page kept under this key, None if there is none or it is too old."""
        with self._lock:
            kept = self._pages.get(key)
            if kept is None or time.monotonic() - kept.made > LONGEST_SECONDS:
                return None
            self._pages.move_to_end(key)
            return kept

    def keep(self, key: Hashable, body: bytes) -> Kept:
        """Keep a page, and let go of those that were used longest ago if there are too many."""
        # Weak: the same page, compressed or not.
        kept = Kept(body, _compressed(body), f'W/"{hashlib.sha256(body).hexdigest()[:32]}"', time.monotonic())
        with self._lock:
            replaced = self._pages.pop(key, None)
            self._bytes += kept.size - (replaced.size if replaced else 0)
            self._pages[key] = kept
            while self._bytes > self._most_bytes:
                _oldest, gone = self._pages.popitem(last=False)
                self._bytes -= gone.size
        return kept

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._pages.clear()
            self._bytes = 0


def _compressed(body: bytes) -> bytes | None:
    compressed = gzip.compress(body, LEVEL, mtime=0)
    return compressed if len(compressed) < WORTH_WHILE * len(body) else None


pages = KeptPages()


def answer(
    request: HttpRequest, key: Hashable, make: Callable[[], bytes], *, seconds: int, content_type: str = HTML
) -> HttpResponseBase:
    """Answer with the page kept under this key, made by `make` if there is none; 304 if the caller has it already.

    `seconds`: how long the caller may use it without asking again.
    """
    kept = pages.get(key) or pages.keep(key, make())
    compressed = kept.compressed if _reads_gzip(request) else None
    response = HttpResponse(compressed or kept.body, content_type=content_type)
    if compressed:
        response["Content-Encoding"] = "gzip"
    if kept.compressed:
        patch_vary_headers(response, ["Accept-Encoding"])
    response["ETag"] = kept.etag
    response["Cache-Control"] = f"public, max-age={seconds}"
    return get_conditional_response(request, etag=kept.etag, response=response) or response


def _reads_gzip(request: HttpRequest) -> bool:
    asked = (each.partition(";") for each in request.headers.get("Accept-Encoding", "").lower().split(","))
    return any(name.strip() == "gzip" and not _REFUSED.search(weight) for name, _, weight in asked)
