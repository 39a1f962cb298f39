"""What a commission sees of one protocol, and decides on it. Each decision has a page that says what follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

import orjson
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import needs
from accounts.domain.roles import Permission
from tallies.domain.lifecycle import Action, State, states_before
from tallies.forms import ReasonForm
from tallies.models import Explanation, ProtocolVersion, Standing, StandingChange
from tallies.paper import FilledPaper, FindingInWords, Paper, filled
from tallies.refusals import Refusal
from tallies.selectors import history, standing, versions, words_given
from tallies.services import accept_held, annul_protocol, return_held
from tallies.services.decide import NothingToDecide
from tallies.views.place import Place, place_for


@dataclass(frozen=True)
class VersionShown:
    """A version with its figures on the paper, its findings in words, and what was written with it."""

    version: ProtocolVersion
    filled: FilledPaper
    findings: list[FindingInWords]
    words: list[Explanation]
    stands: bool


@dataclass(frozen=True)
class ChangeShown:
    """A change of the protocol's standing: when, in which role, and what was written about it."""

    change: StandingChange
    role: str
    words: list[Explanation]


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
    decide: Callable[..., None]
    is_grave: bool = False


def _accept(*, place: Place, version: int, reason: str, now: datetime) -> None:
    accept_held(owed=place.owed, version_id=version, reason=reason, by=place.user, role=place.appointment.role, now=now)


def _return(*, place: Place, version: int, reason: str, now: datetime) -> None:
    return_held(owed=place.owed, version_id=version, reason=reason, by=place.user, role=place.appointment.role, now=now)


def _annul(*, place: Place, version: int, reason: str, now: datetime) -> None:
    annul_protocol(
        owed=place.owed, version_id=version, ground=reason, by=place.user, role=place.appointment.role, now=now
    )


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
        "All votes of this station in this contest are taken out of every total. This cannot be undone here: no "
        "correction and no new entry is possible afterwards. The figures and the legal ground stay to be seen by "
        "everyone."
    ),
    _("Legal ground: the court's decision or the article, with number and date"),
    _("Annul the result"),
    _("The result of the station is annulled."),
    _annul,
    is_grave=True,
)
_NEEDED = {
    Action.ACCEPT_HELD: Permission.DECIDE_HELD,
    Action.RETURN: Permission.DECIDE_HELD,
    Action.CORRECT: Permission.CORRECT_PROTOCOL,
    Action.ANNUL: Permission.ANNUL_PROTOCOL,
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


def desk_protocol_page(
    request: HttpRequest, place: Place, *, refusal: Refusal | None = None, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """Return the page of one protocol: every version side by side, its history, and what can be decided now."""
    changes = history(place.owed.contest_id, place.owed.station_id)
    found = list(versions(place.owed.contest_id, place.owed.station_id))
    words = words_given([version.pk for version in found])
    state = State(changes[-1].state) if changes else State.AWAITED
    current = changes[-1].version_id if changes else None
    shown = [
        show_version(place.paper, version, stands=version.pk == current, words=_entered_with(version, words))
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
        "refusal": refusal,
    }
    return render(request, "tallies/desk_protocol.html", context, status=status)


def show_version(
    paper: Paper, version: ProtocolVersion, *, stands: bool = True, words: list[Explanation] | None = None
) -> VersionShown:
    """Return a version as pages show it."""
    findings = paper.in_words(version.findings)
    return VersionShown(version, filled(paper, version.figures, findings), findings, words or [], stands)


def _decide(request: HttpRequest, place: Place, decision: Decision) -> HttpResponse:
    if request.method != "POST":
        return _decision_page(request, place, decision)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _decision_page(request, place, decision, form=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        decision.decide(
            place=place,
            version=form.cleaned_data["version"],
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
        )
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
    form = form or ReasonForm(initial={"version": stands.version.pk})
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
        for action, permission in _NEEDED.items()
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
    return ChangeShown(change, entry["actor"]["role"], [each for each in words if each.event_id == change.event_id])
