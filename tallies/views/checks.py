"""Checks of a form as numbered sets: everybody reads them, the central commission changes them in two steps."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import needs, public, require
from accounts.domain.roles import Permission
from accounts.models import User
from stations.domain.check_sets import CheckChange, CheckText, Difference, compare
from stations.domain.form import Severity
from stations.models import Area, AreaLevel, Contest, Election, Form
from stations.selectors import NoElection, NumberedSet, SetState, check_sets_of, current_election
from tallies.check_forms import ProposalForm, WithdrawalForm
from tallies.domain.dry_run import FIRST_SHOWN, CheckEffect
from tallies.models import Explanation
from tallies.refusals import Refusal
from tallies.selectors.dry_run import count_in_force, dry_run, touched_by
from tallies.services.adopt_checks import adopt_checks
from tallies.services.propose_checks import ChecksRefused, propose_checks, require_sound
from tallies.services.withdraw_checks import withdraw_checks

# Up to so many protocols are held against a proposal while its page is made; more are looked at beside it.
AT_ONCE = 3_000
# What the button sends by which the dry run is looked at before anything is proposed.
LOOK = "look"


class _Echo:
    """A file for `csv.writer` whose lines are handed on as they are written."""

    def write(self, line: str) -> str:
        return line


@dataclass(frozen=True)
class Desk:
    """A form, all its check sets as things stand, and the person who may change them, in their role."""

    election: Election
    form: Form
    sets: list[NumberedSet]
    user: User
    role: str

    def of_number(self, number: int) -> NumberedSet:
        """Raises Http404."""
        found = next((each for each in self.sets if each.number == number), None)
        if found is None:
            raise Http404
        return found

    @property
    def in_force(self) -> NumberedSet:
        return next(each for each in self.sets if each.state is SetState.IN_FORCE)

    def base_of(self, found: NumberedSet) -> NumberedSet:
        """What a set is compared with: the one it was made from."""
        return self.of_number(found.based_on or found.number)

    def acting(self) -> dict[str, Any]:
        return {"form": self.form, "by": self.user, "role": self.role, "now": timezone.now()}


@dataclass(frozen=True)
class FormListed:
    """A form with its sets and the contests that use it."""

    form: Form
    sets: list[NumberedSet]
    contests: list[Contest]

    @property
    def in_force(self) -> NumberedSet:
        return next(each for each in self.sets if each.state is SetState.IN_FORCE)

    @property
    def newest_first(self) -> list[NumberedSet]:
        return self.sets[::-1]

    @property
    def waiting(self) -> NumberedSet | None:
        return next((each for each in self.sets if each.state in {SetState.PROPOSED, SetState.COMING}), None)


@public
@require_safe
def public_checks(request: HttpRequest) -> HttpResponse:
    """`/checks/`: the checks of every form as they are in force, and what was in force before."""
    try:
        election = current_election()
    except NoElection:
        raise Http404 from None
    listed = _listed(election)
    return _rendered(request, "tallies/checks/public.html", election, {"listed": listed})


@needs(Permission.MANAGE_ELECTION)
@require_safe
@never_cache
def checks(request: HttpRequest) -> HttpResponse:
    """`/election/checks/`: every form with its sets."""
    election, _user, _role = _manager(request)
    return _rendered(request, "tallies/checks/list.html", election, {"listed": _listed(election)})


@needs(Permission.MANAGE_ELECTION)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def propose(request: HttpRequest, form: str) -> HttpResponse:
    """`/election/checks/<form>/propose/`: the set in force as a form to change; `look` shows what it would do."""
    desk = _desk(request, form)
    with timezone.override(ZoneInfo(desk.election.time_zone)):
        proposal = ProposalForm(desk.in_force.checks, request.POST if request.method == "POST" else None)
        if LOOK in request.POST:
            return _look_first(request, desk, proposal)
        refusal = None
        if request.method == "POST" and proposal.is_valid():
            try:
                made = propose_checks(
                    checks=proposal.check_texts(),
                    in_force_from=proposal.moment,
                    reason=proposal.cleaned_data["reason"],
                    **desk.acting(),
                )
            except ChecksRefused as refused:
                proposal.refuse(refused.fields)
            except Refusal as refused:
                refusal = refused
            else:
                messages.success(
                    request, _("Check set %(number)d is proposed. Nothing has changed yet.") % {"number": made.number}
                )
                return redirect("tallies:check_set", form=form, number=made.number)
        context = {"desk": desk, "form": proposal, "refusal": refusal, "look": LOOK}
        status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == "POST" else HTTPStatus.OK
        return _rendered(request, "tallies/checks/propose.html", desk.election, context, status)


def _look_first(request: HttpRequest, desk: Desk, proposal: ProposalForm) -> HttpResponse:
    """The form again with the dry run of what is in it. Nothing is proposed and nothing kept."""
    context: dict[str, Any] = {"desk": desk, "form": proposal, "look": LOOK, "looked": True}
    if proposal.can_be_looked_at():
        try:
            require_sound(form=desk.form, checks=proposal.check_texts())
        except ChecksRefused as refused:
            proposal.refuse(refused.fields)
        else:
            told = _effects(desk, desk.in_force.checks, proposal.check_texts())
            return _rendered(request, "tallies/checks/propose.html", desk.election, {**context, **told})
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return _rendered(request, "tallies/checks/propose.html", desk.election, context, status)


@needs(Permission.MANAGE_ELECTION)
@require_safe
@never_cache
def check_set(request: HttpRequest, form: str, number: int) -> HttpResponse:
    """`/election/checks/<form>/<number>/`: what a set changes, what it would do, and what can be decided on it."""
    desk = _desk(request, form)
    return _check_set_page(request, desk, desk.of_number(number))


@needs(Permission.MANAGE_ELECTION)
@require_safe
@never_cache
def effect(request: HttpRequest, form: str, number: int) -> HttpResponse:
    """`/election/checks/<form>/<number>/effect/`: the dry run over every protocol in force."""
    desk = _desk(request, form)
    found = desk.of_number(number)
    context = {"desk": desk, "set": found, "base": desk.base_of(found), **_told(desk, found)}
    partial = request.headers.get("HX-Request") == "true"
    template = "tallies/checks/_effect.html" if partial else "tallies/checks/effect.html"
    return _rendered(request, template, desk.election, context)


@needs(Permission.MANAGE_ELECTION)
@require_safe
@never_cache
def effect_csv(request: HttpRequest, form: str, number: int) -> StreamingHttpResponse:
    """`/election/checks/<form>/<number>/effect.csv`: every protocol of which the set says something else."""
    desk = _desk(request, form)
    found = desk.of_number(number)
    lines = _csv_lines(desk, found)
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="checks-{desk.form.code}-{number}.csv"'
    return answer


@needs(Permission.MANAGE_ELECTION)
@require_POST
def adopt(request: HttpRequest, form: str, number: int) -> HttpResponse:
    """Put a proposed set in force; only somebody who did not propose it may."""
    desk = _desk(request, form)
    found = desk.of_number(number)
    if request.POST.get("compared") != "yes":
        error = _("Confirm that you have read the changes and what they do.")
        return _check_set_page(request, desk, found, error=error, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        begins = adopt_checks(number=number, **desk.acting())
    except Refusal as refusal:
        return _check_set_page(request, _desk(request, form), found, refusal=refusal, status=HTTPStatus.CONFLICT)
    with timezone.override(ZoneInfo(desk.election.time_zone)):
        local = timezone.localtime(begins)
    messages.success(
        request,
        _("Check set %(number)d is adopted and in force from %(moment)s.")
        % {"number": number, "moment": f"{local:%d.%m.%Y %H:%M:%S}"},
    )
    return redirect("tallies:check_set", form=form, number=number)


@needs(Permission.MANAGE_ELECTION)
@require_POST
def withdraw(request: HttpRequest, form: str, number: int) -> HttpResponse:
    """Take back a set that is not in force yet."""
    desk = _desk(request, form)
    found = desk.of_number(number)
    withdrawal = WithdrawalForm(request.POST)
    if not withdrawal.is_valid():
        return _check_set_page(request, desk, found, withdrawal=withdrawal, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        withdraw_checks(number=number, reason=withdrawal.cleaned_data["reason"], **desk.acting())
    except Refusal as refusal:
        return _check_set_page(request, _desk(request, form), found, refusal=refusal, status=HTTPStatus.CONFLICT)
    messages.success(request, _("Check set %(number)d is withdrawn. Nothing has changed.") % {"number": number})
    return redirect("tallies:checks")


def _manager(request: HttpRequest) -> tuple[Election, User, str]:
    """Return the current election and the person who may manage it, with their role. Raises Http404."""
    try:
        election = current_election()
    except NoElection:
        raise Http404 from None
    nation = Area.objects.get(election=election, level=AreaLevel.NATION)
    appointment = require(request.user, Permission.MANAGE_ELECTION, area=nation)
    if not isinstance(request.user, User):
        raise Http404
    return election, request.user, appointment.role


def _desk(request: HttpRequest, code: str) -> Desk:
    election, user, role = _manager(request)
    form = get_object_or_404(Form.objects.select_related("election"), election=election, code=code)
    return Desk(election, form, check_sets_of(form.pk, at=timezone.now()), user, role)


def _listed(election: Election) -> list[FormListed]:
    now = timezone.now()
    return [
        FormListed(
            form,
            check_sets_of(form.pk, at=now),
            list(Contest.objects.filter(form=form).order_by("position")),
        )
        for form in Form.objects.filter(election=election).order_by("code")
    ]


def _check_set_page(
    request: HttpRequest,
    desk: Desk,
    found: NumberedSet,
    *,
    refusal: Refusal | None = None,
    error: str = "",
    withdrawal: WithdrawalForm | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    base = desk.base_of(found)
    changes = compare(base.checks, found.checks)
    protocols = count_in_force(desk.form.pk)
    people = {str(person.pseudonym): person for person in User.objects.filter(
        pseudonym__in=[each for each in (found.proposed_by, found.decided_by) if each]
    )}  # fmt: skip
    context: dict[str, Any] = {
        "desk": desk,
        "set": found,
        "base": base,
        "changes": [(change, rows_of(change)) for change in changes if change.difference is not Difference.SAME],
        "same": [change.after for change in changes if change.difference is Difference.SAME],
        "protocols": protocols,
        "proposer": people.get(found.proposed_by),
        "decider": people.get(found.decided_by),
        "is_mine": found.proposed_by == str(desk.user.pseudonym),
        "words": list(Explanation.objects.filter(event_id__in=found.events).order_by("event_id")),
        "refusal": refusal,
        "error": error,
        "withdrawal": withdrawal or WithdrawalForm(),
        "is_open": found.state in {SetState.PROPOSED, SetState.COMING},
    }
    if found.state is SetState.PROPOSED and protocols <= AT_ONCE:
        context |= _told(desk, found)
    return _rendered(request, "tallies/checks/set.html", desk.election, context, status)


def _told(desk: Desk, found: NumberedSet) -> dict[str, Any]:
    return _effects(desk, desk.base_of(found).checks, found.checks)


def _effects(desk: Desk, before: Sequence[CheckText], after: Sequence[CheckText]) -> dict[str, Any]:
    effects = dry_run(desk.form.pk, before, after)
    names = {area.code: area.name for area in Area.objects.filter(election=desk.election, level=AreaLevel.REGION)}
    return {
        "effects": [(each, _by_region(each, names)) for each in effects],
        "judged": count_in_force(desk.form.pk),
        "first_shown": FIRST_SHOWN,
    }


def _by_region(told: CheckEffect, names: dict[str, str]) -> list[tuple[str, dict[str, int]]]:
    return [
        (name, {each: told.regions[code][each] for each in ("before", "now", "newly", "no_longer")})
        for code, name in names.items()
        if code in told.regions
    ]


def _csv_lines(desk: Desk, found: NumberedSet) -> Iterator[str]:
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield writer.writerow(["check", "contest", "region", "station", "before", "now", "figures"])
    for touched in touched_by(desk.form.pk, desk.base_of(found).checks, found.checks):
        judged = touched.judged
        figures = " ".join(f"{code}={value}" for code, value in touched.figures.items())
        yield writer.writerow(
            [
                touched.check,
                judged.contest,
                judged.region,
                judged.station,
                int(touched.before),
                int(touched.now),
                figures,
            ]
        )


def rows_of(change: CheckChange) -> list[tuple[str, str, str, bool]]:
    """Return a change line by line: the line's name, what it was, what it becomes, and whether that differs."""
    names = {
        "severity": _("What it does"),
        "rule": _("Rule"),
        "tolerance": _("Tolerance"),
        "message_en": _("Message in English"),
        "message_kk": _("Message in Kazakh"),
        "message_ru": _("Message in Russian"),
        "law_en": _("Article of the law in English"),
        "law_kk": _("Article of the law in Kazakh"),
        "law_ru": _("Article of the law in Russian"),
    }
    before, after = (_flat(check) if check else {} for check in (change.before, change.after))
    return [
        (name, before.get(key, ""), after.get(key, ""), before.get(key) != after.get(key))
        for key, name in names.items()
    ]


def _flat(check: CheckText) -> dict[str, str]:
    return {
        "severity": _("Error") if check.severity is Severity.ERROR else _("Warning"),
        "rule": check.rule,
        "tolerance": str(check.tolerance),
        **{f"message_{language}": text for language, text in check.messages.items()},
        **{f"law_{language}": text for language, text in check.laws.items()},
    }


def _rendered(
    request: HttpRequest,
    template: str,
    election: Election,
    context: dict[str, Any],
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    with timezone.override(ZoneInfo(election.time_zone)):
        return render(request, template, {"election": election, **context}, status=status)
