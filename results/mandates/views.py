"""Pages about mandates: the public one, and the one from which the central commission records acts."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import needs, public, require
from accounts.domain.roles import Permission
from accounts.models import User
from aggregation.domain.mandates import Verdict
from results.mandates.forms import Form, GivenUpForm, LotsForm, RegistrationForm, RepeatForm, holder_names
from results.mandates.selectors import Listed, Mandates, mandates_of, quotas_of
from results.mandates.services import (
    call_repeat,
    confirm_act,
    give_up_mandate,
    record_lots,
    register_mandates,
    withdraw_act,
)
from results.models import MandateAct
from results.public.ground import READER, NotThere, ground_of
from results.public.kept_pages import PRESENT, answer
from results.public.pages import rendered
from results.public.registry import contest_of
from results.publication.here import election_to_publish, person_of
from stations.models import AreaLevel, Candidate, Contest
from tallies.models import Explanation
from tallies.refusals import Refusal

LONGEST_SEARCH = 100
MOST_FOUND = 50


@public
@require_safe
def mandates(request: HttpRequest, contest: str) -> HttpResponseBase:
    """Who holds the mandates of a contest by its final result, and what changed since."""
    try:
        ground = ground_of(contest, timezone.now())
    except NotThere:
        raise Http404 from None
    found = mandates_of(contest_of(ground.contest_id), using=READER)
    mark = f"{found.snapshot and found.snapshot.pk}.{len(found.acts)}.{len(found.decided)}"
    context = _told(found) | {"ground": ground}
    return answer(
        request,
        (request.path, get_language(), ground.token, mark),
        lambda: rendered(request, "results/mandates/public.html", context),
        seconds=PRESENT,
    )


@needs(Permission.PUBLISH)
@require_safe
@never_cache
def find(request: HttpRequest) -> HttpResponse:
    """`?q=…`: contests by a part of their name or code, to record something about their mandates."""
    election, wanted = election_to_publish(request), request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    named = Q(code__icontains=wanted) | Q(**{f"name_{_language()}__icontains": wanted})
    found = list(Contest.objects.filter(named, election=election).order_by("position")[: MOST_FOUND + 1])
    context = {"election": election, "q": wanted, "contests": found[:MOST_FOUND], "more": len(found) > MOST_FOUND}
    return render(request, "results/mandates/find.html", context)


@needs(Permission.PUBLISH)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def record(request: HttpRequest, contest: str) -> HttpResponse:
    """Show what can be recorded about the mandates of a contest; propose it."""
    found = _contest(request, contest)
    kind = request.POST.get("what", "")
    if request.method != "POST":
        return _work(request, found)
    form = _form(kind, mandates_of(found), request)
    if form is None:
        return _work(request, found)
    if not form.is_valid():
        return _work(request, found, form=form, kind=kind)
    try:
        _propose(found, form, person_of(request), timezone.now())
    except Refusal as refusal:
        return _work(request, found, refusal=refusal)
    messages.success(request, _("The act is proposed. A second person must confirm it."))
    return redirect("record-mandates", contest=found.code)


@needs(Permission.PUBLISH)
@require_POST
def decide(request: HttpRequest, contest: str, number: int) -> HttpResponse:
    """Confirm a waiting act, or take it back."""
    found = _contest(request, contest)
    acts = MandateAct.objects.select_related("contest__election")
    act = get_object_or_404(acts, contest=found, number=number)
    try:
        if request.POST.get("outcome") == "confirm":
            confirm_act(act=act, by=person_of(request), now=timezone.now())
            messages.success(request, _("The act is confirmed and counts from now on."))
        else:
            withdraw_act(act=act, by=person_of(request), now=timezone.now())
            messages.success(request, _("The act is withdrawn."))
    except Refusal as refusal:
        return _work(request, found, refusal=refusal)
    return redirect("record-mandates", contest=found.code)


def _propose(contest: Contest, form: Form, by: User, now: datetime) -> None:
    given = form.cleaned_data
    match form:
        case LotsForm():
            record_lots(contest=contest, won=given["won"], drawn_on=given["day"], act=given["words"], by=by, now=now)
        case RegistrationForm():
            register_mandates(contest=contest, act=given["words"], by=by, now=now)
        case GivenUpForm():
            choice, _colon, place = given["holder"].rpartition(":")
            give_up_mandate(contest=contest, choice=choice, place=int(place), reason=given["words"], by=by, now=now)
        case RepeatForm():
            call_repeat(contest=contest, day=given["day"], act=given["words"], by=by, now=now)


def _form(kind: str, found: Mandates, request: HttpRequest | None = None) -> Form | None:
    data = request.POST if request else None
    match kind:
        case MandateAct.Kind.LOTS:
            return LotsForm(_tied(found), data)
        case MandateAct.Kind.REGISTRATION:
            return RegistrationForm(data)
        case MandateAct.Kind.GIVEN_UP:
            return GivenUpForm(holder_names(found), data)
        case MandateAct.Kind.REPEAT:
            return RepeatForm(data)
    return None


def _tied(found: Mandates) -> list[tuple[str, str]]:
    lots = found.allocation.lots if found.allocation else None
    names = dict(found.contest.choices.values_list("code", f"name_{_language()}"))
    return [(code, names.get(code, code)) for code in (lots.choices if lots else ())]


def _language() -> str:
    language = get_language() or "en"
    return language if language in {"en", "kk", "ru"} else "en"


def _possible(found: Mandates) -> MandateAct.Kind | None:
    """Return what comes next; None where nothing is left to record, or something waits."""
    if found.snapshot is None or found.waiting is not None or found.allocation is None:
        return None
    consequence = found.consequence
    if consequence and consequence.verdict in {Verdict.REPEAT_VOTING, Verdict.REPEAT_ELECTION}:
        return None if found.called else MandateAct.Kind.REPEAT
    if found.allocation.lots is not None:
        return MandateAct.Kind.LOTS
    if found.is_vacated:
        return None if found.called else MandateAct.Kind.REPEAT
    if not any(listed.candidates for listed in found.lists):
        return None
    return MandateAct.Kind.REGISTRATION if found.registered is None else MandateAct.Kind.GIVEN_UP


def _work(
    request: HttpRequest,
    contest: Contest,
    *,
    form: Form | None = None,
    kind: str = "",
    refusal: Refusal | None = None,
) -> HttpResponse:
    found = mandates_of(contest)
    possible = MandateAct.Kind(kind) if kind in MandateAct.Kind.values else _possible(found)
    waiting = found.waiting
    context = _told(found) | {
        "refusal": refusal,
        "form": form or (_form(possible, found) if possible else None),
        "what": possible,
        "waiting": waiting,
        "is_mine": waiting is not None and waiting.proposed_by_id == request.user.pk,
        "words": dict(
            Explanation.objects.filter(event__in=[act.event_id for act in found.acts]).values_list("event_id", "text")
        ),
    }
    status = HTTPStatus.CONFLICT if refusal else HTTPStatus.UNPROCESSABLE_ENTITY if form else HTTPStatus.OK
    with timezone.override(ZoneInfo(contest.election.time_zone)):
        return render(request, "results/mandates/record.html", context, status=status)


def _told(found: Mandates) -> dict[str, Any]:
    names = {choice.choice.code: choice.choice.name for choice in found.lists}
    if found.consequence:
        names = dict(found.contest.choices.using(READER).values_list("code", f"name_{_language()}"))
    return {
        "election": found.contest.election,
        "contest": found.contest,
        "found": found,
        "lists": [
            {"listed": listed, "quotas": quotas_of(found.contest, listed), "gave_up": _gave_up(listed)}
            for listed in found.lists
            if listed.seats and listed.is_list
        ],
        "names": names,
        "acts": [(act, found.decided.get(act.pk, "")) for act in reversed(found.acts)],
        "tied": found.allocation.lots.choices if found.allocation and found.allocation.lots else (),
    }


def _gave_up(listed: Listed) -> list[Candidate]:
    return [each for each in listed.candidates if each.position in listed.gave_up]


def _contest(request: HttpRequest, code: str) -> Contest:
    """Return the contest of the current election, for a person who may publish its result. Raises Http404."""
    try:
        ground = ground_of(code, timezone.now())
    except NotThere:
        raise Http404 from None
    contest = Contest.objects.select_related("election").get(pk=ground.contest_id)
    nation = contest.election.areas.values_list("pk", flat=True).get(level=AreaLevel.NATION)
    require(request.user, Permission.PUBLISH, area=int(nation))
    return contest
