"""The forms of signing in: the first password, and allauth's with our words."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class FirstPassword(forms.Form):
    """A new password, typed twice. Whether it is strong enough is for the service to say."""

    password = forms.CharField(
        label=_("New password"),
        help_text=_("At least 12 characters. Several words in a row are easy to remember and hard to guess."),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label=_("The same password again"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("password") != cleaned.get("repeated"):
            self.add_error("repeated", ValidationError(_("The two passwords are not the same.")))
        return cleaned


class SignIn(LoginForm):  # type: ignore[misc]
    """Username and password, without the way to a reset by e-mail: nobody has an e-mail address here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _without_placeholders(self)
        self.fields["password"].help_text = ""


class ChangePassword(ChangePasswordForm):  # type: ignore[misc]
    """The present password and, twice, the new one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _without_placeholders(self)


class Reauthentication(ReauthenticateForm):  # type: ignore[misc]
    """The password once more, without the way to a reset by e-mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _without_placeholders(self)
        self.fields["password"].help_text = ""


def _without_placeholders(form: forms.Form) -> None:
    """A placeholder that repeats the label looks like an answer given already."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
