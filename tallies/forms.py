"""What people fill in: a protocol, a correction, a decision, and what the desk shows."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from audit.domain.canonical import canonical_bytes
from stations.domain.form import Severity
from stations.models import Area, Contest
from stations.templatetags import written
from tallies.domain.checks import Finding, find
from tallies.domain.figures import LARGEST_FIGURE
from tallies.domain.matters import WAITING, Matter
from tallies.models import Entry
from tallies.paper import FindingInWords, Paper, PaperLine, findings_by_code
from tallies.refusals import Refusal
from tallies.selectors import OwedProtocol
from tallies.services.recount import OrderedBy

LONGEST_TEXT = 2000
LONGEST_ACT = 100
# Room for ten digits with a space after each, and for what a person may mistype.
LONGEST_FIGURE = 24
_SIGNS = frozenset("+-−–—±")
_POINTS = frozenset(".,·٫٬")


class FigureField(forms.Field):
    """A figure of the paper: a whole number from 0 to 2^31 − 1, in the digits 0 to 9.

    Spaces of any kind inside it are taken out, because numbers copied from elsewhere have them. A point or a comma is
    refused and never guessed at: 1,212 is one number in one country and another in the next.
    """

    widget = forms.TextInput
    default_error_messages = {
        "missing": _("Fill in this line. If there are none, write 0."),
        "sign": _("Write the number without a sign."),
        "decimal": _("Write a whole number, without a point or a comma."),
        "foreign": _("Write the number in the digits 0 to 9."),
        "not_digits": _("Only the digits 0 to 9 can stand here."),
        "too_large": _("This number is too large: the largest that can be is %(largest)d."),
    }

    def to_python(self, value: Any) -> int | None:
        text = "".join(character for character in str(value or "") if not character.isspace())
        if not text:
            if self.required:
                raise self._refused("missing")
            return None
        if not (text.isascii() and text.isdigit()):
            raise self._refused(_problem_with(text))
        digits = text.lstrip("0") or "0"
        if len(digits) > len(str(LARGEST_FIGURE)) or int(digits) > LARGEST_FIGURE:
            raise self._refused("too_large")
        return int(digits)

    def validate(self, value: int | None) -> None:
        """Everything was said in to_python."""

    def _refused(self, code: str) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code, params={"largest": LARGEST_FIGURE})


def _problem_with(text: str) -> str:
    if any(character in _SIGNS for character in text):
        return "sign"
    if any(character in _POINTS for character in text):
        return "decimal"
    return "foreign" if text.isdigit() or text.isdecimal() else "not_digits"


class LineOfForm:
    """A line of the paper with its input, what is wrong with what stands in it, and the findings that concern it."""

    def __init__(
        self,
        line: PaperLine,
        bound: forms.BoundField,
        problems: list[str],
        about: list[FindingInWords],
        *,
        differs: bool,
    ) -> None:
        self.line = line
        self.bound = bound
        self.problems = problems
        self.findings = about
        self.differs = differs

    @property
    def figure(self) -> int | None:
        """The figure that stands in it, where it can be read."""
        value = self.bound.form.cleaned_data.get(self.bound.name) if self.bound.form.is_bound else self.bound.initial
        return value if isinstance(value, int) else None

    @property
    def kind(self) -> str:
        """`error`, `warning` or nothing: how the line is marked."""
        if self.problems or any(finding.is_error for finding in self.findings):
            return "error"
        return "warning" if self.findings or self.differs else ""


class WarningOfForm:
    """A warning with the box that confirms it and room for words about it."""

    def __init__(self, finding: FindingInWords, tick: forms.BoundField, words: forms.BoundField) -> None:
        self.finding = finding
        self.tick = tick
        self.words = words


class ProtocolForm(forms.Form):
    """A protocol of one contest, line by line as on its paper.

    Every warning of the form has a box that confirms it and room for words; a page shows those of warnings that are
    there. `key` makes a double press one submission.
    """

    key = forms.UUIDField(widget=forms.HiddenInput)
    paper_says_so = forms.BooleanField(required=False, label=_("The paper says so"))
    paper_reason = forms.CharField(
        required=False,
        max_length=LONGEST_TEXT,
        label=_("Why the paper is so"),
        help_text=_("For example: an error of the count that the commission has signed."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self,
        paper: Paper,
        data: Mapping[str, Any] | None = None,
        *,
        figures: Mapping[str, int] | None = None,
        key: uuid.UUID | None = None,
    ) -> None:
        starting: dict[str, Any] = {"key": key or uuid.uuid4()}
        starting.update({f"figure-{code}": figure for code, figure in (figures or {}).items()})
        super().__init__(data, initial=starting, auto_id="id_%s")
        self.paper = paper
        self.findings: list[FindingInWords] = []
        self.differing: frozenset[str] = frozenset()
        self.refused: dict[str, str] = {}
        for line in paper.all_lines:
            self.fields[f"figure-{line.code}"] = _figure_field(line)
        for check in paper.form.checks:
            if check.severity is Severity.WARNING:
                self.fields[f"tick-{check.code}"] = forms.BooleanField(
                    required=False, label=_("I have compared this with the paper: it is so")
                )
                self.fields[f"words-{check.code}"] = forms.CharField(
                    required=False,
                    max_length=LONGEST_TEXT,
                    label=_("Explanation (may stay empty)"),
                    widget=forms.Textarea(attrs={"rows": 2}),
                )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("paper_says_so") and not cleaned.get("paper_reason"):
            self.add_error("paper_reason", _("Say why the paper is so: the district commission decides by it."))
        return cleaned

    @property
    def figures(self) -> dict[str, int]:
        """The figures that can be read, by code; absent lines are left out."""
        read = {line.code: self.cleaned_data.get(f"figure-{line.code}") for line in self.paper.all_lines}
        return {code: figure for code, figure in read.items() if figure is not None}

    @property
    def explanations(self) -> dict[str, str]:
        """What was written about each confirmed warning, by its code."""
        return {
            check.code: self.cleaned_data.get(f"words-{check.code}", "")
            for check in self.paper.form.checks
            if self.cleaned_data.get(f"tick-{check.code}")
        }

    @property
    def paper_words(self) -> str:
        """Why the paper breaks a check; empty unless the person says that it does."""
        return str(self.cleaned_data.get("paper_reason", "")) if self.cleaned_data.get("paper_says_so") else ""

    def current_findings(self) -> list[Finding]:
        """Hold what is filled in so far against the checks: a check that needs a line still empty says nothing."""
        figures = self.figures
        return find(self.paper.form.checks, [figures.get(code) for code in self.paper.form.layout.codes])

    def show(self, findings: Iterable[Finding]) -> None:
        """Show these findings beside the lines they concern."""
        self.findings = self.paper.in_words(finding.as_data() for finding in findings)

    def look_again(self, differing: Collection[str], entered: Sequence[int | None]) -> None:
        """Mark the lines on which two entries differ, and close the others, which stay as this person entered them.

        A line that does not say what was `entered` (in the layout's order) stays open: it must be put right.
        """
        self.differing = frozenset(differing)
        if self.is_bound:
            self.is_valid()
        for code, figure in zip(self.paper.form.layout.codes, entered, strict=True):
            says = (self.cleaned_data if self.is_bound else self.initial).get(f"figure-{code}")
            if code not in self.differing and says == figure:
                self.fields[f"figure-{code}"].widget.attrs["readonly"] = True

    def refuse(self, sentences: Mapping[str, str]) -> None:
        """Say beside these lines, by code, why they were refused. What was typed stays."""
        self.refused.update(sentences)

    def body_sha256(self, owed: OwedProtocol) -> str:
        """Return the hash by which two submissions under one key are told apart."""
        body = {
            "station": owed.station,
            "contest": owed.contest,
            "figures": self.figures,
            "explanations": self.explanations,
            "paper_says_so": self.paper_words,
        }
        return hashlib.sha256(canonical_bytes(body)).hexdigest()

    @property
    def lines(self) -> list[LineOfForm]:
        return [self._line(line) for line in self.paper.lines]

    @property
    def choices(self) -> list[LineOfForm]:
        return [self._line(line) for line in self.paper.choices]

    @property
    def errors_found(self) -> list[FindingInWords]:
        return [finding for finding in self.findings if finding.is_error]

    @property
    def warnings_found(self) -> list[WarningOfForm]:
        return [
            WarningOfForm(finding, self[f"tick-{finding.code}"], self[f"words-{finding.code}"])
            for finding in self.findings
            if not finding.is_error
        ]

    @property
    def findings_of_total(self) -> list[FindingInWords]:
        return findings_by_code(self.findings).get("votes_total", [])

    @property
    def votes_total(self) -> int | None:
        """The sum of the votes filled in so far; None while there are none."""
        if not self.is_bound:
            votes = [self.initial.get(f"figure-{line.code}") for line in self.paper.choices]
        else:
            self.is_valid()
            votes = [self.cleaned_data.get(f"figure-{line.code}") for line in self.paper.choices]
        read = [vote for vote in votes if vote is not None]
        return sum(read) if read else None

    @property
    def summary(self) -> list[tuple[str, str]]:
        """What stops the protocol, for the top of the page: the id to go to, and a sentence."""
        problems = [
            (line.line.id, f"{line.line.number}. {line.line.name}: {problem}")
            for line in (*self.lines, *self.choices)
            for problem in line.problems
        ]
        if "paper_reason" in self.errors:
            problems += [("id_paper_reason", str(error)) for error in self.errors["paper_reason"]]
        problems += [(f"finding-{finding.code}", f"{finding.code}. {finding.message}") for finding in self.findings]
        return problems

    def without_missing(self) -> None:
        """Say nothing of lines still empty: the person is on the way to them."""
        for line in self.paper.all_lines:
            name = f"figure-{line.code}"
            if self.errors.get(name) and self.errors[name].as_data()[0].code == "missing":
                del self.errors[name]

    def _line(self, line: PaperLine) -> LineOfForm:
        bound = self[f"figure-{line.code}"]
        problems = [str(error) for error in bound.errors] if self.is_bound else []
        if line.code in self.refused:
            problems.append(self.refused[line.code])
        return LineOfForm(
            line,
            bound,
            problems,
            findings_by_code(self.findings).get(line.code, []),
            differs=line.code in self.differing,
        )


def _figure_field(line: PaperLine) -> FigureField:
    return FigureField(
        required=not line.may_be_absent,
        label=line.name,
        widget=forms.TextInput(
            attrs={
                "id": line.id,
                "class": "input--figure",
                "inputmode": "numeric",
                "autocomplete": "off",
                "maxlength": LONGEST_FIGURE,
                **({} if line.may_be_absent else {"data-required": "1"}),
                "aria-describedby": f"{line.id}-marks",
            }
        ),
    )


class ReasonForm(forms.Form):
    """A commission's decision on the version it has seen, with the reason the law asks for."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    reason = forms.CharField(max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 4}))


class CorrectionForm(ProtocolForm):
    """The figures as they should be, and why. `version` is the one the person corrects."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    reason = forms.CharField(
        max_length=LONGEST_TEXT,
        label=_("Reason of the correction"),
        help_text=_("For example: a recount of 20 March, act no. 3. It stays with the protocol."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    # The fields that say why, in the order of the page.
    about: ClassVar[tuple[str, ...]] = ("reason",)

    @property
    def why(self) -> list[forms.BoundField]:
        """The fields that say why the version gives way."""
        return [self[name] for name in self.about]

    @property
    def why_in_words(self) -> list[tuple[str, str]]:
        """What was filled in as the reason: labels, and words as a person reads them."""
        return [(str(field.label), self._in_words(field.name)) for field in self.why]

    def _in_words(self, name: str) -> str:
        value = self.cleaned_data.get(name, "")
        choices = dict(getattr(self.fields[name], "choices", ()))
        if isinstance(value, date):
            return written.day(value)
        return str(choices.get(value, value))

    @property
    def summary(self) -> list[tuple[str, str]]:
        if not self.is_bound:
            return super().summary
        missing = [
            (f"id_{name}", f"{self.fields[name].label}: {error}")
            for name in self.about
            for error in self.errors.get(name, [])
        ]
        return [*missing, *super().summary]


class RecountForm(CorrectionForm):
    """The figures of a recount, and the act that ordered it."""

    ordered_by = forms.ChoiceField(
        label=_("Ordered by"),
        choices=[(OrderedBy.COMMISSION.value, _("a commission above")), (OrderedBy.COURT.value, _("a court"))],
        widget=forms.RadioSelect,
    )
    act = forms.CharField(
        max_length=LONGEST_ACT,
        label=_("Number of the act or of the court's decision"),
        help_text=_("As it stands on the act, for example 14/2-1."),
    )
    dated = forms.DateField(
        label=_("Date of the act"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    about: ClassVar[tuple[str, ...]] = ("ordered_by", "act", "dated", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = str(_("Why the ballots were counted again"))
        self.fields["reason"].help_text = ""


class RepeatForm(ReasonForm):
    """On which day the vote is held once more."""

    day = forms.DateField(
        label=_("Day of the repeat voting"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class ChoiceOfEntryForm(forms.Form):
    """Which of two differing entries is what the paper says, and why."""

    entry = forms.TypedChoiceField(
        coerce=int, label=_("The entry that says what the paper says"), widget=forms.RadioSelect
    )
    reason = forms.CharField(
        max_length=LONGEST_TEXT,
        label=_("Why this entry is chosen"),
        help_text=_("For example: compared line by line with the photograph of the signed protocol."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def offer(self, entries: Iterable[Entry]) -> None:
        """Offer these two entries, each by who keyed it and when."""
        self.fields["entry"].choices = [  # type: ignore[attr-defined]
            (entry.pk, f"{entry.by.get_full_name() or entry.by.username}, {date_format(localtime(entry.at), 'H:i')}")
            for entry in entries
        ]


class TurnoutForm(forms.Form):
    """One number for one hour."""

    hour = forms.CharField(max_length=5, widget=forms.HiddenInput)
    key = forms.UUIDField(widget=forms.HiddenInput)
    voters = FigureField(
        label=_("Voters who have received a ballot since the opening"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": LONGEST_FIGURE}),
    )
    more_than_registered = forms.BooleanField(
        required=False, label=_("There are more voters than on the register: it is so")
    )
    reason = forms.CharField(
        required=False,
        max_length=LONGEST_TEXT,
        label=_("Why the number is corrected"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    asks_to_confirm = False

    def refuse(self, refusal: Refusal, *, asks_to_confirm: bool) -> None:
        """Say beside the field why the report was not taken."""
        self.add_error("reason" if "reason" in refusal.fields else "voters", str(refusal.message))
        self.asks_to_confirm = asks_to_confirm or bool(self.cleaned_data.get("more_than_registered"))


class DeskFilter(forms.Form):
    """What part of a desk is shown, and in which order. A value that is not on offer narrows nothing."""

    OPEN = "open"
    ALL = "all"
    BY_NUMBER = "number"
    GRID = "grid"

    q = forms.CharField(
        required=False,
        max_length=100,
        strip=True,
        label=_("Station"),
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("number, name or address")}),
    )
    state = forms.ChoiceField(required=False, label=_("Shown"))
    region = forms.ModelChoiceField(
        Area.objects.none(), required=False, to_field_name="code", label=_("Region"), widget=forms.HiddenInput
    )
    district = forms.ModelChoiceField(
        Area.objects.none(), required=False, to_field_name="code", label=_("District"), empty_label=_("All districts")
    )
    contest = forms.ModelChoiceField(
        Contest.objects.none(), required=False, to_field_name="code", label=_("Contest"), empty_label=_("All contests")
    )
    sort = forms.ChoiceField(
        required=False,
        label=_("Order"),
        choices=[("", _("What is urgent first")), (BY_NUMBER, _("By station number"))],
    )
    view = forms.ChoiceField(
        required=False, label=_("View"), choices=[("", _("A list")), (GRID, _("Stations and contests in a grid"))]
    )

    def offer_contests(self, contests: Iterable[Contest]) -> None:
        """Offer these contests, and the one chosen already; all others can still be asked for by address."""
        chosen = str(self.data.get("contest", ""))
        offered = [(contest.code, contest.name) for contest in contests]
        if chosen and chosen not in dict(offered):
            offered += [(contest.code, contest.name) for contest in self._contests().filter(code=chosen)]
        self.fields["contest"].widget.choices = [("", _("All contests")), *offered]

    def _contests(self) -> QuerySet[Contest]:
        queryset: QuerySet[Contest] = self.fields["contest"].queryset  # type: ignore[attr-defined]
        return queryset

    def matters(self) -> tuple[Matter, ...]:
        """Return what is shown: what somebody must act on, unless something else is asked for."""
        chosen = self.cleaned_data.get("state") or self.OPEN
        if chosen == self.ALL:
            return tuple(Matter)
        return WAITING if chosen == self.OPEN else (Matter(chosen),)

    @property
    def is_grid(self) -> bool:
        return self.cleaned_data.get("view") == self.GRID

    @property
    def is_by_number(self) -> bool:
        return self.cleaned_data.get("sort") == self.BY_NUMBER

    def address(self, **changed: str) -> str:
        """Return the query string of this filter, with some of it changed, for links that keep the rest."""
        kept = {
            "q": self.cleaned_data.get("q") or "",
            "state": self.cleaned_data.get("state") or self.OPEN,
            "region": getattr(self.cleaned_data.get("region"), "code", ""),
            "district": getattr(self.cleaned_data.get("district"), "code", ""),
            "contest": getattr(self.cleaned_data.get("contest"), "code", ""),
            "sort": self.cleaned_data.get("sort") or "",
            "view": self.cleaned_data.get("view") or "",
            **changed,
        }
        return urlencode({name: value for name, value in kept.items() if value})
