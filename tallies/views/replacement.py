"""A version in force gives way to another, by correction or recount: the figures, what would change, done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import needs
from accounts.domain.roles import Permission
from tallies.domain.checks import Outcome, assess
from tallies.domain.lifecycle import Action
from tallies.forms import CorrectionForm, RecountForm
from tallies.models import ProtocolVersion
from tallies.paper import PaperLine
from tallies.refusals import Refusal
from tallies.selectors import standing
from tallies.services import correct_protocol, record_recount
from tallies.services.recount import OrderedBy, RecountOrder
from tallies.services.replace import NothingCorrected
from tallies.services.submit import ChecksFailed, Submitted
from tallies.views.decisions import desk_protocol_page, refused_now
from tallies.views.place import Place, place_for

# What the buttons of the page that asks for confirmation send.
CONFIRMED = "confirmed"
AGAIN = "again"


@dataclass(frozen=True)
class Corrected:
    """A figure before and after."""

    line: PaperLine
    before: int | None
    after: int | None


@dataclass(frozen=True)
class Replacing:
    """A way in which a version gives way to another: its form, its service, and the words of its pages."""

    action: Action
    permission: Permission
    form: type[CorrectionForm]
    replace: Callable[[Place, CorrectionForm], Submitted]
    title: Promise
    lede: Promise
    question: Promise
    button: Promise
    may_stay_the_same: bool


def _correct(place: Place, form: CorrectionForm) -> Submitted:
    return correct_protocol(
        version_id=form.cleaned_data["version"],
        figures=form.figures,
        explanations=form.explanations,
        paper_says_so=form.paper_words,
        reason=form.cleaned_data["reason"],
        **place.acting(),
    )


def _recount(place: Place, form: CorrectionForm) -> Submitted:
    order = RecountOrder(
        by=OrderedBy(form.cleaned_data["ordered_by"]), act=form.cleaned_data["act"], dated=form.cleaned_data["dated"]
    )
    return record_recount(
        version_id=form.cleaned_data["version"],
        order=order,
        figures=form.figures,
        explanations=form.explanations,
        paper_says_so=form.paper_words,
        reason=form.cleaned_data["reason"],
        **place.acting(),
    )


CORRECTION = Replacing(
    Action.CORRECT,
    Permission.CORRECT_PROTOCOL,
    CorrectionForm,
    _correct,
    title=gettext_lazy("Correct the protocol"),
    lede=gettext_lazy(
        "Change the figures that are wrong. The version in force stays to be seen; the new one takes its place and "
        "names your reason."
    ),
    question=gettext_lazy("Is this the correction?"),
    button=gettext_lazy("Put the correction in force"),
    may_stay_the_same=False,
)
RECOUNT = Replacing(
    Action.RECOUNT,
    Permission.ORDER_RECOUNT,
    RecountForm,
    _recount,
    title=gettext_lazy("Record a recount"),
    lede=gettext_lazy(
        "Enter the figures of the recount's protocol. Lines that came out the same stay as they are: the recount then "
        "confirms them. The version in force stays to be seen, and the new one names who ordered the recount."
    ),
    question=gettext_lazy("Is this the result of the recount?"),
    button=gettext_lazy("Put the recount in force"),
    may_stay_the_same=True,
)


@needs(Permission.CORRECT_PROTOCOL)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def correct(request: HttpRequest, station: str, contest: str) -> HttpResponse:
    """`/desk/<station>/<contest>/correct/`: the form; posted, what would change; confirmed, the correction."""
    return _replace(request, place_for(request, station, contest, CORRECTION.permission), CORRECTION)


@needs(Permission.ORDER_RECOUNT)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def recount(request: HttpRequest, station: str, contest: str) -> HttpResponse:
    """`/desk/<station>/<contest>/recount/`: the same for a recount, with the act that ordered it."""
    return _replace(request, place_for(request, station, contest, RECOUNT.permission), RECOUNT)


def _replace(request: HttpRequest, place: Place, replacing: Replacing) -> HttpResponse:
    stands = standing(place.owed)
    refusal = refused_now(stands, replacing.action)
    if refusal or stands is None or stands.version is None:
        return desk_protocol_page(request, place, refusal=refusal, status=HTTPStatus.CONFLICT)
    page = _Page(request, place, replacing, stands.version)
    if request.method != "POST":
        return page.form(page.filled_in())
    form = replacing.form(place.paper, request.POST)
    if not form.is_valid():
        form.show(form.current_findings())
        return page.form(form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if AGAIN in request.POST:
        form.show(form.current_findings())
        return page.form(form)
    if CONFIRMED not in request.POST:
        return page.look_first(form)
    return page.put_in_force(form)


@dataclass(frozen=True)
class _Page:
    """The pages on which one version is about to give way."""

    request: HttpRequest
    place: Place
    replacing: Replacing
    version: ProtocolVersion

    def filled_in(self) -> CorrectionForm:
        figures = self.place.paper.form.layout.mapping(self.version.figures)
        form = self.replacing.form(self.place.paper, figures=figures)
        form.initial["version"] = self.version.pk
        return form

    def form(
        self, form: CorrectionForm, *, refusal: Refusal | None = None, status: HTTPStatus = HTTPStatus.OK
    ) -> HttpResponse:
        context = {**self._context(form), "refusal": refusal}
        return render(self.request, "tallies/correct.html", context, status=status)

    def look_first(self, form: CorrectionForm) -> HttpResponse:
        findings = form.current_findings()
        form.show(findings)
        if assess(findings, ticked=form.explanations, paper_says_so=bool(form.paper_words)) is Outcome.STOP:
            return self.form(form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        changes = self._changes(form)
        if not changes and not self.replacing.may_stay_the_same:
            return self.form(form, refusal=NothingCorrected(), status=HTTPStatus.UNPROCESSABLE_ENTITY)
        context = {**self._context(form), "changes": changes, "confirmed": CONFIRMED, "again": AGAIN}
        return render(self.request, "tallies/correct_confirm.html", context)

    def put_in_force(self, form: CorrectionForm) -> HttpResponse:
        try:
            replaced = self.replacing.replace(self.place, form)
        except ChecksFailed as failed:
            form.show(failed.findings)
            return self.form(form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        except Refusal as refusal:
            return desk_protocol_page(self.request, self.place, refusal=refusal, status=HTTPStatus.CONFLICT)
        in_force = _("Version %(number)d is in force and counted.") % {"number": replaced.number}
        messages.success(self.request, in_force)
        return redirect("tallies:desk_protocol", station=self.place.owed.station, contest=self.place.owed.contest)

    def _context(self, form: CorrectionForm) -> dict[str, object]:
        return {**self.place.names(), "form": form, "version": self.version, "replacing": self.replacing}

    def _changes(self, form: CorrectionForm) -> list[Corrected]:
        before = self.place.paper.form.layout.mapping(self.version.figures)
        after = form.figures
        return [
            Corrected(line, before.get(line.code), after.get(line.code))
            for line in self.place.paper.all_lines
            if before.get(line.code) != after.get(line.code)
        ]
