"""The one form of this room: the first password."""

from __future__ import annotations

from typing import Any

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
