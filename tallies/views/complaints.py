"""Complaints: an observer registers one or takes it back, a commission answers, and both see where each stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import needs
from accounts.domain.roles import Permission
from accounts.models import User
from stations.models import Election
from stations.selectors import NoElection, current_election
from tallies.complaint_forms import AnswerForm, ComplaintForm
from tallies.domain.complaints import Ending, Remedy, complaint_state, contradicted
from tallies.domain.lifecycle import Action, State, states_before
from tallies.models import Complaint, ComplaintEnd
from tallies.paper import PaperLine
from tallies.photographs.examination import BusyExamining, NotAPhotograph, limits
from tallies.photographs.showing import Beside, photographs_with_complaint
from tallies.refusals import Refusal
from tallies.selectors import scope_of, standing
from tallies.selectors.complaints import (
    carried_out,
    complaint_of,
    complaints_by,
    complaints_in,
    count_in,
    ending_of,
    photographs_with,
    was_in_force,
    words_of,
)
from tallies.services.complaint_photographs import MOST_PHOTOGRAPHS, TooManyFiles
from tallies.services.complaints import (
    Answer,
    ComplaintEnded,
    NewComplaint,
    answer_complaint,
    register_complaint,
    withdraw_complaint,
)
from tallies.views.complaint_files import Arrived, arrived_files, forget, without_refused
from tallies.views.place import Place, place_for

# Refusals about what was sent, not about what changed meanwhile.
_REFUSED_WITH = {
    NotAPhotograph: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooManyFiles: HTTPStatus.UNPROCESSABLE_ENTITY,
    BusyExamining: HTTPStatus.SERVICE_UNAVAILABLE,
}
COMPLAINTS_ON_A_PAGE = 50
MOST_OF_ONES_OWN = 200
# By remedy: the step that carries it out, who may take it, and its page.
_STEPS = {
    Remedy.CORRECTION: (Action.CORRECT, Permission.CORRECT_PROTOCOL, "tallies:correct"),
    Remedy.RECOUNT: (Action.RECOUNT, Permission.ORDER_RECOUNT, "tallies:recount"),
    Remedy.ANNULMENT: (Action.ANNUL, Permission.ANNUL_PROTOCOL, "tallies:annul"),
}


@needs(Permission.COMPLAIN, Permission.ANSWER_COMPLAINT)
@require_safe
@never_cache
def complaints(request: HttpRequest) -> HttpResponse:
    """`/complaints/?waiting=1&page=…`: those a commission answers, and those a person registered."""
    election, user = _here(request)
    now = timezone.now()
    scope = scope_of(user, Permission.ANSWER_COMPLAINT, election, now=now)
    only_waiting = bool(request.GET.get("waiting"))
    count = count_in(scope, waiting=only_waiting) if scope else 0
    page = Paginator(range(count), COMPLAINTS_ON_A_PAGE).get_page(request.GET.get("page"))
    offset = (page.number - 1) * COMPLAINTS_ON_A_PAGE
    context = {
        "answers": bool(scope),
        "only_waiting": only_waiting,
        "waiting_count": count_in(scope, waiting=True) if scope else 0,
        "listed": complaints_in(scope, now=now, waiting=only_waiting, offset=offset, limit=COMPLAINTS_ON_A_PAGE)
        if scope
        else [],
        "page": page,
        "address": "waiting=1" if only_waiting else "",
        "own": complaints_by(user, election.pk, now=now, limit=MOST_OF_ONES_OWN),
    }
    return render(request, "tallies/complaints.html", context)


@needs(Permission.COMPLAIN)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def register(request: HttpRequest, station: str, contest: str) -> HttpResponse:
    """`/complaints/<station>/<contest>/new/`"""
    place = place_for(request, station, contest, Permission.COMPLAIN)
    stands = standing(place.owed)
    if request.method != "POST":
        form = ComplaintForm(place.paper, version_id=stands.version_id if stands else None, copied=request.GET)
        return _form_page(request, place, form)
    arrived, refused = arrived_files(place, request)
    form = ComplaintForm(place.paper, request.POST)
    if refused or not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return _form_page(request, place, form, arrived=arrived, refusal=refused, status=status)
    new = NewComplaint(
        version_id=form.cleaned_data["version"],
        text=form.cleaned_data["text"],
        figures=form.figures,
        idempotency_key=str(form.cleaned_data["key"]),
        files=[each.file for each in arrived],
    )
    try:
        registered = register_complaint(complaint=new, **place.acting())
    except Refusal as refusal:
        # What was written stays; the complaint is now about the version that is there.
        again = ComplaintForm(place.paper, {**request.POST.dict(), "version": _version_now(place)})
        left = without_refused(arrived, refusal)
        status = _REFUSED_WITH.get(type(refusal), HTTPStatus.CONFLICT)
        return _form_page(request, place, again, arrived=left, refusal=refusal, status=status)
    forget(arrived)
    messages.success(request, _("The complaint is registered. You see here what becomes of it."))
    return redirect("tallies:complaint", station=station, contest=contest, number=registered.number)


@needs(Permission.COMPLAIN, Permission.ANSWER_COMPLAINT)
@require_safe
@never_cache
def complaint(request: HttpRequest, station: str, contest: str, number: int) -> HttpResponse:
    """`/complaints/<station>/<contest>/<number>/`"""
    place = place_for(request, station, contest, Permission.ANSWER_COMPLAINT, Permission.COMPLAIN)
    return _complaint_page(request, place, _found(place, number))


@needs(Permission.ANSWER_COMPLAINT)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def answer(request: HttpRequest, station: str, contest: str, number: int) -> HttpResponse:
    """`/complaints/<station>/<contest>/<number>/answer/`"""
    place = place_for(request, station, contest, Permission.ANSWER_COMPLAINT)
    found = _found(place, number)
    if ending_of(found):
        return _complaint_page(request, place, found, refusal=ComplaintEnded(), status=HTTPStatus.CONFLICT)
    if request.method != "POST":
        return _answer_page(request, place, found, AnswerForm())
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _answer_page(request, place, found, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    said = form.cleaned_data
    given = Answer(Ending(said["ending"]), Remedy(said["remedy"]), said["reason"])
    try:
        answer_complaint(complaint=found, answer=given, **place.acting())
    except ComplaintEnded as refusal:
        return _complaint_page(request, place, found, refusal=refusal, status=HTTPStatus.CONFLICT)
    messages.success(request, _("The complaint is answered. The person who complained sees the answer."))
    return redirect("tallies:complaint", station=station, contest=contest, number=number)


@needs(Permission.COMPLAIN)
@require_POST
@never_cache
def withdraw(request: HttpRequest, station: str, contest: str, number: int) -> HttpResponse:
    """`/complaints/<station>/<contest>/<number>/withdraw/`: the person takes their own complaint back."""
    place = place_for(request, station, contest, Permission.COMPLAIN)
    found = _found(place, number)
    try:
        withdraw_complaint(complaint=found, **place.acting())
    except Refusal as refusal:
        return _complaint_page(request, place, found, refusal=refusal, status=HTTPStatus.CONFLICT)
    messages.success(request, _("The complaint is withdrawn."))
    return redirect("tallies:complaint", station=station, contest=contest, number=number)


@dataclass(frozen=True)
class LineCompared:
    """A line on the complainant's copy, on the version they saw, and on the one in force now."""

    line: PaperLine
    on_copy: int | None
    on_protocol: int | None
    in_force: int | None
    differs: bool


