"""A result as a small page for other sites to embed: the one kind of page that may stand in anybody's frame."""

from __future__ import annotations

from typing import Any

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from accounts.access import public
from results.public import telling
from results.public.ground import NotThere, ground_of
from results.public.kept_pages import LIVE, PRESENT, answer
from results.public.links import Links
from results.public.pages import rendered
from results.public.showing import Status

MOST_CHOICES = 8


@public
@require_safe
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[arg-type]  # typed for views without arguments
def widget(request: HttpRequest, contest: str, place: str | None = None) -> HttpResponseBase:
    """The result of a contest in the nation or in a place, with a link to its page."""
    try:
        ground = ground_of(contest, timezone.now())
    except NotThere:
        raise Http404 from None

    def make() -> bytes:
        try:
            told = (
                telling.area_page(ground, None, Links())
                if place is None
                else telling.place_page(ground, place, Links())
            )
        except NotThere:
            raise Http404 from None
        return rendered(request, "results/widget.html", _small(told[1], contest, place))

    is_live = ground.basis is None or ground.basis.status is Status.LIVE
    key = ("widget", contest, place, get_language(), ground.token)
    return answer(request, key, make, seconds=LIVE if is_live else PRESENT)


def _small(told: dict[str, Any], contest: str, place: str | None) -> dict[str, Any]:
    outcome = told.get("outcome")
    choices = outcome.choices if outcome else ()
    page = Links().place(contest, place) if place else Links().contest(contest)
    return told | {"choices": choices[:MOST_CHOICES], "more": len(choices) > MOST_CHOICES, "page": page}
