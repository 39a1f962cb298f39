"""A station's protocol of one contest: keyed in, then shown as it stands."""

from __future__ import annotations

import uuid
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import needs
from accounts.domain.roles import Permission
from tallies.domain.lifecycle import State
from tallies.forms import ProtocolForm
from tallies.models import Standing
from tallies.paper import filled
from tallies.refusals import Refusal
from tallies.selectors import standing, words_given
from tallies.services import submit_protocol
from tallies.services.submit import AlreadyStands, ChecksFailed, KeyReused, Submission, Submitted
from tallies.views.place import Place, place_for

ENTERED_ANEW = (State.AWAITED, State.RETURNED)


@needs(Permission.ENTER_PROTOCOL)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def protocol(request: HttpRequest, station: str, contest: str) -> HttpResponse:
    """`/station/<station>/<contest>/`: the form while the protocol is owed, the protocol once it stands."""
    place = place_for(request, station, contest, Permission.ENTER_PROTOCOL)
    if request.method == "POST":
        return _submit(request, place)
    stands = standing(place.owed)
    if stands is None or State(stands.state) in ENTERED_ANEW:
        return _form_page(request, place, ProtocolForm(place.paper), stands=stands)
    return _standing_page(request, place, stands)


@needs(Permission.ENTER_PROTOCOL, Permission.CORRECT_PROTOCOL)
@require_POST
@never_cache
def protocol_findings(request: HttpRequest, station: str, contest: str) -> HttpResponse:
    """`/station/<station>/<contest>/findings/`: what the checks say of a form as it is typed. Keeps nothing."""
    place = place_for(request, station, contest, Permission.ENTER_PROTOCOL, Permission.CORRECT_PROTOCOL)
    form = ProtocolForm(place.paper, request.POST)
    form.is_valid()
    form.without_missing()
    form.show(form.current_findings())
    return render(request, "tallies/_findings_as_typed.html", {"form": form})


def _submit(request: HttpRequest, place: Place) -> HttpResponse:
    form = ProtocolForm(place.paper, request.POST)
    if not form.is_valid():
        form.show(form.current_findings())
        return _form_page(request, place, form, stands=standing(place.owed), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    submission = Submission(
        owed=place.owed,
        figures=form.figures,
        explanations=form.explanations,
        paper_says_so=form.paper_words,
        idempotency_key=str(form.cleaned_data["key"]),
        body_sha256=form.body_sha256(place.owed),
    )
    try:
        submitted = submit_protocol(
            submission=submission, by=place.user, role=place.appointment.role, now=timezone.now()
        )
    except ChecksFailed as failed:
        form.show(failed.findings)
        return _form_page(request, place, form, stands=standing(place.owed), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except AlreadyStands as refusal:
        return _stands_already(request, place, refusal)
    except KeyReused as refusal:
        return _sent_before(request, place, refusal)
    messages.success(request, _what_happened(submitted))
    return redirect("tallies:protocol", station=place.owed.station, contest=place.owed.contest)


def _what_happened(submitted: Submitted) -> str:
    if submitted.state is State.IN_FORCE:
        return _("The protocol is in force and counted.")
    return _("The protocol has been taken and is held: the district commission decides on it.")


def _stands_already(request: HttpRequest, place: Place, refusal: AlreadyStands) -> HttpResponse:
    stands = standing(place.owed)
    if stands is None or State(stands.state) in ENTERED_ANEW:
        fresh = ProtocolForm(place.paper, {**request.POST.dict(), "key": uuid.uuid4()})
        return _form_page(request, place, fresh, stands=stands, refusal=refusal, status=HTTPStatus.CONFLICT)
    return _standing_page(request, place, stands, refusal=refusal, status=HTTPStatus.CONFLICT)


def _sent_before(request: HttpRequest, place: Place, refusal: KeyReused) -> HttpResponse:
    """The form was sent, changed after a step back in the browser, and sent again."""
    stands = standing(place.owed)
    if stands is not None and State(stands.state) not in ENTERED_ANEW:
        return _stands_already(request, place, AlreadyStands(State(stands.state)))
    fresh = ProtocolForm(place.paper, {**request.POST.dict(), "key": uuid.uuid4()})
    return _form_page(request, place, fresh, stands=stands, refusal=refusal, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _form_page(
    request: HttpRequest,
    place: Place,
    form: ProtocolForm,
    *,
    stands: Standing | None,
    refusal: Refusal | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    if stands is not None and State(stands.state) not in ENTERED_ANEW:
        refusal = AlreadyStands(State(stands.state))
        return _standing_page(request, place, stands, refusal=refusal, status=HTTPStatus.CONFLICT)
    returned = [
        words.text
        for words in (words_given([stands.version_id]) if stands and stands.version_id else [])
        if words.subject == "return"
    ]
    context = {
        **place.names(),
        "form": form,
        "returned": bool(stands),
        "returned_because": returned,
        "refusal": refusal,
    }
    return render(request, "tallies/protocol_form.html", context, status=status)


def _standing_page(
    request: HttpRequest,
    place: Place,
    stands: Standing,
    *,
    refusal: Refusal | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    version = stands.version
    findings = place.paper.in_words(version.findings) if version else []
    context = {
        **place.names(),
        "standing": stands,
        "version": version,
        "findings": findings,
        "filled": filled(place.paper, version.figures, findings) if version else None,
        "words": words_given([version.pk]) if version else [],
        "refusal": refusal,
    }
    return render(request, "tallies/protocol_standing.html", context, status=status)
