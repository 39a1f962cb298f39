"""The style sheet of an election's own colours: a page may carry no style of its own."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from accounts.access import public
from results.public.ground import CODE, READER
from results.public.kept_pages import CSS, PERMANENT, answer
from results.public.palette import style_sheet
from results.public.registry import colours_of
from stations.models import Election


@public
@require_safe
def colours(request: HttpRequest, election: str, revision: int) -> HttpResponseBase:  # noqa: ARG001
    """The sheet as it is now; the revision stands in the address so that an older one is not used for it."""
    found = Election.objects.using(READER).filter(code=election).first() if CODE.fullmatch(election) else None
    if found is None:
        raise Http404
    key = ("colours", found.pk, found.revision)
    return answer(request, key, lambda: style_sheet(colours_of(found)).encode(), seconds=PERMANENT, content_type=CSS)
