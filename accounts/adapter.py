"""What sign-in does differently here from any other site."""

from __future__ import annotations

from typing import ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class NoSignUp(DefaultAccountAdapter):  # type: ignore[misc]
    """People are appointed, they do not sign up."""

    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("The username or the password is wrong."),
        "too_many_login_attempts": _("Too many failed attempts. Wait five minutes, then try again."),
        "account_inactive": _("This account is closed."),
        "enter_current_password": _("Enter your present password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 (allauth's signature)
        return False
