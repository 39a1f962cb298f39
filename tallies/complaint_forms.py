"""What people fill in when they complain about a protocol, and when a commission answers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tallies.complaint_words import ENDING_WORDS, REMEDY_WORDS
from tallies.domain.complaints import ANSWERS, Ending, Remedy, may_follow
from tallies.forms import LONGEST_FIGURE, LONGEST_TEXT, FigureField, LineOfForm
from tallies.paper import Paper, PaperLine
from tallies.refusals import Refusal


class ComplaintForm(forms.Form):
    """What is wrong, and the lines of the complainant's own copy. `version` is the one the person saw.

    `copied` fills the copy's lines in beforehand, from where it was compared with the protocol.
    """

    key = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, required=False)
    text = forms.CharField(
        max_length=LONGEST_TEXT,
        label=_("What is wrong"),
        help_text=_("The commission that answers reads it, and nobody else. Do not name voters."),
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Say what is wrong: the commission answers to it.")},
    )

    def __init__(
        self,
        paper: Paper,
        data: Mapping[str, Any] | None = None,
        *,
        version_id: int | None = None,
        copied: Mapping[str, str] | None = None,
    ) -> None:
        figures = {
            name: value
            for name, value in (copied or {}).items()
            if name.startswith("figure-") and value.isascii() and value.isdigit() and len(value) <= LONGEST_FIGURE
        }
        super().__init__(data, initial={"key": uuid.uuid4(), "version": version_id, **figures})
        self.paper = paper
        for line in paper.all_lines:
            self.fields[f"figure-{line.code}"] = FigureField(
                required=False,
                label=line.name,
                widget=forms.TextInput(
                    attrs={
                        "id": line.id,
                        "class": "input--figure",
                        "inputmode": "numeric",
                        "autocomplete": "off",
                        "maxlength": LONGEST_FIGURE,
                        "aria-describedby": f"{line.id}-marks",
                    }
                ),
            )

    @property
    def figures(self) -> dict[str, int]:
        """The figures of the copy, by code; lines left empty are left out."""
        read = {line.code: self.cleaned_data.get(f"figure-{line.code}") for line in self.paper.all_lines}
        return {code: figure for code, figure in read.items() if figure is not None}

    @property
    def lines(self) -> list[LineOfForm]:
        return [self._line(line) for line in self.paper.lines]

    @property
    def choices(self) -> list[LineOfForm]:
        return [self._line(line) for line in self.paper.choices]

    @property
    def summary(self) -> list[tuple[str, str]]:
        """What stops the complaint: the id to go to, and a sentence."""
        words = [(self["text"].id_for_label, str(error)) for error in self["text"].errors]
        return words + [
            (line.line.id, f"{line.line.number}. {line.line.name}: {problem}")
            for line in (*self.lines, *self.choices)
            for problem in line.problems
        ]

    def _line(self, line: PaperLine) -> LineOfForm:
        bound = self[f"figure-{line.code}"]
        return LineOfForm(line, bound, [str(error) for error in bound.errors], [], differs=False)


class AnswerForm(forms.Form):
    """A commission's answer: how the complaint ends, why, and what follows for the protocol."""

    ending = forms.ChoiceField(
        label=_("The complaint is"),
        choices=[(ending.value, ENDING_WORDS[ending]) for ending in ANSWERS],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say how the complaint ends.")},
    )
    remedy = forms.ChoiceField(
        label=_("What follows for the protocol"),
        help_text=_("The answer changes no figure: the step itself is taken afterwards, on the protocol's page."),
        choices=[(remedy.value, REMEDY_WORDS[remedy]) for remedy in Remedy],
        initial=Remedy.NOTHING.value,
        widget=forms.RadioSelect,
        error_messages={"required": _("Say what follows for the protocol.")},
    )
    reason = forms.CharField(
        max_length=LONGEST_TEXT,
        label=_("The answer, with its reason"),
        help_text=_("The person who complained reads it. It stays with the complaint. Do not name voters."),
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Give the reason: it stays with the complaint.")},
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        ending, remedy = cleaned.get("ending"), cleaned.get("remedy")
        if ending and remedy and not may_follow(Ending(ending), Remedy(remedy)):
            self.add_error("remedy", _("Nothing can follow from a complaint that is rejected."))
        return cleaned

    def refuse(self, refusal: Refusal) -> None:
        """Say beside the form why the service did not take the answer."""
        self.add_error(None, refusal.message)
