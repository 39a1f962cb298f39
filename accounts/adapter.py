"""What sign-in does differently here from any other site."""

from __future__ import annotations

import time
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal.ratelimit import get_ip
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain.roles import Permission
from accounts.limits import begin_try
from accounts.models import User
from accounts.selectors import permissions_of


class NoSignUp(DefaultAccountAdapter):  # type: ignore[misc]
    """People are appointed, they do not sign up."""

    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("The username or the password is wrong."),
        "too_many_login_attempts": _("Too many failed attempts. Wait five minutes, then try again."),
        "account_inactive": _("This account is closed."),
        "enter_current_password": _("Enter your present password."),
    }

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return who has these credentials, None where they are wrong. Refuses more tries than are allowed."""
        tried = begin_try(username=credentials.get("username", ""), address=get_ip(request), now=time.time())
        if tried is None:
            raise self.validation_error("too_many_login_attempts")
        user: User | None = super().authenticate(request, **credentials)
        if user is not None:
            tried.succeeded()
        return user

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count nothing more: `authenticate` did, without allauth's locks."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Officers go straight to their station's protocols: at dawn a page in between is 20,000 pages."""
        enters = Permission.ENTER_PROTOCOL in permissions_of(request.user, timezone.now())
        return reverse("tallies:station") if enters else super().get_login_redirect_url(request)

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 (allauth's signature)
        return False
