"""What the central commission fills in when it records an act about mandates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from results.mandates.selectors import Mandates

LONGEST_WORDS = 1_000


def _act_field() -> forms.CharField:
    return forms.CharField(
        max_length=LONGEST_WORDS,
        label=_("Act of the commission"),
        help_text=_("Its number and date. The public log has a hash of it."),
        error_messages={"required": _("Name the act.")},
    )


# What every field of a day has.
_DAY: dict[str, Any] = {
    "widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    "error_messages": {"required": _("Give the day."), "invalid": _("This is not a day.")},
}


class RegistrationForm(forms.Form):
    """Register everybody whom the result gives a mandate."""

    words = _act_field()


class LotsForm(forms.Form):
    """Who won the lots, and when they were drawn."""

    won = forms.MultipleChoiceField(
        label=_("Drawn"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Say who was drawn.")},
    )
    day = forms.DateField(label=_("Day of the draw"), **_DAY)
    words = _act_field()

    def __init__(self, names: list[tuple[str, str]], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        field = self.fields["won"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 (for the type checker)
        field.choices = names


class GivenUpForm(forms.Form):
    """Whose mandate has ended or was refused, and why."""

    holder = forms.ChoiceField(label=_("Mandate"), error_messages={"required": _("Choose the mandate.")})
    words = forms.CharField(
        max_length=LONGEST_WORDS,
        label=_("Reason and document"),
        help_text=_("The public log has a hash of it; the words are shown to the commission alone."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Give the reason.")},
    )

    def __init__(self, names: list[tuple[str, str]], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        field = self.fields["holder"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (for the type checker)
        field.choices = [("", "—"), *names]


class RepeatForm(forms.Form):
    """For which day repeat voting or a repeat election is called."""

    day = forms.DateField(label=_("Day of the vote"), **_DAY)
    words = _act_field()


def holder_names(mandates: Mandates) -> list[tuple[str, str]]:
    """Return every mandate that is held, with the names of list and person."""
    return [
        (
            f"{listed.choice.code}:{each.position}",
            f"{listed.choice.name}, {each.position}. {each.name}" if listed.is_list else each.name,
        )
        for listed in mandates.lists
        for each in listed.holders
    ]


Form = RegistrationForm | LotsForm | GivenUpForm | RepeatForm
