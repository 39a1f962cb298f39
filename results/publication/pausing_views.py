"""The pages on which publication is paused and resumed, and bulletins are left to come by themselves."""

from __future__ import annotations

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import needs
from accounts.domain.roles import Permission
from results.publication.here import election_to_publish, person_of, rendered_in
from results.publication.pausing import MOST_MINUTES, pause_publication, resume_publication, schedule_bulletins
from tallies.refusals import Refusal

LONGEST_REASON = 500


class PauseForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why publication is paused"),
        help_text=gettext_lazy("Everybody reads these words at the top of the public pages."),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("Say why: everybody reads it.")},
    )


class ScheduleForm(forms.Form):
    every_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes between two bulletins"),
        help_text=gettext_lazy("0 for none: bulletins are then published by hand alone."),
        min_value=0,
        max_value=MOST_MINUTES,
        widget=forms.NumberInput(attrs={"class": "input--short"}),
    )


@needs(Permission.PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def pause(request: HttpRequest) -> HttpResponse:
    """Say what a pause means; pause with a reason."""
    election = election_to_publish(request)
    form = PauseForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        return rendered_in(request, "results/publication/pause.html", {"election": election, "form": form}, status)
    try:
        pause_publication(
            election=election, reason=form.cleaned_data["reason"], by=person_of(request), now=timezone.now()
        )
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("Publication is paused."))
    return redirect("publication")


@needs(Permission.PUBLISH)
@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    """End the pause."""
    election = election_to_publish(request)
    try:
        resume_publication(election=election, by=person_of(request), now=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("Publication is resumed."))
    return redirect("publication")


@needs(Permission.PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def schedule(request: HttpRequest) -> HttpResponse:
    """Say how often bulletins come by themselves."""
    election = election_to_publish(request)
    form = ScheduleForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
        return rendered_in(request, "results/publication/schedule.html", {"election": election, "form": form}, status)
    minutes = form.cleaned_data["every_minutes"]
    schedule_bulletins(election=election, every_minutes=minutes, by=person_of(request), now=timezone.now())
    messages.success(
        request, _("Bulletins come by themselves.") if minutes else _("Bulletins are published by hand alone.")
    )
    return redirect("publication")
