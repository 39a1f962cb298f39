"""The page for newsrooms and researchers: files and sizes, lasting addresses, the widget, the licence."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.access import public
from results.exports.downloads import ALL, downloads_of, label_of
from results.exports.licence import licence
from results.models import Snapshot
from results.public.ground import READER, NotThere, ground_of
from results.public.kept_pages import PRESENT, answer
from results.public.pages import rendered
from results.publication.selectors import newest
from stations.models import Contest, Election


@public
@require_safe
def data(request: HttpRequest) -> HttpResponseBase:
    """What can be taken from here, and how."""
    try:
        ground = ground_of(None, timezone.now())
    except NotThere:
        context = {"licence": licence(), "site": settings.SITE_URL}
        return answer(
            request, ("data", get_language()), lambda: rendered(request, "results/data.html", context), seconds=PRESENT
        )
    key = ("data", get_language(), ground.token, ground.published)
    return answer(
        request,
        key,
        lambda: rendered(request, "results/data.html", _told(ground.election_id, ground.contest_id, ground.is_public)),
        seconds=PRESENT,
    )


def _told(election_id: int, contest_id: int, is_public: bool) -> dict[str, Any]:
    election = Election.objects.using(READER).get(pk=election_id)
    contest = Contest.objects.using(READER).get(pk=contest_id)
    snapshot = newest(election, using=READER) if is_public else None
    return {
        "election": election,
        "contest": contest,
        "snapshot": snapshot,
        "label": label_of(snapshot) if snapshot else "",
        "is_final": snapshot is not None and snapshot.kind == Snapshot.Kind.FINAL,
        "files": [
            download
            for code in (contest.code, ALL)
            for download in (downloads_of(snapshot, code, election=election.code) if snapshot else ())
            if download.size is not None
        ],
        "licence": licence(),
        "site": settings.SITE_URL,
    }