@dataclass(frozen=True)
class _Comparison:
    """The copy beside the protocol, as far as this person may see the protocol."""

    rows: list[LineCompared]
    shows_protocol: bool
    shows_in_force: bool

    @property
    def differing(self) -> int:
        return sum(row.differs for row in self.rows)


def _here(request: HttpRequest) -> tuple[Election, User]:
    try:
        election = current_election()
    except NoElection:
        raise Http404 from None
    if not isinstance(request.user, User):
        raise Http404
    return election, request.user


def _found(place: Place, number: int) -> Complaint:
    found = complaint_of(place.owed.contest_id, place.owed.station_id, number)
    if found is None:
        raise Http404
    return found


def _version_now(place: Place) -> int | str:
    stands = standing(place.owed)
    return stands.version_id or "" if stands else ""


def _form_page(
    request: HttpRequest,
    place: Place,
    form: ComplaintForm,
    *,
    arrived: Sequence[Arrived] = (),
    refusal: Refusal | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    stands = standing(place.owed)
    context = {
        **place.names(),
        "form": form,
        "state": stands.state if stands else State.AWAITED,
        "version": stands.version if stands else None,
        "refusal": refusal,
        "arrived": arrived,
        "most_photographs": MOST_PHOTOGRAPHS,
        "most_megabytes": limits().bytes // 2**20,
        "most_pages": limits().pages,
    }
    return render(request, "tallies/complaint_new.html", context, status=status)


def _answer_page(
    request: HttpRequest, place: Place, found: Complaint, form: AnswerForm, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    context = {**_context(place, found, None), "form": form}
    return render(request, "tallies/complaint_answer.html", context, status=status)


def _complaint_page(
    request: HttpRequest,
    place: Place,
    found: Complaint,
    *,
    refusal: Refusal | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    end = ending_of(found)
    context = {**_context(place, found, end), "refusal": refusal}
    return render(request, "tallies/complaint.html", context, status=status)


def _context(place: Place, found: Complaint, end: ComplaintEnd | None) -> dict[str, object]:
    """Return what the pages of one complaint show: to another observer that it is there, no words and no figures."""
    may_answer = place.allows(Permission.ANSWER_COMPLAINT)
    is_mine = found.by_id == place.user.pk
    reads = may_answer or is_mine
    ending = Ending(end.ending) if end else None
    words = words_of([found.event_id, *([end.event_id] if end else [])]) if reads else {}
    return {
        **place.names(),
        "complaint": found,
        "end": end,
        "state": complaint_state(ending, found.answer_by, timezone.now()),
        "is_mine": is_mine,
        "may_answer": may_answer,
        "may_read": reads,
        "came_with": _photographs(found, place) if reads else None,
        "words": words.get(found.event_id, ""),
        "answer_words": words.get(end.event_id, "") if end else "",
        "comparison": _compared(place, found, sees_all=may_answer) if reads and found.figures else None,
        "followed": carried_out(found, end) if end and end.remedy != Remedy.NOTHING else None,
        "step_url": _step(place, end) if end and may_answer else "",
    }


def _photographs(found: Complaint, place: Place) -> Beside:
    return photographs_with_complaint(found, photographs_with([found.pk]).get(found.pk, []), place.owed)


def _compared(place: Place, found: Complaint, *, sees_all: bool) -> _Comparison:
    """Compare the copy with the protocol. A version that never was in force is shown to the commission alone."""
    layout = place.paper.form.layout
    seen = found.version if found.version and (sees_all or was_in_force(found.version.pk)) else None
    stands = standing(place.owed)
    later = stands.version if stands and stands.state == State.IN_FORCE and stands.version != found.version else None
    differing = contradicted(found.figures, seen.figures, layout) if seen else []
    none = [None] * len(layout.codes)
    rows = [
        LineCompared(line, on_copy, on_protocol, in_force, line.code in differing)
        for line, on_copy, on_protocol, in_force in zip(
            place.paper.all_lines,
            found.figures,
            seen.figures if seen else none,
            later.figures if later else none,
            strict=True,
        )
        if on_copy is not None
    ]
    return _Comparison(rows, shows_protocol=seen is not None, shows_in_force=later is not None)


def _step(place: Place, end: ComplaintEnd) -> str:
    """Return the name of the page on which this person carries out what the answer orders; empty where they cannot."""
    action, permission, url_name = _STEPS.get(Remedy(end.remedy), (None, None, ""))
    if action is None or permission is None or not place.allows(permission):
        return ""
    stands = standing(place.owed)
    state = State(stands.state) if stands else State.AWAITED
    return url_name if state in states_before(action) else ""
