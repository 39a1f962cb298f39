"""The pages on which commissions establish their results, and on which everybody sees how far they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import needs, require
from accounts.domain.roles import Permission
from accounts.models import Appointment, User
from accounts.selectors import permissions_of
from results.certification.content import content_now
from results.certification.domain.conditions import Unmet
from results.certification.domain.deadlines import is_late, last_day
from results.certification.domain.levels import Cell, Level
from results.certification.forms import Compared, OpinionForm
from results.certification.overview import overview_of
from results.certification.plan import Plan, plan_of
from results.certification.selectors import (
    CellSeen,
    cells_for,
    certificates_of,
    conditions,
    seat_of,
    seen,
    waits,
)
from results.certification.sentences import unmet_sentence
from results.certification.services import give_opinion, propose_certificate, sign_certificate
from results.certification.telling import rows_of, tell
from results.models import Certificate
from results.publication.selectors import is_final
from stations.models import Area, AreaLevel, Contest, Election
from stations.selectors import NoElection, current_election
from tallies.refusals import Refusal

LONGEST_LIST = 200


@dataclass(frozen=True)
class CellRow:
    """A line of a list: what is to be established where, and how far it is."""

    contest: Contest
    area: Area
    seen: CellSeen
    late: bool


@dataclass(frozen=True)
class Here:
    """The cell that a page is about, the person who looks, and their seat in the commission that establishes it."""

    election: Election
    contest: Contest
    area: Area
    cell: Cell
    plan: Plan
    user: User
    seat: Appointment | None

    def waiting(self, number: int) -> Certificate | None:
        """The certificate of this number, where it is the last one, waits, and this person has a seat to act from."""
        last = next(iter(certificates_of(self.contest.pk, self.area.pk)), None)
        return last if self.seat and last and last.number == number and waits(last) else None

    def acting(self) -> dict[str, Any]:
        role = self.seat.role if self.seat else ""
        return {"by": self.user, "role": role, "now": timezone.now()}

    def back(self) -> HttpResponse:
        return redirect("establish-cell", contest=self.contest.code, place=self.area.code)


@needs(Permission.CERTIFY)
@require_safe
@never_cache
def establish(request: HttpRequest) -> HttpResponse:
    """What this person's commissions establish, and how far each of it is."""
    election, user, now = _current(), _person(request), timezone.now()
    plan = plan_of(election)
    mine = cells_for(user, election, plan, now=now)
    rows = _rows(seen(election, mine[:LONGEST_LIST], plan), now)
    context = {"election": election, "rows": rows, "more": max(0, len(mine) - LONGEST_LIST)}
    return _render(request, "results/certification/establish.html", context)


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def overview(request: HttpRequest) -> HttpResponse:
    """`?region=…`: what is established, what is missing and what is late, by region or by district."""
    election, now = _current(), timezone.now()
    region = election.areas.filter(level=AreaLevel.REGION, code=request.GET.get("region", "")).first()
    final_day = last_day(election.date, election.days_to_final)
    context = {
        "election": election,
        "region": region,
        "overview": overview_of(election, region=region, now=now),
        "final_day": final_day,
        "final_late": is_late(final_day, election.time_zone, now) and not is_final(election),
    }
    return _render(request, "results/certification/overview.html", context)


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def cell(request: HttpRequest, contest: str, place: str) -> HttpResponse:
    """What a commission establishes of a contest: what is open, its certificates, and what its members can do now."""
    return _cell_page(request, _here(request, contest, place, Permission.OBSERVE))


