"""What the central commission fills in to change the checks of a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from stations.domain.check_sets import LANGUAGES, CheckText
from stations.domain.form import Severity

LONGEST_CODE = 16
LONGEST_RULE = 500
LONGEST_MESSAGE = 500
LONGEST_LAW = 300
LONGEST_REASON = 2000
LARGEST_TOLERANCE = 2_147_483_647
NEW_CHECKS_OFFERED = 2


class CheckForm(forms.Form):
    """One check. That of the set in force keeps its code; a new one brings its own, or stays empty."""

    code = forms.CharField(
        max_length=LONGEST_CODE,
        label=_("Code"),
        help_text=_("Such as E210 or W310."),
        validators=[
            RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9._-]*\Z", _("Latin letters, digits, dot, hyphen and underscore."))
        ],
        widget=forms.TextInput(attrs={"class": "input--code", "autocomplete": "off"}),
    )
    severity = forms.ChoiceField(
        label=_("What it does"),
        choices=[
            (Severity.ERROR.value, _("Error: holds the protocol until a commission decides")),
            (Severity.WARNING.value, _("Warning: asks for a second look")),
        ],
    )
    rule = forms.CharField(
        max_length=LONGEST_RULE,
        label=_("Rule"),
        widget=forms.Textarea(attrs={"rows": 2, "class": "rule-text", "spellcheck": "false", "autocomplete": "off"}),
    )
    tolerance = forms.IntegerField(
        min_value=0,
        max_value=LARGEST_TOLERANCE,
        label=_("Tolerance"),
        help_text=_("Difference of both sides that is forgiven, in the units of the rule."),
        widget=forms.TextInput(attrs={"class": "input--short", "inputmode": "numeric", "autocomplete": "off"}),
    )
    message_en = forms.CharField(
        max_length=LONGEST_MESSAGE, label=_("Message in English"), widget=forms.Textarea(attrs={"rows": 2})
    )
    message_kk = forms.CharField(
        max_length=LONGEST_MESSAGE, label=_("Message in Kazakh"), widget=forms.Textarea(attrs={"rows": 2, "lang": "kk"})
    )
    message_ru = forms.CharField(
        max_length=LONGEST_MESSAGE,
        label=_("Message in Russian"),
        widget=forms.Textarea(attrs={"rows": 2, "lang": "ru"}),
    )
    law_en = forms.CharField(max_length=LONGEST_LAW, required=False, label=_("Article of the law in English"))
    law_kk = forms.CharField(
        max_length=LONGEST_LAW,
        required=False,
        label=_("Article of the law in Kazakh"),
        widget=forms.TextInput(attrs={"lang": "kk"}),
    )
    law_ru = forms.CharField(
        max_length=LONGEST_LAW,
        required=False,
        label=_("Article of the law in Russian"),
        widget=forms.TextInput(attrs={"lang": "ru"}),
    )
    retire = forms.BooleanField(required=False, label=_("Retire this check"))

    def __init__(self, data: Mapping[str, Any] | None, *, prefix: str, known: CheckText | None) -> None:
        starting = _filled(known) if known else {"tolerance": 0, "severity": Severity.WARNING.value}
        super().__init__(
            data, prefix=prefix, initial=starting, empty_permitted=known is None, use_required_attribute=False
        )
        self.known = known
        if known:
            self.fields["code"].disabled = True
        else:
            del self.fields["retire"]

    def clean(self) -> None:
        """A law that only some languages name would be missing on the pages of the others."""
        unread = [language for language in LANGUAGES if f"law_{language}" not in self.cleaned_data]
        missing = [language for language in LANGUAGES if self.cleaned_data.get(f"law_{language}") == ""]
        if missing and len(missing) + len(unread) < len(LANGUAGES):
            for language in missing:
                self.add_error(f"law_{language}", _("Name the article in all three languages, or in none."))

    def check_text(self) -> CheckText | None:
        """Return the check as it was filled in; None where it is retired or was left empty."""
        given = self.cleaned_data
        if not given.get("code") or given.get("retire"):
            return None
        return CheckText(
            code=given["code"],
            severity=Severity(given["severity"]),
            rule=" ".join(given["rule"].split()),
            tolerance=given["tolerance"],
            messages={language: given[f"message_{language}"] for language in LANGUAGES},
            laws={language: given[f"law_{language}"] for language in LANGUAGES},
        )


def _filled(known: CheckText) -> dict[str, object]:
    return {
        "code": known.code,
        "severity": known.severity.value,
        "rule": known.rule,
        "tolerance": known.tolerance,
        **{f"message_{language}": text for language, text in known.messages.items()},
        **{f"law_{language}": text for language, text in known.laws.items()},
    }


class ProposalForm(forms.Form):
    """A whole set: each check of the one in force, room for new ones, the moment, and the reason."""

    in_force_from = forms.DateTimeField(
        required=False,
        label=_("In force from"),
        help_text=_("On the election's clock. Leave it empty for the moment of adoption."),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        label=_("Why the checks change"),
        help_text=_("For example the number and date of the commission's decision. The person who adopts reads it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, base: Sequence[CheckText], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="id_%s", use_required_attribute=False)
        known: list[CheckText | None] = [*base, *([None] * NEW_CHECKS_OFFERED)]
        self.checks = [
            CheckForm(data, prefix=f"check{number}", known=each) for number, each in enumerate(known, start=1)
        ]

    def is_valid(self) -> bool:
        """Whether everything can be read, each check included."""
        return all([super().is_valid(), *(check.is_valid() for check in self.checks)])

    def can_be_looked_at(self) -> bool:
        """Whether the checks can be read: to look what they would do, no reason need be given yet."""
        self.fields["reason"].required = False
        self.full_clean()
        return not [check for check in self.checks if not check.is_valid()]

    def check_texts(self) -> list[CheckText]:
        """Return the set as it was filled in."""
        return [text for check in self.checks if (text := check.check_text())]

    @property
    def moment(self) -> datetime | None:
        return self.cleaned_data.get("in_force_from")

    def refuse(self, sentences: Mapping[str, object]) -> None:
        """Say at the rules of these checks, by code, what cannot be taken; what concerns the whole set says so."""
        for code, sentence in sentences.items():
            named = [check for check in self.checks if check.is_valid() and check.cleaned_data.get("code") == code]
            if named:
                named[-1].add_error("rule", str(sentence))
            else:
                self.add_error(None, str(sentence))

    @property
    def summary(self) -> list[tuple[str, str]]:
        """What is wrong, with the id of the field it concerns."""
        wrong = [("", str(error)) for error in self.non_field_errors()] if self.is_bound else []
        for form in [*self.checks, self]:
            title = f"{form['code'].value() or _('New check')}: " if isinstance(form, CheckForm) else ""
            for field in form:
                wrong += [(field.auto_id, f"{title}{field.label}: {error}") for error in field.errors]
        return wrong


class WithdrawalForm(forms.Form):
    """Why a check set is taken back."""

    reason = forms.CharField(
        max_length=LONGEST_REASON, label=_("Why it is withdrawn"), widget=forms.Textarea(attrs={"rows": 3})
    )
