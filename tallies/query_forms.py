"""What a commission chooses and fills in about queries."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from stations.models import Area
from tallies.domain.patterns import Pattern
from tallies.models import QueryClosing
from tallies.selectors.queries import Shown

LONGEST_REASON = 2000

PATTERN_WORDS = {
    Pattern.IDENTICAL: _("Identical results in two stations"),
    Pattern.TURNOUT: _("Turnout far from the district's"),
    Pattern.BELOW_REPORTED: _("Fewer ballots than reported during the day"),
    Pattern.SHARE: _("A choice far outside the district's range"),
}
ANSWER_WORDS = {
    QueryClosing.Answer.COMPARED: _("Compared with the paper: the figures are right"),
    QueryClosing.Answer.CORRECTION: _("A correction or a recount is ordered"),
    QueryClosing.Answer.EXPLAINED: _("Explained otherwise"),
}


class QueryFilter(forms.Form):
    """What part of the queries is shown. A value that is not on offer narrows nothing."""

    shown = forms.ChoiceField(
        required=False,
        label=_("Shown"),
        choices=[
            (Shown.OPEN.value, _("Waiting for an answer")),
            (Shown.CLOSED.value, _("Closed")),
            (Shown.ALL.value, _("All")),
        ],
    )
    kind = forms.ChoiceField(
        required=False,
        label=_("What looks odd"),
        choices=[("", _("Anything")), *((kind.value, words) for kind, words in PATTERN_WORDS.items())],
    )
    district = forms.ModelChoiceField(
        Area.objects.none(), required=False, to_field_name="code", label=_("District"), empty_label=_("All districts")
    )

    def __init__(self, data: Any, districts: Any) -> None:
        super().__init__(data)
        self.fields["district"].queryset = districts  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """How a query is answered, and why."""

    answer = forms.ChoiceField(
        label=_("Answer"),
        choices=[(answer.value, words) for answer, words in ANSWER_WORDS.items()],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        label=_("Reason"),
        help_text=_("For example: photograph compared line by line, correct. Do not name voters."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
