"""Photographs of protocols as the public sees them, where the election shows them: once the protocol counts."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import public
from results.public.ground import READER, NotThere, ground_of
from results.public.kept_pages import PERMANENT
from results.public.links import Links
from results.public.protocol import protocol_of
from results.public.registry import contest_of, place_of
from results.public.showing import Basis
from stations.models import Contest, Station
from tallies.domain.lifecycle import State
from tallies.photographs.serving import copy_response
from tallies.photographs.showing import Beside, beside
from tallies.selectors.photographs import photographs_of

# What a photograph of any other protocol says is not told yet: it shows the figures.
TOLD = frozenset({State.IN_FORCE, State.ANNULLED})


def photographs_on(contest: Contest, station: Station, state: State, basis: Basis, links: Links) -> Beside | None:
    """Return the photographs that may stand beside a protocol in this state, on this basis; None for none."""
    if state not in TOLD or not links.show_photographs(contest.election):
        return None
    seen = photographs_of(contest.pk, station.pk, withdrawn=False, log_size=basis.size, using=READER)
    return beside(seen, copy_url=lambda sha256: links.photograph(contest.code, station.code, sha256)) if seen else None


@public
@require_safe
def photograph(
    request: HttpRequest,  # noqa: ARG001 (says the same to everyone)
    contest: str,
    place: str,
    sha256: str,
) -> HttpResponseBase:
    """`/photographs/<contest>/<station>/<sha256>.jpg`: a page of a photograph that the station's page shows."""
    try:
        ground = ground_of(contest, timezone.now())
        found = contest_of(ground.contest_id)
        where = place_of(found, place)
    except NotThere:
        raise Http404 from None
    if ground.basis is None or not isinstance(where, Station):
        raise Http404
    return copy_of_shown(found, where, ground.basis, Links(), sha256, cache=f"public, max-age={PERMANENT}")


def copy_of_shown(
    contest: Contest, station: Station, basis: Basis, links: Links, sha256: str, *, cache: str
) -> HttpResponseBase:
    """Answer with the copy of a page that these links show on this basis. Raises Http404 for any other."""
    state = protocol_of(contest, station, basis).state
    shown = photographs_on(contest, station, state, basis, links)
    if shown is None or sha256 not in {page.page.sha256 for page in shown.pages}:
        raise Http404
    return copy_response(sha256, cache=cache)
