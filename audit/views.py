"""The log over HTTP, as C2SP tlog-tiles has it. In production a web server hands out the same files."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.domain.tiles import NotATile, parse_path
from audit.event_schemas import schema_files, schema_index
from audit.log_folder import LogFolder
from audit.selectors import cosignature_lines, log_is_public

_FOREVER = "public, max-age=31536000, immutable"
_A_FEW_SECONDS = "public, max-age=5"


@require_safe
def log_checkpoint(_request: HttpRequest) -> HttpResponse:
    """The latest signed checkpoint with the cosignatures it has by now: public from the first one on."""
    note = LogFolder(settings.LOG_DIR).checkpoint()
    return _text(note and note + "".join(cosignature_lines(note, using="reader")))


@require_safe
def log_vkey(_request: HttpRequest) -> HttpResponse:
    """The public key that checkpoints are verified with."""
    vkey = LogFolder(settings.LOG_DIR).vkey()
    return _text(f"{vkey}\n" if vkey else None)


@require_safe
def log_witness_program(_request: HttpRequest) -> HttpResponse:
    """The program by which an organisation witnesses this log on a machine of its own."""
    program = settings.BASE_DIR / "witness" / "hattama_witness.py"
    headers = {"Cache-Control": _A_FEW_SECONDS, "Content-Disposition": f'attachment; filename="{program.name}"'}
    return HttpResponse(program.read_bytes(), content_type="text/x-python; charset=utf-8", headers=headers)


@require_safe
def log_schemas(_request: HttpRequest) -> HttpResponse:
    """Which schema describes which kind and version of event."""
    return JsonResponse(schema_index(), headers={"Cache-Control": _A_FEW_SECONDS})


@require_safe
def log_schema(_request: HttpRequest, name: str) -> HttpResponse:
    """The JSON Schema of a version of a kind of event, or of what all entries share."""
    schema = schema_files().get(name)
    if schema is None:
        return _absent(_("There is no such schema."))
    return HttpResponse(schema, content_type="application/schema+json", headers={"Cache-Control": _A_FEW_SECONDS})


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
