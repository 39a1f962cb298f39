"""The officer's page of the day's turnout: one number for each hour."""

from __future__ import annotations

import uuid
from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import needs, require
from accounts.domain.roles import Permission
from accounts.models import User
from stations.models import Station
from tallies.forms import TurnoutForm
from tallies.refusals import Refusal
from tallies.selectors.turnout import HourOfStation, OwedTurnout, hours_of, owed_by
from tallies.services.turnout import MoreThanRegistered, report_turnout


@needs(Permission.ENTER_PROTOCOL)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def turnout(request: HttpRequest, station: str) -> HttpResponse:
    """`/station/<station>/turnout/`: the hours of the day, and a field for the one that is due.

    `?hour=10:00` opens an hour that was reported, to correct it.
    """
    place = Station.objects.select_related("area", "election").filter(code=station).order_by("-election__date").first()
    if place is None or not place.election.turnout_hours or not isinstance(request.user, User):
        raise Http404
    appointment = require(request.user, Permission.ENTER_PROTOCOL, station=place)
    owed = owed_by(place)
    hours = hours_of(owed, now=timezone.now())
    if request.method != "POST":
        asked = _asked(hours, request.GET.get("hour"))
        form = TurnoutForm(initial={"hour": asked.hour, "key": uuid.uuid4()}) if asked else None
        return _page(request, place, hours, form)
    form = TurnoutForm(request.POST)
    if not form.is_valid():
        return _page(request, place, hours, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        _report(owed, form, by=request.user, role=appointment.role)
    except Refusal as refusal:
        form.refuse(refusal, asks_to_confirm=isinstance(refusal, MoreThanRegistered))
        return _page(request, place, hours, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    given = {"hour": form.cleaned_data["hour"], "voters": form.cleaned_data["voters"]}
    messages.success(request, _("%(hour)s: %(voters)d voters. Taken.") % given)
    return redirect("tallies:turnout", station=station)


def _report(owed: OwedTurnout, form: TurnoutForm, *, by: User, role: str) -> None:
    report_turnout(
        owed=owed,
        hour=form.cleaned_data["hour"],
        voters=form.cleaned_data["voters"],
        more_than_registered=form.cleaned_data["more_than_registered"],
        reason=form.cleaned_data["reason"],
        idempotency_key=str(form.cleaned_data["key"]),
        by=by,
        role=role,
        now=timezone.now(),
    )


def _asked(hours: list[HourOfStation], chosen: str | None) -> HourOfStation | None:
    """The hour that was chosen, or the first one that is due and not reported; None when there is nothing to do."""
    due = [each for each in hours if each.is_due]
    return next((each for each in due if each.hour == chosen), None) or next(
        (each for each in due if each.report is None), None
    )


def _page(
    request: HttpRequest,
    station: Station,
    hours: list[HourOfStation],
    form: TurnoutForm | None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    hour = str(form["hour"].value()) if form else ""
    reported = next((each.report for each in hours if each.hour == hour), None)
    next_hour = next((each.hour for each in hours if not each.is_due), None)
    context = {
        "station": station, "hours": hours, "form": form, "hour": hour, "reported": reported, "next_hour": next_hour
    }  # fmt: skip
    return render(request, "tallies/turnout.html", context, status=status)
