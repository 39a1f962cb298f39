"""The day's turnout as commissions and observers follow it: who has not reported, and what the protocols say of it."""

from __future__ import annotations

import csv
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import needs
from accounts.domain.roles import Permission
from accounts.models import User
from stations.models import Election
from tallies.domain.turnout import hours_due
from tallies.selectors import scope_of
from tallies.selectors.turnout import missing_reports
from tallies.selectors.turnout_compared import reports_against_protocols
from tallies.views.place import scope_for

READER = "reader"
STATIONS_SHOWN = 200
COLUMNS = ("district", "station", "name", "hour", "reported", "ballots_issued", "difference")
# What spreadsheets take for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def turnout_reports(request: HttpRequest) -> HttpResponse:
    """`/turnout-reports/?hour=10:00`: stations whose report is missing (for commissions), and reports that differ."""
    now = timezone.now()
    election, scope = scope_for(request, Permission.OBSERVE, now=now)
    hours = sorted(election.turnout_hours)
    if not hours or not isinstance(request.user, User):
        raise Http404
    calls = scope_of(request.user, Permission.SEE_DESK, election, now=now)
    due = hours_due(hours, election.date, election.time_zone, now)
    hour = _asked(request, hours, due)
    compared = list(reports_against_protocols(scope, election, limit=STATIONS_SHOWN, using=READER))
    context = {
        "election": election,
        "hours": hours,
        "hour": hour,
        "missing": missing_reports(calls, election, hour, now=now, limit=STATIONS_SHOWN) if calls and hour else None,
        "calls": bool(calls),
        "compared": compared,
        "contradictions": sum(each.difference < 0 for each in compared),
        "shown": STATIONS_SHOWN,
    }
    return render(request, "tallies/turnout_reports.html", context)


@needs(Permission.OBSERVE)
@require_safe
@never_cache
def turnout_reports_csv(request: HttpRequest) -> HttpResponse:
    """`/turnout-reports.csv`: every station with a report and a protocol in force, with the columns of COLUMNS."""
    election, scope = scope_for(request, Permission.OBSERVE, now=timezone.now())
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{_file_name(election, timezone.now())}"'
    # Spreadsheets take a file for UTF-8 only when it begins with this mark.
    response.write("\N{BYTE ORDER MARK}")
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    for each in reports_against_protocols(scope, election, using=READER):
        name = f"'{each.station_name}" if each.station_name.startswith(_FORMULA) else each.station_name
        writer.writerow([each.district, each.station, name, each.hour, each.reported, each.issued, each.difference])
    return response


def _asked(request: HttpRequest, hours: list[str], due: list[str]) -> str | None:
    """The hour that was chosen, or the last one that has struck; None before the first."""
    chosen = request.GET.get("hour")
    return chosen if chosen in hours else (due[-1] if due else None)


def _file_name(election: Election, now: datetime) -> str:
    return f"turnout-reports-{election.code}-{now:%Y%m%dT%H%M}.csv"
