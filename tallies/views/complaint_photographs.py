"""The photographs that came with a complaint, given out to who may read it."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import needs
from accounts.domain.roles import Permission
from tallies.models import Complaint
from tallies.photographs.serving import copy_response, original_response
from tallies.selectors.complaints import complaint_of, is_copy_with, original_with
from tallies.views.place import place_for


@needs(Permission.COMPLAIN, Permission.ANSWER_COMPLAINT)
@require_safe
def copy(request: HttpRequest, station: str, contest: str, number: int, sha256: str) -> HttpResponseBase:
    """`/complaints/<station>/<contest>/<number>/copies/<sha256>.jpg`: a page of a photograph, as it is shown."""
    if not is_copy_with(_readable(request, station, contest, number), sha256):
        raise Http404
    return copy_response(sha256, cache="private, max-age=86400, immutable")


@needs(Permission.COMPLAIN, Permission.ANSWER_COMPLAINT)
@require_safe
@never_cache
def original(request: HttpRequest, station: str, contest: str, number: int, original: str) -> HttpResponseBase:
    """`/complaints/<station>/<contest>/<number>/originals/<sha256>`: the file as it came."""
    if original_with(_readable(request, station, contest, number), original) is None:
        raise Http404
    return original_response(original, name=f"{station}-{contest}-{number}-{original[:12]}")


def _readable(request: HttpRequest, station: str, contest: str, number: int) -> Complaint:
    """Return the complaint. Raises Http404 unless this person registered it or may answer it."""
    place = place_for(request, station, contest, Permission.ANSWER_COMPLAINT, Permission.COMPLAIN)
    found = complaint_of(place.owed.contest_id, place.owed.station_id, number)
    if found is None or not (found.by_id == place.user.pk or place.allows(Permission.ANSWER_COMPLAINT)):
        raise Http404
    return found
