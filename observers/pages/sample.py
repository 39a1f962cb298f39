"""A sample of stations to count by hand: drawn with dice that everybody saw, and the risk measured from what was found.

Nothing is kept: the same dice give the same stations to everybody, and what was counted goes with the form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from babel.numbers import format_decimal
from django import forms
from django.core.validators import RegexValidator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import needs
from accounts.domain.roles import Permission
from observers.dataset import Dataset, dataset
from observers.domain.sampling import (
    UNITS,
    Batch,
    Contested,
    Draw,
    Measured,
    NoSample,
    Plan,
    plan,
    uniform_draw,
)
from observers.downloads import Cell, Table, download, links
from observers.moments import Chosen, chosen
from observers.pages.frame import kept_fragment, page_about
from results.public.outcome import ISSUED
from stations.domain.layout import VOTES
from stations.models import Choice, Contest
from stations.templatetags.written import percent

DEFAULT_RISK = 5
MOST_UNIFORM = 500
DICE = r"[0-9]{20,60}"


class SampleForm(forms.Form):
    """The dice, and how surely the winner is to be confirmed; for lists, how many stations to look at."""

    seed = forms.CharField(
        label=gettext_lazy("Digits of the dice"),
        help_text=gettext_lazy("Roll ten-sided dice in public at least twenty times, and type the digits in order."),
        validators=[RegexValidator(rf"^{DICE}\Z", gettext_lazy("Type 20 to 60 digits, nothing else."))],
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 60}),
    )
    risk = forms.IntegerField(
        label=gettext_lazy("Risk limit in percent"),
        help_text=gettext_lazy("The largest chance of not noticing that the reported winner did not win."),
        min_value=1,
        max_value=50,
        initial=DEFAULT_RISK,
        widget=forms.NumberInput(attrs={"class": "input--short", "inputmode": "numeric"}),
    )
    stations = forms.IntegerField(
        label=gettext_lazy("How many stations"),
        min_value=1,
        max_value=MOST_UNIFORM,
        initial=30,
        widget=forms.NumberInput(attrs={"class": "input--short", "inputmode": "numeric"}),
    )

    def __init__(self, *arguments: Any, plurality: bool, **named: Any) -> None:
        super().__init__(*arguments, **named)
        del self.fields["stations" if plurality else "risk"]


@dataclass(frozen=True)
class Counted:
    """A station to count: its draws, what its protocol says of each choice, and the fields for what was found."""

    station: str
    draws: Sequence[int]
    votes: Sequence[tuple[Choice, int, str, str, int | None]]
    """Choice, reported votes, the field's name, what was typed, and found less reported."""

    @property
    def is_counted(self) -> bool:
        return all(difference is not None for *_rest, difference in self.votes)

    @property
    def problems(self) -> bool:
        return any(typed and difference is None for *_rest, typed, difference in self.votes)


@needs(Permission.OBSERVE)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def sample(request: HttpRequest) -> HttpResponseBase:
    """`/observe/sample/?contest=…&seed=…&risk=…`: the stations to count; sent with counts, the risk so far."""
    about = chosen(request)
    plurality = about.contest.kind == Contest.Kind.PLURALITY
    given = request.GET if "seed" in request.GET else None
    form = SampleForm(given, plurality=plurality)
    context: dict[str, Any] = {"form": form, "plurality": plurality}
    if not form.is_bound or not form.is_valid():
        return page_about(request, "observers/sample.html", about, context, 422 if form.is_bound else 200)
    data = dataset(about)
    if plurality:
        answer = _risk_limiting(request, about, data, form.cleaned_data, context)
    else:
        answer = _to_look_at(request, about, data, form.cleaned_data, context)
    return answer or page_about(request, "observers/sample.html", about, context)


def _risk_limiting(
    request: HttpRequest, about: Chosen, data: Dataset, asked: Mapping[str, Any], context: dict[str, Any]
) -> HttpResponseBase | None:
    choices = [choice for choice in data.choices if not choice.withdrawn]
    missing = sum(row.figures is None for row in data.rows)
    try:
        plan_ = plan(_batches(data), [choice.code for choice in choices], Fraction(asked["risk"], 100))
    except NoSample as reason:
        context["no_sample"] = _why_none(reason)
        return None
    draws = plan_.drawn(asked["seed"])
    counted = _counted(request.POST if request.method == "POST" else {}, plan_.batches, draws, choices)
    measured = _measured(plan_, draws, counted)
    again = request.GET.dict() | {"size": str(about.size)}
    title = {**about.title, "seed": asked["seed"]}
    context |= {
        "plan": plan_,
        "margins": _margins(plan_.contested, choices),
        "draws": draws,
        "counted": counted,
        "missing": missing,
        "unread": [each.station for each in counted if each.problems],
        "measured": measured,
        "measured_percent": percent(Fraction(measured.risk)) if measured else "",
        "is_confirmed": measured is not None and measured.risk <= plan_.risk_limit,
        "bound_shown": format_decimal(plan_.total / UNITS, "#,##0.0", locale=get_language() or "en"),
        "seed": asked["seed"],
        "formats": links(request.path, "draws", **again),
        "bound_formats": links(request.path, "bounds", **again),
    }
    return download(
        request,
        _draws_table(title, draws),
        _bounds_table(title, plan_, choices),
        _counted_table({**title, **_risk(plan_, measured)}, counted),
    )


