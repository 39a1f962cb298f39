"""Certificates for everybody: what a commission established, whether it still stands, and the protocol to print."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language, get_language_info
from django.views.decorators.http import require_safe

from accounts.access import public
from results.certification.printing import protocol_pdf
from results.certification.selectors import certificates_of, waits, withdrawn
from results.certification.telling import tell
from results.models import Certificate
from results.public.ground import CODE, READER, Ground, NotThere, ground_of
from results.public.kept_pages import PRESENT, answer
from results.public.pages import rendered
from results.public.registry import contest_of
from stations.models import Area, Contest

PDF = "application/pdf"


@public
@require_safe
def latest(_request: HttpRequest, contest: str, place: str) -> HttpResponseBase:
    """Lead to the last certificate that was signed."""
    _ground, found, area = _place(contest, place)
    signed = _signed(found, area)
    if not signed:
        raise Http404
    return HttpResponseRedirect(
        reverse("certificate", kwargs={"contest": contest, "place": place, "number": signed[0].number})
    )


@public
@require_safe
def certificate(request: HttpRequest, contest: str, place: str, number: int) -> HttpResponseBase:
    """What was established, by whom, on what it rests, and whether it still stands."""
    ground, found, area = _place(contest, place)
    signed, shown = _chosen(found, area, number)
    ended = shown.signature.certified.end.event_id if withdrawn(shown) else None

    def make() -> bytes:
        newer = next((each.number for each in signed if each.number > number), None)
        context: dict[str, Any] = {
            "election": found.election,
            "contest": found,
            "area": area,
            "number": number,
            "public_from": ground.public_from,
            "told": tell(shown, found, area, using=READER) if ground.is_public else None,
            "newer": newer,
            "languages": [
                (code, get_language_info(code)["name_local"].capitalize()) for code, _name in settings.LANGUAGES
            ],
        }
        return rendered(request, "results/certification/certificate.html", context)

    key = (request.path, get_language(), ground.is_public, ended, len(signed))
    return answer(request, key, make, seconds=PRESENT)


@public
@require_safe
def certificate_pdf(request: HttpRequest, contest: str, place: str, number: int, language: str) -> HttpResponseBase:
    """The level's protocol to print: the same bytes every time."""
    ground, found, area = _place(contest, place)
    _all, shown = _chosen(found, area, number)
    if not ground.is_public or language not in dict(settings.LANGUAGES):
        raise Http404

    def make() -> bytes:
        with translation.override(language):
            return protocol_pdf(tell(shown, found, area, using=READER))

    return answer(request, (request.path,), make, seconds=PRESENT, content_type=PDF)


def _place(contest: str, place: str) -> tuple[Ground, Contest, Area]:
    try:
        ground = ground_of(contest, timezone.now())
    except NotThere:
        raise Http404 from None
    found = contest_of(ground.contest_id)
    areas = Area.objects.using(READER).filter(election=found.election_id, code=place)
    area = areas.first() if CODE.fullmatch(place) else None
    if area is None:
        raise Http404
    return ground, found, area


def _signed(contest: Contest, area: Area) -> list[Certificate]:
    return [each for each in certificates_of(contest.pk, area.pk, using=READER) if not waits(each)]


def _chosen(contest: Contest, area: Area, number: int) -> tuple[list[Certificate], Certificate]:
    signed = _signed(contest, area)
    shown = next((each for each in signed if each.number == number), None)
    if shown is None:
        raise Http404
    return signed, shown
