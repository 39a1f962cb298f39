"""What observers send to have their own copies compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from observers.domain.copies import LARGEST_FIGURE

LARGEST_FILE = 1024 * 1024
LONGEST_PASTE = 500_000
_ACCEPT = ".csv,text/csv,text/plain"


class CopiesForm(forms.Form):
    """Copies of many protocols of one contest: pasted cells, or a file."""

    pasted = forms.CharField(
        required=False,
        max_length=LONGEST_PASTE,
        label=gettext_lazy("Paste from a spreadsheet"),
        widget=forms.Textarea(attrs={"rows": 8, "class": "copy-paste", "spellcheck": "false", "autocomplete": "off"}),
    )
    file = forms.FileField(
        required=False,
        label=gettext_lazy("Or a CSV file"),
        widget=forms.ClearableFileInput(attrs={"accept": _ACCEPT}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("pasted") and not cleaned.get("file"):
            self.add_error("pasted", _("Paste the figures, or choose a file."))
        return cleaned

    def clean_file(self) -> str:
        """Return the file's text; empty where there is none."""
        file = self.cleaned_data["file"]
        if not file:
            return ""
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(_("The file is larger than one megabyte."))
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise forms.ValidationError(_("The file is not UTF-8. Save it as “CSV UTF-8”.")) from None

    @property
    def text(self) -> str:
        return str(self.cleaned_data["pasted"] or self.cleaned_data["file"])


class CopyForm(forms.Form):
    """The copy of one protocol, line by line."""

    def __init__(self, named: Sequence[tuple[str, str]], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        for code, name in named:
            self.fields[f"figure-{code}"] = forms.IntegerField(
                required=False,
                label=name,
                min_value=0,
                max_value=LARGEST_FIGURE,
                widget=forms.TextInput(
                    attrs={"class": "input--figure", "inputmode": "numeric", "autocomplete": "off", "maxlength": 10}
                ),
            )

    @property
    def figures(self) -> dict[str, int]:
        given = {name.removeprefix("figure-"): value for name, value in self.cleaned_data.items()}
        return {code: value for code, value in given.items() if value is not None}
