"""Election packages beside the log, named by their SHA-256 as the log names them."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import public
from audit.selectors import log_is_public
from results.exports.packages import packages_in_the_log
from stations.services.packages import package_path

_FOREVER = "public, max-age=31536000, immutable"


@public
@require_safe
def log_election_package(_request: HttpRequest, sha256: str) -> HttpResponse | FileResponse:
    """`/log/election/<sha256>.zip`: the package of a loaded election, from the moment on that figures are public."""
    if not log_is_public(timezone.now(), using="reader"):
        return _absent(_("The log's entries are not public yet; its checkpoint is."))
    # What is opened is a name of the log, never what was asked for.
    known = next((name for name in packages_in_the_log(using="reader") if name == sha256), None)
    if known is None or not package_path(known).is_file():
        return _absent(_("The log names no such package."))
    file = package_path(known).open("rb")
    return FileResponse(file, content_type="application/zip", headers={"Cache-Control": _FOREVER})


def _absent(why: str) -> HttpResponse:
    """Not found for now: what is missing today must not stay missing in a cache."""
    return HttpResponseNotFound(
        f"{why}\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"}
    )
