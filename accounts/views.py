"""One's own account, and the first password."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from accounts import selectors, services
from accounts.access import public, signed_in
from accounts.forms import FirstPassword


@signed_in
@never_cache
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """Where a person is appointed, and the ways from here."""
    appointments = selectors.appointments_of(request.user, timezone.now())
    return render(request, "account/home.html", {"appointments": appointments})


@public
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest, secret: str) -> HttpResponse:
    """Show the form for the first password; take it by POST, which uses the link up."""
    form = FirstPassword(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.consume_enrolment(secret=secret, password=form.cleaned_data["password"], now=timezone.now())
        except services.EnrolmentRefused:
            return render(request, "enrolment/refused.html", status=HTTPStatus.GONE)
        except ValidationError as error:
            form.add_error("password", error)
        else:
            messages.success(request, _("Your password is set. Sign in with it now."))
            return redirect("account_login")
    username = selectors.username_of_enrolment(secret, timezone.now())
    if username is None:
        return render(request, "enrolment/refused.html", status=HTTPStatus.GONE)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "enrolment/form.html", {"form": form, "username": username}, status=status)