def _to_look_at(
    request: HttpRequest, about: Chosen, data: Dataset, asked: Mapping[str, Any], context: dict[str, Any]
) -> HttpResponseBase | None:
    title = {**about.title, "seed": asked["seed"]}

    def drawn() -> list[str]:
        return uniform_draw([row.code for row in data.in_force], asked["seed"], asked["stations"])

    file = download(request, Table("stations", title, ("number", "station"), lambda: list(enumerate(drawn(), start=1))))
    again = {"contest": about.contest.code, "seed": asked["seed"], "stations": str(asked["stations"])}
    context["drawn"] = (
        ""
        if file
        else kept_fragment(
            request,
            "observers/_drawn.html",
            about.election,
            (about.contest.pk, about.scope, about.size, asked["seed"], asked["stations"]),
            lambda: {
                "drawn": drawn(),
                "of": len(data.in_force),
                "formats": links(request.path, "stations", **again, size=str(about.size)),
            },
        )
    )
    return file


def _batches(data: Dataset) -> list[Batch]:
    """The protocols in force. No more ballots can be in a station than were issued, or stand in its register."""
    return [
        Batch(
            row.code,
            {choice.code: row.figures[VOTES + choice.code] for choice in data.choices},
            max(
                row.figures.get(ISSUED, row.registered_voters),
                sum(row.figures[VOTES + choice.code] for choice in data.choices),
            ),
        )
        for row in data.rows
        if row.figures is not None
    ]


def _counted(
    typed: Mapping[str, str], batches: Sequence[Batch], draws: Sequence[Draw], choices: Sequence[Choice]
) -> list[Counted]:
    """Return the stations to count, each once, in the order of the draws."""
    by_code = {batch.station: batch for batch in batches}
    numbers: dict[str, list[int]] = {}
    for draw in draws:
        numbers.setdefault(draw.station, []).append(draw.number)
    return [
        Counted(station, drawn, [_field(by_code[station], choice, typed) for choice in choices])
        for station, drawn in numbers.items()
    ]


def _field(batch: Batch, choice: Choice, typed: Mapping[str, str]) -> tuple[Choice, int, str, str, int | None]:
    name = f"{batch.station}:{choice.code}"
    text = typed.get(name, "").strip()[:10]
    found = int(text) if text.isascii() and text.isdigit() else None
    reported = batch.votes[choice.code]
    return choice, reported, name, text, None if found is None else found - reported


def _measured(plan_: Plan, draws: Sequence[Draw], counted: Sequence[Counted]) -> Measured | None:
    """Return the risk after the stations counted so far, None where none was."""
    found = {
        each.station: {choice.code: reported + (difference or 0) for choice, reported, _, _, difference in each.votes}
        for each in counted
        if each.is_counted
    }
    return plan_.measured_risk(draws, found) if found else None


def _margins(contested: Contested, choices: Sequence[Choice]) -> list[tuple[str, int]]:
    names = {choice.code: choice.name for choice in choices}
    return [(names[loser], margin) for loser, margin in contested.losers.items()]


def _why_none(reason: NoSample) -> str:
    sentences = {
        "no_winner": _("There is no single winner to confirm yet."),
        "no_stations": _("No protocol is in force yet."),
        "cannot_change": _(
            "Even if every station were wrong as far as it can be, the winner would stay: no sample is needed."
        ),
        "too_close": _("It is so close that a sample would be as much work as counting everything again."),
    }
    return sentences[reason.code]


def _risk(plan_: Plan, measured: Measured | None) -> dict[str, Any]:
    """What the file of counts says of the risk."""
    return {
        "risk_limit": float(plan_.risk_limit),
        "risk_measured": None if measured is None else float(measured.risk),
        "draws_measured": 0 if measured is None else measured.draws,
    }


def _counted_table(title: Mapping[str, Any], counted: Sequence[Counted]) -> Table:
    """What the protocols say and what was found, as it was sent: a station not counted yet has nothing found."""
    rows: list[list[Cell]] = [
        [each.station, " ".join(map(str, each.draws)), choice.code, reported, found, difference]
        for each in counted
        for choice, reported, _name, _typed, difference in each.votes
        for found in [None if difference is None else reported + difference]
    ]
    return Table("counted", title, ("station", "draws", "choice", "protocol", "found", "difference"), lambda: rows)


def _draws_table(title: Mapping[str, Any], draws: Sequence[Draw]) -> Table:
    rows: list[list[Cell]] = [[draw.number, draw.hash, str(draw.ticket), draw.station] for draw in draws]
    return Table("draws", title, ("draw", "sha256", "ticket", "station"), lambda: rows)


def _bounds_table(title: Mapping[str, Any], plan_: Plan, choices: Sequence[Choice]) -> Table:
    """Everything that the draw is made from: tickets are counted through the stations in this order."""
    rows: list[list[Cell]] = []
    last = 0
    for batch, bound in zip(plan_.batches, plan_.bounds, strict=True):
        votes = [batch.votes[choice.code] for choice in choices]
        rows.append([batch.station, batch.most_ballots, *votes, str(bound), str(last), str(last + bound - 1)])
        last += bound
    columns = ("station", "most_ballots", *(f"votes:{choice.code}" for choice in choices))
    return Table("bounds", title, (*columns, "bound", "first_ticket", "last_ticket"), lambda: rows)
