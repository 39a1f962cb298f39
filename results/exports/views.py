"""Files that are handed out: of published results, and election packages as the log names them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotFound
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import public
from audit.selectors import log_is_public
from results.exports.downloads import ALL, Download, downloads_of, label_of, write_download
from results.exports.formats import FORMATS
from results.exports.packages import packages_in_the_log
from results.exports.selectors import Issuer, published_result
from results.models import Snapshot
from results.public.ground import CODE, READER
from results.public.kept_pages import PERMANENT, answer
from results.publication.selectors import published
from stations.models import Contest, Election
from stations.services.packages import package_path

_FOREVER = "public, max-age=31536000, immutable"
_AS_PUBLISHED = {"Cache-Control": "public, max-age=86400"}
_MOST_DIGITS = 9
# A file of so many stations takes a moment; a larger one is made beforehand, by `prepare_downloads`.
MOST_STATIONS_AT_ONCE = 600


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


@public
@require_safe
def download(request: HttpRequest, election: str, label: str, contest: str, name: str) -> HttpResponseBase:
    """`/downloads/<election>/<snapshot>/<contest>/<file>`: a file of a published result, the same for good.

    Ready-made ones are handed out; those of a contest of few stations are made when they are asked for.
    """
    wanted = _wanted(election, label, contest, name)
    if wanted is None:
        return _absent(_("No such file was published."))
    snapshot, found, chosen = wanted
    if found.size is not None:
        file = found.path.open("rb")
        return FileResponse(file, content_type=found.content_type, filename=found.name, headers=_AS_PUBLISHED)
    if not chosen or chosen[0].ballots.using(READER).count() > MOST_STATIONS_AT_ONCE:
        return _absent(_("This file is being prepared. Ask again later."))
    issuer = Issuer(settings.ISSUER, settings.ISSUER_ABBREVIATION)

    def make() -> bytes:
        stations = FORMATS[found.format].with_stations
        result = published_result(snapshot, chosen, issuer=issuer, with_stations=stations, using=READER)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / found.name
            write_download(result, found, path)
            return path.read_bytes()

    response = answer(request, ("download", found.name), make, seconds=PERMANENT, content_type=found.content_type)
    response["Content-Disposition"] = f'attachment; filename="{found.name}"'
    return response


def _wanted(election: str, label: str, contest: str, name: str) -> tuple[Snapshot, Download, list[Contest]] | None:
    """Return the published snapshot, which of its files this is, and the contest that it is of, none for all."""
    kind, _dash, number = label.partition("-")
    if not (all(map(CODE.fullmatch, (election, contest))) and number.isascii() and number.isdigit()):
        return None
    loaded = Election.objects.using(READER).filter(code=election).first()
    if loaded is None or len(number) > _MOST_DIGITS or timezone.now() < loaded.figures_public_from:
        return None
    snapshot = published(loaded, using=READER).filter(kind=kind, number=int(number)).first()
    chosen = list(Contest.objects.using(READER).filter(election=loaded, code=contest))
    if snapshot is None or label != label_of(snapshot) or not (chosen or contest == ALL):
        return None
    snapshot.election = loaded
    found = next((each for each in downloads_of(snapshot, contest) if each.name == name), None)
    return (snapshot, found, chosen) if found else None


def _absent(why: str) -> HttpResponse:
    """Not found for now: what is missing today must not stay missing in a cache."""
    return HttpResponseNotFound(
        f"{why}\n", content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"}
    )
