"""Pages of a commission's people: who acts at which station, and how that changes during the night."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import selectors, services
from accounts.access import needs, require
from accounts.domain.roles import Permission, Role
from accounts.models import ROLE_LABELS, Appointment, User
from accounts.selectors import officers, people_at
from audit.domain.actor import Actor
from stations.models import Station
from stations.selectors import NoElection, current_election

PEOPLE_ON_A_PAGE = 50
LONGEST_SEARCH = 100
LONGEST_REASON = 2000
LONGEST_NAME = 150


class PersonForm(forms.Form):
    """Somebody who takes an office: the name they sign in with, and their own."""

    username = forms.CharField(
        max_length=LONGEST_NAME,
        label=gettext_lazy("Username"),
        help_text=gettext_lazy("Small Latin letters, digits and dots. Somebody who has an account keeps it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    name = forms.CharField(
        required=False,
        max_length=LONGEST_NAME,
        label=gettext_lazy("Name"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class AppointForm(PersonForm):
    role = forms.ChoiceField(
        label=gettext_lazy("Office"),
        choices=[(role.value, ROLE_LABELS[role]) for role in (Role.OFFICER, Role.CHAIR)],
        widget=forms.RadioSelect,
    )
    field_order = ("role", "username", "name")


class EndForm(forms.Form):
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("For example: fallen ill, decision no. 12 of the district commission."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class SubstituteForm(PersonForm, EndForm):
    field_order = ("username", "name", "reason")


@needs(Permission.APPOINT_OFFICERS)
@require_safe
@never_cache
def people(request: HttpRequest) -> HttpResponse:
    """`/people/?q=…&page=…`: the officers of the stations this commission appoints, by station."""
    user = _user(request)
    try:
        election = current_election()
    except NoElection:
        raise Http404 from None
    words = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    found = officers(user, election, words, now=timezone.now())
    page = Paginator(found, PEOPLE_ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "people/list.html", {"page": page, "words": words})


@needs(Permission.APPOINT_OFFICERS)
@require_safe
@never_cache
def station_people(request: HttpRequest, station: str) -> HttpResponse:
    """`/people/<station>/`: who acts at a station, and what can be changed."""
    place = _station(request, station)
    return render(request, "people/station.html", {"station": place, "people": people_at(place.pk, timezone.now())})


@needs(Permission.APPOINT_OFFICERS)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def appoint(request: HttpRequest, station: str) -> HttpResponse:
    """`/people/<station>/appoint/`"""
    place = _station(request, station)

    def act(form: AppointForm, by: Actor) -> HttpResponse:
        appointment, link = services.take_on_officer(
            station=place,
            role=Role(form.cleaned_data["role"]),
            username=form.cleaned_data["username"],
            name=form.cleaned_data["name"],
            by=by,
            now=timezone.now(),
        )
        return _appointed(request, appointment, link)

    context = {
        "station": place,
        "title": _("Appoint somebody"),
        "consequence": _(
            "From this moment on the person can enter the station's protocols. The log says that somebody was "
            "appointed, not who."
        ),
        "button": _("Appoint"),
    }
    return _change(request, place, AppointForm, context, act)


@needs(Permission.APPOINT_OFFICERS)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def substitute(request: HttpRequest, station: str, appointment: int) -> HttpResponse:
    """`/people/<station>/<appointment>/substitute/`: one goes and another comes, in one step."""
    place = _station(request, station)
    holder = _appointment(place, appointment)

    def act(form: SubstituteForm, by: Actor) -> HttpResponse:
        successor, link = services.substitute_officer(
            appointment=holder,
            username=form.cleaned_data["username"],
            name=form.cleaned_data["name"],
            reason=form.cleaned_data["reason"],
            by=by,
            now=timezone.now(),
        )
        return _appointed(request, successor, link)

    context = {
        "station": place,
        "holder": holder,
        "title": _("Put another person in this place"),
        "consequence": _(
            "The person who holds the office can do nothing more from this moment on, also on pages they have open. "
            "The other person takes over at the same moment. Entries made before stay as they are."
        ),
        "button": _("Substitute"),
    }
    return _change(request, place, SubstituteForm, context, act)


@needs(Permission.APPOINT_OFFICERS)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def revoke(request: HttpRequest, station: str, appointment: int) -> HttpResponse:
    """`/people/<station>/<appointment>/revoke/`"""
    place = _station(request, station)
    holder = _appointment(place, appointment)

    def act(form: EndForm, by: Actor) -> HttpResponse:
        reason = form.cleaned_data["reason"]
        services.revoke_officer(appointment=holder, reason=reason, by=by, now=timezone.now())
        messages.success(request, _("The appointment has ended."))
        return redirect("people-station", station=place.code)

    context = {
        "station": place,
        "holder": holder,
        "title": _("End the appointment"),
        "consequence": _(
            "The person can do nothing more at this station from this moment on, also on pages they have open. "
            "Nobody takes their place until you appoint somebody."
        ),
        "button": _("End the appointment"),
        "is_grave": True,
    }
    return _change(request, place, EndForm, context, act)


@needs(Permission.APPOINT_OFFICERS)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def renew(request: HttpRequest, station: str, appointment: int) -> HttpResponse:
    """`/people/<station>/<appointment>/link/`: a new one-time link for somebody who lost theirs, or the password."""
    place = _station(request, station)
    holder = _appointment(place, appointment)

    def act(_form: forms.Form, by: Actor) -> HttpResponse:
        return _appointed(request, holder, services.renew_access(appointment=holder, by=by, now=timezone.now()))

    context = {
        "station": place,
        "holder": holder,
        "title": _("Give a new link"),
        "consequence": _(
            "The person's password, second factor and open sessions stop working now. With the link on the next page "
            "they choose a new password. Hand it over yourself, or read it out to somebody whose voice you know."
        ),
        "button": _("Make the link"),
    }
    return _change(request, place, forms.Form, context, act)


def _change(
    request: HttpRequest,
    place: Station,
    form_class: type[Any],
    context: dict[str, Any],
    act: Callable[[Any, Actor], HttpResponse],
) -> HttpResponse:
    """Show a form with what follows from it; posted, do it, or say what stands against it."""
    form = form_class(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        role = require(_user(request), Permission.APPOINT_OFFICERS, station=place).role
        try:
            return act(form, selectors.actor(_user(request), role))
        except services.AlreadyAppointed:
            form.add_error("username", _("This person holds this office at the station already."))
        except services.BadUsername as bad:
            form.add_error("username", str(bad))
        except services.NoReason:
            form.add_error("reason", _("Give the reason: it stays with the appointment."))
        except services.OverAlready:
            messages.warning(request, _("This appointment has ended already."))
            return redirect("people-station", station=place.code)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "people/change.html", {**context, "form": form}, status=status)


def _appointed(request: HttpRequest, appointment: Appointment, link: services.EnrolmentLink | None) -> HttpResponse:
    """Show the one-time link: on this page and never again."""
    if link is None:
        messages.success(request, _("Appointed. The person signs in as before."))
        return redirect("people-station", station=appointment.station.code if appointment.station else "")
    address = request.build_absolute_uri(reverse("enrol", args=[link.secret]))
    code = segno.make_qr(address).svg_inline(omitsize=True, border=2, svgclass="qr__code", lineclass=None)
    context = {"appointment": appointment, "link": link, "address": address, "code": mark_safe(code)}  # noqa: S308  drawn by segno from our own address
    return render(request, "people/link.html", context)


def _user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def _station(request: HttpRequest, code: str) -> Station:
    stations = Station.objects.select_related("area", "election").filter(code=code).order_by("-election__date")
    place = stations.first()
    if place is None:
        raise Http404
    require(_user(request), Permission.APPOINT_OFFICERS, station=place)
    return place


def _appointment(place: Station, pk: int) -> Appointment:
    """An appointment at this station that has not ended; any other is not there."""
    found = (
        Appointment.objects.select_related("user", "station__election", "election")
        .filter(pk=pk, station=place, revoked_at=None)
        .first()
    )
    if found is None:
        raise Http404
    return found
