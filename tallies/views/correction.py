"""A commission corrects a protocol in force: figures and reason, then a look at what changes, then it is done."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import needs
from accounts.domain.roles import Permission
from tallies.domain.checks import Outcome, assess
from tallies.domain.lifecycle import Action
from tallies.forms import CorrectionForm
from tallies.models import ProtocolVersion
from tallies.paper import PaperLine
from tallies.refusals import Refusal
from tallies.selectors import standing
from tallies.services import correct_protocol
from tallies.services.correct import NothingCorrected
from tallies.services.submit import ChecksFailed
from tallies.views.decisions import desk_protocol_page, refused_now
from tallies.views.place import Place, place_for

# What the buttons of the page that asks for confirmation send.
CONFIRMED = "confirmed"
AGAIN = "again"


@dataclass(frozen=True)
class Corrected:
    """A figure before and after."""

    line: PaperLine
    before: int | None
    after: int | None


@needs(Permission.CORRECT_PROTOCOL)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def correct(request: HttpRequest, station: str, contest: str) -> HttpResponse:
    """`/desk/<station>/<contest>/correct/`: the form; posted, what would change; confirmed, the correction."""
    place = place_for(request, station, contest, Permission.CORRECT_PROTOCOL)
    stands = standing(place.owed)
    refusal = refused_now(stands, Action.CORRECT)
    if refusal or stands is None or stands.version is None:
        return desk_protocol_page(request, place, refusal=refusal, status=HTTPStatus.CONFLICT)
    version = stands.version
    if request.method != "POST":
        return _form_page(request, place, version, _form_of(place, version))
    form = CorrectionForm(place.paper, request.POST)
    if not form.is_valid():
        form.show(form.current_findings())
        return _form_page(request, place, version, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if AGAIN in request.POST:
        form.show(form.current_findings())
        return _form_page(request, place, version, form)
    if CONFIRMED not in request.POST:
        return _look_first(request, place, version, form)
    return _correct(request, place, version, form)


def _form_of(place: Place, version: ProtocolVersion) -> CorrectionForm:
    form = CorrectionForm(place.paper, figures=place.paper.form.layout.mapping(version.figures))
    form.initial["version"] = version.pk
    return form


def _look_first(request: HttpRequest, place: Place, version: ProtocolVersion, form: CorrectionForm) -> HttpResponse:
    findings = form.current_findings()
    form.show(findings)
    if assess(findings, ticked=form.explanations, paper_says_so=bool(form.paper_words)) is Outcome.STOP:
        return _form_page(request, place, version, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    changes = _changes(place, version, form)
    if not changes:
        return _form_page(
            request, place, version, form, refusal=NothingCorrected(), status=HTTPStatus.UNPROCESSABLE_ENTITY
        )
    context = {
        **place.names(),
        "form": form,
        "changes": changes,
        "version": version,
        "confirmed": CONFIRMED,
        "again": AGAIN,
    }
    return render(request, "tallies/correct_confirm.html", context)


def _correct(request: HttpRequest, place: Place, version: ProtocolVersion, form: CorrectionForm) -> HttpResponse:
    try:
        corrected = correct_protocol(
            owed=place.owed,
            version_id=form.cleaned_data["version"],
            figures=form.figures,
            explanations=form.explanations,
            paper_says_so=form.paper_words,
            reason=form.cleaned_data["reason"],
            by=place.user,
            role=place.appointment.role,
            now=timezone.now(),
        )
    except ChecksFailed as failed:
        form.show(failed.findings)
        return _form_page(request, place, version, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except Refusal as refusal:
        return desk_protocol_page(request, place, refusal=refusal, status=HTTPStatus.CONFLICT)
    messages.success(request, _("Version %(number)d is in force and counted.") % {"number": corrected.number})
    return redirect("tallies:desk_protocol", station=place.owed.station, contest=place.owed.contest)


def _changes(place: Place, version: ProtocolVersion, form: CorrectionForm) -> list[Corrected]:
    before = place.paper.form.layout.mapping(version.figures)
    after = form.figures
    return [
        Corrected(line, before.get(line.code), after.get(line.code))
        for line in place.paper.all_lines
        if before.get(line.code) != after.get(line.code)
    ]


def _form_page(
    request: HttpRequest,
    place: Place,
    version: ProtocolVersion,
    form: CorrectionForm,
    *,
    refusal: Refusal | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context = {**place.names(), "form": form, "version": version, "refusal": refusal}
    return render(request, "tallies/correct.html", context, status=status)
