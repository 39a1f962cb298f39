"""What observers ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from observers.events import Cursor, Wanted
from observers.wording import KINDS
from results.public.ground import CODE

LARGEST_ID = 2**63 - 1


def _code(label: Any) -> forms.CharField:
    return forms.CharField(
        required=False,
        label=label,
        max_length=64,
        validators=[RegexValidator(rf"^{CODE.pattern}\Z", _("This is no code."))],
        widget=forms.TextInput(attrs={"class": "input--code", "autocomplete": "off"}),
    )


def _moment(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    return forms.DateTimeField(required=False, label=label, widget=widget)


class EventFilter(forms.Form):
    """Which events are shown. Moments are in the election's time zone."""

    kind = forms.ChoiceField(required=False, label=_("Kind"), choices=[("", _("All kinds")), *KINDS.items()])
    contest = _code(_("Contest code"))
    area = _code(_("Area code"))
    station = _code(_("Station code"))
    since = _moment(_("Since"))
    until = _moment(_("Until"))

    def wanted(self) -> Wanted:
        return Wanted(**{name: self.cleaned_data[name] for name in Wanted.__dataclass_fields__})


class CursorForm(forms.Form):
    """Where a page begins. It comes from links, so what cannot be read begins at the newest."""

    before = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    after = forms.IntegerField(required=False, min_value=0, max_value=LARGEST_ID)

    def cursor(self) -> Cursor:
        return Cursor(**self.cleaned_data) if self.is_valid() else Cursor()


class PlaceForm(forms.Form):
    """Which live tallies are shown; empty: the first contest, and the highest place the person may see."""

    contest = _code(_("Contest code"))
    area = _code(_("Code of an area or a station"))


class MomentForm(forms.Form):
    """Of which contest, and as of when: a log size, a moment, or, with neither, the last checkpoint."""

    contest = _code(_("Contest code"))
    size = forms.IntegerField(required=False, min_value=0, max_value=LARGEST_ID, label=_("As of log size"))
    time = _moment(_("As of the moment"))
