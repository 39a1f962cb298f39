"""The log's own page: what it is for, and how anybody verifies it at home."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

import verifier
from accounts.access import public
from audit.log_folder import LogFolder
from audit.selectors import log_is_public
from results.public.ground import READER
from results.public.kept_pages import LIVE, answer
from results.public.pages import rendered
from results.public.registry import current_election

VERIFIER = Path(verifier.__file__).with_name("hattama_verify.py")


@cache
def _verifier() -> tuple[bytes, str]:
    """The file and its SHA-256; it changes with the program only."""
    content = VERIFIER.read_bytes()
    return content, hashlib.sha256(content).hexdigest()


@public
@require_safe
def log_verifier(_request: HttpRequest) -> HttpResponse:
    """The standalone verifier, to be taken home."""
    content, sha256 = _verifier()
    headers = {
        "Content-Disposition": 'attachment; filename="hattama_verify.py"',
        "Cache-Control": "public, max-age=300",
        "ETag": f'"{sha256[:32]}"',
    }
    return HttpResponse(content, content_type="text/x-python; charset=utf-8", headers=headers)


@public
@require_safe
@never_cache
def log_in_own_language(_request: HttpRequest) -> HttpResponse:
    """`/log/` itself: on to the page in the reader's language."""
    return HttpResponseRedirect(reverse("log"))


@public
@require_safe
def log_page(request: HttpRequest) -> HttpResponseBase:
    """How to verify the log in three steps, the key to do it with, and programs of others that read it."""
    if request.GET:
        return HttpResponseRedirect(request.path)
    folder = LogFolder(settings.LOG_DIR)
    vkey, checkpoint = folder.vkey(), folder.checkpoint()
    entries_public = log_is_public(timezone.now(), using=READER)

    def make() -> bytes:
        election = current_election()
        context = {
            "election": election,
            "figures_public_from": election.figures_public_from if election else None,
            "vkey": vkey,
            "size": int(checkpoint.split("\n")[1]) if checkpoint else None,
            "sha256": _verifier()[1],
            "address": request.build_absolute_uri("/").rstrip("/"),
            "entries_public": entries_public,
            "language": get_language(),
        }
        return rendered(request, "results/log.html", context)

    key = ("log", get_language(), request.get_host(), vkey, checkpoint, entries_public)
    return answer(request, key, make, seconds=LIVE)