@needs(Permission.CERTIFY)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def propose(request: HttpRequest, contest: str, place: str) -> HttpResponse:
    """Show what would be established; propose it when a member has compared it."""
    here = _here(request, contest, place, Permission.CERTIFY)
    if here.seat is None or conditions(here.cell, here.plan):
        return here.back() if request.method != "POST" else _cell_page(request, here, status=HTTPStatus.CONFLICT)
    form = Compared(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _figures_page(request, "results/certification/propose.html", here, form)
    try:
        propose_certificate(election=here.election, cell=here.cell, **here.acting())
    except Refusal as refusal:
        return _cell_page(request, here, refusal=refusal, status=HTTPStatus.CONFLICT)
    messages.success(request, _("The certificate is proposed. A second member of the commission must sign it."))
    return here.back()


@needs(Permission.CERTIFY)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def sign(request: HttpRequest, contest: str, place: str, number: int) -> HttpResponse:
    """Show what was proposed; sign it when a second member has compared it."""
    here = _here(request, contest, place, Permission.CERTIFY)
    certificate = here.waiting(number)
    if certificate is None:
        return here.back()
    form = Compared(request.POST if request.method == "POST" else None)
    if certificate.proposed_by_id == here.user.pk and request.method != "POST":
        return here.back()
    if not form.is_valid():
        context = {"form": form, "told": tell(certificate, here.contest, here.area)}
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        return _render(request, "results/certification/sign.html", _around(here) | context, status)
    try:
        sign_certificate(certificate=certificate, **here.acting())
    except Refusal as refusal:
        return _cell_page(request, here, refusal=refusal, status=HTTPStatus.CONFLICT)
    messages.success(request, _("The result is established."))
    return here.back()


@needs(Permission.CERTIFY)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def opinion(request: HttpRequest, contest: str, place: str, number: int) -> HttpResponse:
    """Let a member add a dissenting opinion to a certificate that waits for its second signature."""
    here = _here(request, contest, place, Permission.CERTIFY)
    certificate = here.waiting(number)
    if certificate is None:
        return here.back()
    form = OpinionForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        context = {"form": form, "certificate": certificate}
        return _render(request, "results/certification/opinion.html", _around(here) | context, status)
    try:
        give_opinion(certificate=certificate, opinion=form.cleaned_data["opinion"], **here.acting())
    except Refusal as refusal:
        return _cell_page(request, here, refusal=refusal, status=HTTPStatus.CONFLICT)
    messages.success(request, _("Your opinion stays with the certificate."))
    return here.back()


def _cell_page(
    request: HttpRequest, here: Here, refusal: Refusal | None = None, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    now = timezone.now()
    (shown,) = seen(here.election, [here.cell], here.plan)
    unmet = conditions(here.cell, here.plan)
    certificates = certificates_of(here.contest.pk, here.area.pk)
    last = certificates[0] if certificates else None
    waiting = last if last is not None and waits(last) else None
    beneath = [here.plan.cells[here.contest.pk, area] for area in here.cell.beneath]
    context = _around(here) | {
        "refusal": refusal,
        "seen": shown,
        "late": shown.is_late(now),
        "unmet": [
            (unmet_sentence(condition, count), _way(request, here, condition)) for condition, count in unmet.items()
        ],
        "last": tell(last, here.contest, here.area) if last else None,
        "waiting": waiting,
        "changed": waiting is not None
        and not unmet
        and content_now(here.cell, here.plan).sha256 != waiting.content_sha256,
        "is_mine": waiting is not None and waiting.proposed_by_id == here.user.pk,
        "earlier": [tell(certificate, here.contest, here.area) for certificate in certificates[1:]],
        "beneath": _rows(seen(here.election, beneath, here.plan), now) if beneath else [],
    }
    return _render(request, "results/certification/cell.html", context, status)


def _figures_page(request: HttpRequest, template: str, here: Here, form: Compared) -> HttpResponse:
    content = content_now(here.cell, here.plan)
    lines, votes = rows_of(here.contest, content.figures)
    expected, reported, annulled = content.stations
    context = _around(here) | {
        "form": form,
        "lines": lines,
        "votes": votes,
        "stations": {"expected": expected, "reported": reported, "annulled": annulled},
        "explained": content.explained,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return _render(request, template, context, status)


def _around(here: Here) -> dict[str, Any]:
    return {
        "election": here.election,
        "contest": here.contest,
        "area": here.area,
        "cell": here.cell,
        "is_constituency": here.cell.level is Level.CONSTITUENCY,
        "is_member": here.seat is not None,
        "here": {"contest": here.contest.code, "place": here.area.code},
    }


def _way(request: HttpRequest, here: Here, condition: Unmet) -> str:
    """Return the address at which a condition can be looked into; empty where this person has none."""
    narrowed = {"contest": here.contest.code}
    if here.cell.level is Level.DISTRICT:
        narrowed["district"] = here.area.code
    elif here.cell.level is Level.REGION:
        narrowed["region"] = here.area.code
    state = {Unmet.MISSING: "open", Unmet.DIFFERING: "differs", Unmet.HELD: "held"}.get(condition)
    held = permissions_of(request.user, timezone.now())
    if state and Permission.SEE_DESK in held:
        return f"{reverse('tallies:desk')}?{urlencode({**narrowed, 'state': state})}"
    if condition is Unmet.QUERIED:
        return f"{reverse('tallies:queries')}?{urlencode(narrowed)}"
    if condition is Unmet.COMPLAINED and Permission.ANSWER_COMPLAINT in held:
        return f"{reverse('tallies:complaints')}?waiting=1"
    return "#beneath" if condition is Unmet.BENEATH else ""


def _rows(cells: list[CellSeen], now: datetime) -> list[CellRow]:
    contests = Contest.objects.in_bulk({each.cell.contest for each in cells})
    areas = Area.objects.select_related("parent").in_bulk({each.cell.area for each in cells})
    return [CellRow(contests[each.cell.contest], areas[each.cell.area], each, each.is_late(now)) for each in cells]


def _here(request: HttpRequest, contest: str, place: str, permission: Permission) -> Here:
    """Return the cell of this contest and place. Raises Http404 for a person whose appointments do not cover it."""
    election, user = _current(), _person(request)
    found = Contest.objects.filter(election=election, code=contest).select_related("election").first()
    area = election.areas.filter(code=place).first()
    if found is None or area is None:
        raise Http404
    plan = plan_of(election)
    here = plan.cells.get((found.pk, area.pk))
    if here is None:
        raise Http404
    require(user, permission, area=area, contest=found)
    return Here(election, found, area, here, plan, user, seat_of(user, here, election.pk, now=timezone.now()))


def _current() -> Election:
    try:
        return current_election()
    except NoElection:
        raise Http404 from None


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def _render(
    request: HttpRequest, template: str, context: Mapping[str, Any], status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    with timezone.override(ZoneInfo(context["election"].time_zone)):
        return render(request, template, dict(context), status=status)
