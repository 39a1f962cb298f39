"""That somebody gave their second factor just now: asked for before what cannot be taken back."""

from __future__ import annotations

import time

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import User


def ask_for_fresh_second_factor(request: HttpRequest, role: str) -> HttpResponse | None:
    """Lead a person who acts in this role to where the second factor is given, and back to this page.

    None where it was given within the last minutes (ACCOUNT_REAUTHENTICATION_TIMEOUT), or where the role needs none.
    """
    if role not in settings.SECOND_FACTOR_ROLES or _is_fresh(request):
        return None
    return redirect(f"{reverse(_where(request))}?{urlencode({'next': request.path})}")


def _is_fresh(request: HttpRequest) -> bool:
    user = request.user if isinstance(request.user, User) else None
    earliest = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    return any(
        record.get("method") == "mfa" and record.get("at", 0) >= earliest
        for record in get_authentication_records(request, user)
    )


def _where(request: HttpRequest) -> str:
    """A code, or the passkey of a person who has no app for codes."""
    has_codes = (
        isinstance(request.user, User)
        and Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP).exists()
    )
    return "mfa_reauthenticate" if has_codes else "mfa_reauthenticate_webauthn"
