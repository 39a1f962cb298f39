"""A result as a picture of 1200 × 630, as messengers and social networks show it beside a link."""

from __future__ import annotations

from pathlib import Path
from threading import BoundedSemaphore
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import public
from results.printing.typesetting import pictures
from results.public.ground import READER, Ground, NotThere
from results.public.kept_pages import LIVE, PNG, PRESENT, answer
from results.public.outcome import ChoiceResult, Outcome, outcome_of
from results.public.pages import ground_and_links
from results.public.palette import LIGHT_GROUND, is_colour, mended
from results.public.registry import choices_of, contest_of, place_of, votes_in
from results.public.seats import allocation_on
from results.public.showing import Status, show
from stations.models import Area, AreaLevel, Contest, Election
from stations.templatetags.written import moment, number, percent

FORM = Path(__file__).with_name("share.typ")
MOST_ROWS = 6
# Drawing takes a tenth of a second of one core: no more than so many at once, whoever asks for how many.
DRAWING = BoundedSemaphore(1)
LONGEST_WAIT = 2.0
PIXEL_A_POINT = 72.0
WITHOUT_COLOUR = "#51616d"


class TooBusy(Exception):
    """Others are waiting for their pictures already."""


@public
@require_safe
def share_picture(request: HttpRequest, contest: str, place: str) -> HttpResponseBase:
    """`/share/<contest>/<area>.png` of what is shown now."""
    ground, _links = ground_and_links(contest)
    live = ground.basis is None or ground.basis.status is Status.LIVE
    key = ("share", contest, place, get_language(), ground.token)
    try:
        return answer(request, key, lambda: _drawn(ground, place), seconds=LIVE if live else PRESENT, content_type=PNG)
    except TooBusy:
        return HttpResponse(status=503, headers={"Retry-After": "5"})


def _drawn(ground: Ground, code: str) -> bytes:
    data = _told(ground, code)
    if not DRAWING.acquire(timeout=LONGEST_WAIT):
        raise TooBusy
    try:
        # What had no room is left out: one picture, whatever names are.
        return pictures(FORM, data, ppi=PIXEL_A_POINT)[0]
    finally:
        DRAWING.release()


def _told(ground: Ground, code: str) -> dict[str, Any]:
    contest = contest_of(ground.contest_id)
    with transaction.atomic(using=READER):
        area = _area(contest, code)
        if ground.basis is None:
            raise Http404
        choices = choices_of(contest)
        shown = show(contest, area, ground.basis, using=READER).sum
        is_nation = area.level == AreaLevel.NATION
        allocation = allocation_on(contest, choices, shown.figures, ground.basis) if is_nation else None
    outcome = outcome_of(shown.figures, choices, allocation.seats if allocation else None)
    final = ground.basis.status is Status.FINAL
    at = ground.changed_at if ground.basis.at is None else ground.basis.at
    with timezone.override(ZoneInfo(contest.election.time_zone)):
        as_of = moment(at)
    counted = _("%(reported)s of %(expected)s stations counted") % {
        "reported": number(shown.reported),
        "expected": number(shown.expected),
    }
    return {
        "language": get_language() or "en",
        "above": contest.election.name if is_nation else contest.name,
        "title": contest.name if is_nation else area.name,
        "final": final,
        "status": _("final result") if final else _("preliminary"),
        "rows": [_row(row, contest) for row in _shown_rows(outcome)],
        "counted": f"{counted}. {as_of}" if as_of else counted,
        "synthetic": _what_it_is_not(contest.election),
    }


def _what_it_is_not(election: Election) -> str:
    """What keeps the picture from being taken for a result; empty for a real one."""
    said = [_("Training")] if settings.TRAINING else []
    return " · ".join([*said, *([_("Synthetic data")] if election.synthetic else [])])


def _area(contest: Contest, code: str) -> Area:
    try:
        place = place_of(contest, code)
    except NotThere:
        raise Http404 from None
    if not isinstance(place, Area) or not votes_in(contest, place):
        raise Http404
    return place


def _shown_rows(outcome: Outcome) -> list[ChoiceResult]:
    return [row for row in outcome.choices if not row.is_against_all][:MOST_ROWS]


def _row(row: ChoiceResult, contest: Contest) -> dict[str, Any]:
    several = contest.kind == Contest.Kind.PARTY_LIST and row.seats
    return {
        "name": row.choice.name,
        "share": float(row.share or 0),
        "percent": percent(row.share),
        "seats": _seats(row.seats or 0) if several else "",
        "colour": mended(row.choice.colour if is_colour(row.choice.colour) else WITHOUT_COLOUR, LIGHT_GROUND),
    }


def _seats(seats: int) -> str:
    return ngettext("%(shown)s seat", "%(shown)s seats", seats) % {"shown": number(seats)}
