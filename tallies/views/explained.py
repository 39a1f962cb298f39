"""The explained warnings of a commission's area, to read and to take along as a file."""

from __future__ import annotations

import csv

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import needs
from accounts.domain.roles import Permission
from tallies.selectors.explained import ExplainedWarning, explained_in
from tallies.views.desk import asked_of

# What spreadsheets take for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = ("district", "station", "contest", "version", "check", "severity", "says", "law", "figures", "explanation")


@needs(Permission.SEE_DESK)
@require_safe
@never_cache
def explained(request: HttpRequest) -> HttpResponse:
    """`/explained/?region=…&district=…&contest=…`"""
    asked = asked_of(request)
    context = {
        "filter": asked.filter,
        "place": asked.filter.cleaned_data.get("district") or asked.filter.cleaned_data.get("region"),
        "contest": asked.filter.cleaned_data.get("contest"),
        "warnings": explained_in(asked.scope, asked.narrowed),
        "address": asked.filter.address(),
        "is_one_district": len(asked.districts) == 1,
    }
    return render(request, "tallies/explained.html", context)


@needs(Permission.SEE_DESK)
@require_safe
@never_cache
def explained_csv(request: HttpRequest) -> HttpResponse:
    """`/explained.csv?region=…&district=…&contest=…`: the same as a file, with the columns of COLUMNS."""
    asked = asked_of(request)
    place = asked.filter.cleaned_data.get("district") or asked.filter.cleaned_data.get("region")
    name = "-".join(["explained", asked.election.code, *([place.code] if place else [])])
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    # Spreadsheets take a file for UTF-8 only when it begins with this mark.
    response.write("\N{BYTE ORDER MARK}")
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    for warning in explained_in(asked.scope, asked.narrowed):
        writer.writerow([_plain(cell) for cell in _cells(warning)])
    return response


def _cells(warning: ExplainedWarning) -> list[str]:
    return [
        warning.area,
        warning.station,
        warning.contest,
        str(warning.version),
        warning.code,
        _("error") if warning.is_error else _("warning"),
        warning.message,
        warning.law,
        " ".join(f"{code}={value}" for code, value in sorted(warning.figures.items())),
        warning.explanation,
    ]


def _plain(cell: str) -> str:
    """The cell as text: a person's words must not run as a formula in the reader's spreadsheet."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
