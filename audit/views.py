"""The log over HTTP, as C2SP tlog-tiles has it. In production a web server hands out the same files."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.domain.tiles import NotATile, parse_path
from audit.log_folder import LogFolder
from audit.selectors import log_is_public

_FOREVER = "public, max-age=31536000, immutable"
_A_FEW_SECONDS = "public, max-age=5"


@require_safe
def log_checkpoint(_request: HttpRequest) -> HttpResponse:
    """The latest signed checkpoint: public from the first one on."""
    return _text(LogFolder(settings.LOG_DIR).checkpoint())


@require_safe
def log_vkey(_request: HttpRequest) -> HttpResponse:
    """The public key that checkpoints are verified with."""
    vkey = LogFolder(settings.LOG_DIR).vkey()
    return _text(f"{vkey}\n" if vkey else None)


@require_safe
def log_tile(_request: HttpRequest, path: str) -> HttpResponse:
    """A hash tile or a bundle of entries, from the moment on that figures are public."""
    if not log_is_public(timezone.now(), using="reader"):
        return _absent(_("The log's entries are not public yet; its checkpoint is."))
    try:
        # The file is opened by the tile's own path, never by what was asked for.
        content = LogFolder(settings.LOG_DIR).read(parse_path(f"tile/{path}"))
    except (NotATile, FileNotFoundError):
        return _absent(_("The log has no such tile."))
    return HttpResponse(content, content_type="application/octet-stream", headers={"Cache-Control": _FOREVER})


def _text(content: str | None) -> HttpResponse:
    if content is None:
        return _absent(_("The log has not been published yet."))
    return HttpResponse(content, content_type="text/plain; charset=utf-8", headers={"Cache-Control": _A_FEW_SECONDS})


def _absent(why: str) -> HttpResponse:
    """Not found for now: what is missing today must not stay missing in a cache."""
    return HttpResponseNotFound(
        f"{why}\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"}
    )
