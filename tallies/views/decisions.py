"""What a commission sees of one protocol, and decides on it. Each decision has a page that says what follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from http import HTTPStatus
from typing import Any

import orjson
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import needs
from accounts.domain.roles import Permission
from tallies.domain.lifecycle import OPEN_TO_ENTRY, Action, State, states_before
from tallies.forms import ReasonForm, RepeatForm
from tallies.models import Explanation, ProtocolVersion, Standing, StandingChange
from tallies.paper import FilledPaper, FindingInWords, Paper, filled
from tallies.photographs.showing import complaints_shown
from tallies.refusals import Refusal
from tallies.selectors import history, open_entry_seen, standing, versions, words_given
from tallies.selectors.claims import claims_held
from tallies.selectors.complaints import complaints_on
from tallies.services import accept_held, annul_protocol, order_repeat_voting, return_held
from tallies.services.claims import take_over_claim
from tallies.services.locking import NothingToDecide
from tallies.views.place import Place, place_for


@dataclass(frozen=True)
class VersionShown:
    """A version with its figures on the paper, its findings in words, and what was written with it."""

    version: ProtocolVersion
    filled: FilledPaper
    findings: list[FindingInWords]
    words: list[Explanation]
    stands: bool
    annulled: bool = False


@dataclass(frozen=True)
class ChangeShown:
    """A change of the protocol's standing: when, in which role, and what was written about it.

    `day` is the date of the act that ordered a recount, or the day for which a repeat voting is ordered.
    """

    change: StandingChange
    role: str
    words: list[Explanation]
    ordered_by: str
    day: date | None


@dataclass(frozen=True)
class Decision:
    """A decision a commission can take: its service, and the words of its page."""

    action: Action
    url_name: str
    title: Promise
    consequence: Promise
    reason_label: Promise
    button: Promise
    done: Promise
    decide: Callable[[Place, Mapping[str, Any]], None]
    is_grave: bool = False
    form: type[ReasonForm] = ReasonForm


def _accept(place: Place, given: Mapping[str, Any]) -> None:
    accept_held(version_id=given["version"], reason=given["reason"], **place.acting())


def _return(place: Place, given: Mapping[str, Any]) -> None:
    return_held(version_id=given["version"], reason=given["reason"], **place.acting())


def _annul(place: Place, given: Mapping[str, Any]) -> None:
    annul_protocol(version_id=given["version"], ground=given["reason"], **place.acting())


def _order_repeat(place: Place, given: Mapping[str, Any]) -> None:
    order_repeat_voting(version_id=given["version"], ground=given["reason"], date=given["day"], **place.acting())


ACCEPT = Decision(
    Action.ACCEPT_HELD,
    "tallies:accept_held",
    _("Accept the protocol as it is"),
    _(
        "The protocol comes into force with exactly these figures, although they break the checks below. It is counted "
        "in the district, the region and the nation at once. The figures and your decision stand in the public log and "
        "cannot be taken out again; only a correction can replace them."
    ),
    _("Why it is accepted as it is"),
    _("Accept as it is"),
    _("The protocol is in force and counted."),
    _accept,
)
RETURN = Decision(
    Action.RETURN,
    "tallies:return_held",
    _("Return the protocol to its station"),
    _(
        "The protocol is not counted. The station reads your reason and must enter the protocol anew; until then the "
        "station counts as missing. This version stays to be seen."
    ),
    _("What the station must put right"),
    _("Return to the station"),
    _("The protocol is returned. The station sees your reason."),
    _return,
)
ANNUL = Decision(
    Action.ANNUL,
    "tallies:annul",
    _("Annul the station's result"),
    _(
        "All votes of this station in this contest are taken out of every total. This cannot be undone: only a repeat "
        "voting can give the station a result again. The figures and the legal ground stay to be seen by everyone."
    ),
    _("Legal ground: the court's decision or the article, with number and date"),
    _("Annul the result"),
    _("The result of the station is annulled."),
    _annul,
    is_grave=True,
)
REPEAT = Decision(
    Action.ORDER_REPEAT,
    "tallies:order_repeat",
    _("Order repeat voting"),
    _(
        "The station votes once more in this contest on the day you give, and enters a new protocol once it closes. "
        "Until then the station counts as missing. The annulled version stays to be seen."
    ),
    _("Legal ground: the decision or the article, with number and date"),
    _("Order the repeat voting"),
    _("The repeat voting is ordered. The station's protocol is awaited again."),
    _order_repeat,
    is_grave=True,
    form=RepeatForm,
)
NEEDED = {
    Action.ACCEPT_HELD: Permission.DECIDE_HELD,
    Action.RETURN: Permission.DECIDE_HELD,
    Action.CORRECT: Permission.CORRECT_PROTOCOL,
    Action.RECOUNT: Permission.ORDER_RECOUNT,
    Action.ANNUL: Permission.ANNUL_PROTOCOL,
    Action.ORDER_REPEAT: Permission.ANNUL_PROTOCOL,
    # Under double entry or not: two people of the district can always enter for a station without a line.
    Action.ENTER: Permission.ENTER_FOR_STATION,
}


@needs(Permission.SEE_DESK)
@require_safe
@never_cache
def desk_protocol(request: HttpRequest, station: str, contest: str) -> HttpResponse:
    """`/desk/<station>/<contest>/`"""
    return desk_protocol_page(request, place_for(request, station, contest, Permission.SEE_DESK))


@needs(Permission.DECIDE_HELD)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def accept_held_page(request: HttpRequest, station: str, contest: str) -> HttpResponse:
    """`/desk/<station>/<contest>/accept/`"""
    return _decide(request, place_for(request, station, contest, Permission.DECIDE_HELD), ACCEPT)


@needs(Permission.DECIDE_HELD)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def return_held_page(request: HttpRequest, station: str, contest: str) -> HttpResponse:
    """`/desk/<station>/<contest>/return/`"""
    return _decide(request, place_for(request, station, contest, Permission.DECIDE_HELD), RETURN)


@needs(Permission.ANNUL_PROTOCOL)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def annul_page(request: HttpRequest, station: str, contest: str) -> HttpResponse:
    """`/desk/<station>/<contest>/annul/`"""
    return _decide(request, place_for(request, station, contest, Permission.ANNUL_PROTOCOL), ANNUL)


@needs(Permission.ANNUL_PROTOCOL)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def order_repeat_page(request: HttpRequest, station: str, contest: str) -> HttpResponse:
    """`/desk/<station>/<contest>/repeat/`"""
    return _decide(request, place_for(request, station, contest, Permission.ANNUL_PROTOCOL), REPEAT)


@needs(Permission.DECIDE_HELD)
@require_POST
@never_cache
def take_over(request: HttpRequest, station: str, contest: str) -> HttpResponse:
    """`/desk/<station>/<contest>/take-over/`: end the claim of whoever is keying an entry of this protocol."""
    place = place_for(request, station, contest, Permission.DECIDE_HELD)
    try:
        take_over_claim(slot=request.POST.get("slot", ""), **place.acting())
    except Refusal as refusal:
        return desk_protocol_page(request, place, refusal=refusal, status=HTTPStatus.CONFLICT)
    messages.success(request, gettext("The entry is free: whoever opens the form next can key it."))
    return redirect("tallies:desk_protocol", station=station, contest=contest)


def desk_protocol_page(
    request: HttpRequest, place: Place, *, refusal: Refusal | None = None, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """Return the page of one protocol: every version side by side, its history, and what can be decided now."""
    changes = history(place.owed.contest_id, place.owed.station_id)
    found = list(versions(place.owed.contest_id, place.owed.station_id))
    words = words_given([version.pk for version in found])
    state = State(changes[-1].state) if changes else State.AWAITED
    current = changes[-1].version_id if changes else None
    annulled = {change.version_id for change in changes if change.state == State.ANNULLED}
    shown = [
        show_version(
            place.paper,
            version,
            stands=version.pk == current,
            annulled=version.pk in annulled,
            words=_entered_with(version, words),
        )
        for version in found
    ]
    context = {
        **place.names(),
        "state": state,
        "current": next((each for each in shown if each.stands), None),
        "shown": shown,
        "rows": _side_by_side(place.paper, shown),
        "history": [_changed(change, words) for change in reversed(changes)],
        "may": _possible(place, state),
        "entering": open_entry_seen(place.owed),
        "claims": claims_held(place.owed, now=timezone.now()) if state in OPEN_TO_ENTRY else [],
        "complaints": complaints_shown(
            complaints_on(place.owed.contest_id, place.owed.station_id, now=timezone.now()),
            station=place.owed.station,
            contest=place.owed.contest,
            reads=partial(place.allows, Permission.ANSWER_COMPLAINT),
        ),
        "may_decide": place.allows(Permission.DECIDE_HELD),
        "refusal": refusal,
    }
    return render(request, "tallies/desk_protocol.html", context, status=status)


def show_version(
    paper: Paper,
    version: ProtocolVersion,
    *,
    stands: bool = True,
    annulled: bool = False,
    words: list[Explanation] | None = None,
) -> VersionShown:
    """Return a version as pages show it."""
    findings = paper.in_words(version.findings, check_set=version.check_set)
    return VersionShown(version, filled(paper, version.figures, findings), findings, words or [], stands, annulled)


def _decide(request: HttpRequest, place: Place, decision: Decision) -> HttpResponse:
    if request.method != "POST":
        return _decision_page(request, place, decision)
    form = decision.form(request.POST)
    if not form.is_valid():
        return _decision_page(request, place, decision, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        decision.decide(place, form.cleaned_data)
    except Refusal as refusal:
        return desk_protocol_page(request, place, refusal=refusal, status=HTTPStatus.CONFLICT)
    messages.success(request, str(decision.done))
    return redirect("tallies:desk_protocol", station=place.owed.station, contest=place.owed.contest)


def _decision_page(
    request: HttpRequest,
    place: Place,
    decision: Decision,
    *,
    form: ReasonForm | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    stands = standing(place.owed)
    refusal = refused_now(stands, decision.action)
    if refusal or stands is None or stands.version is None:
        return desk_protocol_page(request, place, refusal=refusal, status=HTTPStatus.CONFLICT)
    form = form or decision.form(initial={"version": stands.version.pk})
    form.fields["reason"].label = str(decision.reason_label)
    words = _entered_with(stands.version, words_given([stands.version.pk]))
    context = {
        **place.names(),
        "decision": decision,
        "form": form,
        "state": stands.state,
        "shown": show_version(place.paper, stands.version, words=words),
    }
    return render(request, "tallies/decide.html", context, status=status)


def refused_now(stands: Standing | None, action: Action) -> Refusal | None:
    """Return the refusal that this action would meet now; None when the lifecycle allows it."""
    state = State(stands.state) if stands else State.AWAITED
    return None if state in states_before(action) else NothingToDecide(state)


def _possible(place: Place, state: State) -> dict[str, bool]:
    """Return, by action, what this person may decide while the protocol is in this state."""
    return {
        action.value: state in states_before(action) and place.allows(permission)
        for action, permission in NEEDED.items()
    }


def _side_by_side(paper: Paper, shown: list[VersionShown]) -> list[dict[str, Any]]:
    rows = []
    for index, line in enumerate(paper.all_lines):
        figures = [(*each.filled.lines, *each.filled.choices)[index] for each in shown]
        differs = len({each.figure for each in figures}) > 1
        rows.append({"line": line, "figures": figures, "differs": differs})
    return rows


def _entered_with(version: ProtocolVersion, words: list[Explanation]) -> list[Explanation]:
    """Return what was written about the version's findings: not the reasons of decisions taken on it later."""
    codes = {finding["code"] for finding in version.findings} | {"paper_says_so"}
    return [each for each in words if each.version_id == version.pk and each.subject in codes]


def _changed(change: StandingChange, words: list[Explanation]) -> ChangeShown:
    entry = orjson.loads(bytes(change.event.entry))
    day = entry["body"].get("act_dated") or entry["body"].get("date")
    return ChangeShown(
        change,
        role=entry["actor"]["role"],
        words=[each for each in words if each.event_id == change.event_id],
        ordered_by=entry["body"].get("ordered_by", ""),
        day=date.fromisoformat(day) if day else None,
    )
