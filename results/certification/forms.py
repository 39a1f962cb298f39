"""What members of a commission fill in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST_OPINION = 4000


class Compared(forms.Form):
    """A member confirms that they have compared the figures."""

    compared = forms.BooleanField(
        label=_("I have compared these figures with the commission's papers, and they agree."),
        error_messages={"required": _("Confirm that you have compared the figures.")},
    )


class OpinionForm(forms.Form):
    """A member's dissenting opinion."""

    opinion = forms.CharField(
        label=_("Your opinion"),
        help_text=_("It stays with the certificate and is shown to everyone, beside your role. Do not name voters."),
        max_length=LONGEST_OPINION,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": _("Write your opinion.")},
    )
