"""Corrections as an Atom feed: what was corrected, counted again or annulled after it was public."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import public
from audit.selectors import latest_checkpoint, log_is_public
from results.exports.changes import Change, latest_changes
from results.exports.licence import licence
from results.public.ground import READER
from results.public.kept_pages import PRESENT, answer
from results.public.registry import current_election
from results.templatetags.result_words import change_words
from stations.models import Contest, Election, Station

ATOM = "application/atom+xml; charset=utf-8"
KINDS = ("protocol.corrected", "protocol.recounted", "protocol.annulled", "protocol.repeat_ordered")
MOST = 100


@public
@require_safe
def corrections(request: HttpRequest) -> HttpResponseBase:
    """`/<language>/corrections.atom`: the latest corrections that are in the signed log."""
    election = current_election()
    checkpoint = latest_checkpoint(READER)
    if election is None or checkpoint is None or not log_is_public(timezone.now(), using=READER):
        raise Http404
    key = ("corrections", get_language(), election.pk, election.revision, checkpoint.size)
    return answer(request, key, lambda: _feed(election, checkpoint.size), seconds=PRESENT, content_type=ATOM)


def _feed(election: Election, size: int) -> bytes:
    changes = latest_changes(election, until=size, kinds=KINDS, limit=MOST, using=READER)
    contests = _by_code(Contest, election, {change.contest for change in changes})
    stations = _by_code(Station, election, {change.station for change in changes})
    site = settings.SITE_URL
    feed = Atom1Feed(
        title=_("Corrections: %(election)s") % {"election": election.name},
        link=site + reverse("results"),
        description=_("Protocols that were corrected, counted again or annulled, the latest first."),
        language=get_language(),
        feed_url=site + reverse("corrections"),
        author_name=settings.ISSUER,
        feed_copyright=licence().title,
    )
    for change in changes:
        _add(feed, change, contests[change.contest].name, stations[change.station].name, site)
    return feed.writeString("utf-8").encode()


def _by_code(model: type[Contest] | type[Station], election: Election, codes: set[str]) -> dict[str, Contest | Station]:
    found = model.objects.using(READER).filter(election=election, code__in=codes)
    return {each.code: each for each in found}


def _add(feed: Atom1Feed, change: Change, contest: str, station: str, site: str) -> None:
    page = site + reverse("place", kwargs={"contest": change.contest, "place": change.station})
    feed.add_item(
        title=f"{change_words(change.kind)}: {station}",
        link=page,
        description=_("%(contest)s, %(station)s. Entry %(index)d of the log.")
        % {"contest": contest, "station": station, "index": change.index},
        # An entry of the log never changes, and neither does what it is called.
        unique_id=f"{site}/log/entry/{change.index}",
        pubdate=change.at,
        updateddate=change.at,
        categories=[change.kind, change.contest],
    )
