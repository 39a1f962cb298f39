"""A station's protocol of one contest: keyed in, then shown as it stands."""

from __future__ import annotations

import uuid
from contextlib import suppress
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import needs
from accounts.domain.roles import Permission
from tallies.domain.checks import Outcome, assess, find
from tallies.domain.lifecycle import OPEN_TO_ENTRY, State
from tallies.forms import ProtocolForm
from tallies.models import Standing
from tallies.paper import filled
from tallies.refusals import Refusal
from tallies.selectors import OpenEntrySeen, open_entry, standing, words_given
from tallies.services import submit_protocol
from tallies.services.claims import ClaimedByAnother, ClaimEnded, claim_entry, hear_of_ended_claim
from tallies.services.double_entry import LinesLocked, TwoHaveEntered
from tallies.services.submit import AlreadyStands, ChecksFailed, KeyReused, NotClosedYet, Submission, Submitted
from tallies.views.news import watched_at
from tallies.views.place import Place, place_for

# A page that a device keeps for when its line is down: nobody is keying it yet.
KEPT_FOR_LATER = "Hattama-Keep"
# What the buttons of the page that shows the answers once more send.
CHECKED = "checked"
AGAIN = "again"
# What the form of somebody who keys a protocol sends with every look at the checks.
KEYING = "keying"


@needs(Permission.ENTER_PROTOCOL)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def protocol(request: HttpRequest, station: str, contest: str) -> HttpResponse:
    """`/station/<station>/<contest>/`: the form while the protocol is owed, the protocol once it stands.

    Under double entry, a person who has entered it gets the form again by `?again=1`.
    """
    return _entry(request, place_for(request, station, contest, Permission.ENTER_PROTOCOL))


@needs(Permission.ENTER_FOR_STATION)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def on_behalf(request: HttpRequest, station: str, contest: str) -> HttpResponse:
    """`/desk/<station>/<contest>/enter/`: two people of the district enter what a station without a line dictates."""
    return _entry(request, place_for(request, station, contest, Permission.ENTER_FOR_STATION))


@needs(Permission.ENTER_PROTOCOL, Permission.ENTER_FOR_STATION, Permission.CORRECT_PROTOCOL)
@require_POST
@never_cache
def protocol_findings(request: HttpRequest, station: str, contest: str) -> HttpResponse:
    """`/station/<station>/<contest>/findings/`: what the checks say of a form as it is typed.

    Keeps nothing but the sign of life of the claim of whoever keys it.
    """
    place = place_for(
        request, station, contest, Permission.ENTER_PROTOCOL, Permission.ENTER_FOR_STATION, Permission.CORRECT_PROTOCOL
    )
    ended = None
    if KEYING in request.POST:
        try:
            with suppress(ClaimedByAnother):
                claim_entry(owed=place.owed, slot=place.slot, by=place.user, now=timezone.now())
        except ClaimEnded as refusal:
            ended = refusal
    form = ProtocolForm(place.paper, request.POST)
    form.is_valid()
    form.without_missing()
    form.show(form.current_findings())
    return render(request, "tallies/_findings_as_typed.html", {"form": form, "ended": ended})


def _entry(request: HttpRequest, place: Place) -> HttpResponse:
    if request.method == "POST":
        return _submit(request, place)
    stands = standing(place.owed)
    if stands is not None and State(stands.state) not in OPEN_TO_ENTRY:
        return _standing_page(request, place, stands)
    return _owed_page(request, place, stands)


def _owed_page(request: HttpRequest, place: Place, stands: Standing | None) -> HttpResponse:
    """What a person has to do for a protocol that does not stand yet."""
    seen = _seen(place)
    if seen and not seen.is_mine and seen.state is State.DIFFERS:
        return _entered_page(request, place, refusal=TwoHaveEntered())
    if seen and seen.is_mine and seen.state is State.FIRST_ENTRY and not request.GET.get("again"):
        return _entered_page(request, place)
    try:
        if KEPT_FOR_LATER not in request.headers:
            hear_of_ended_claim(owed=place.owed, slot=place.slot, by=place.user)
            claim_entry(owed=place.owed, slot=place.slot, by=place.user, now=timezone.now())
    except ClaimedByAnother as claimed:
        return render(request, "tallies/protocol_claimed.html", {**place.names(), "claim": claimed.claim})
    as_entered = seen is not None and seen.is_mine and seen.state is State.DIFFERS
    form = _as_entered(place, seen) if seen and as_entered else ProtocolForm(place.paper)
    return _form_page(request, place, form, stands=stands)


def _seen(place: Place) -> OpenEntrySeen | None:
    """How far double entry is; None where one person's entry is enough, or nobody has entered."""
    return open_entry(place.owed, place.user) if place.needs_two else None


def _as_entered(place: Place, seen: OpenEntrySeen) -> ProtocolForm:
    """The form with what this person entered, and what the checks say of it."""
    figures = seen.figures or ()
    read = {
        code: figure for code, figure in zip(place.paper.form.layout.codes, figures, strict=True) if figure is not None
    }
    form = ProtocolForm(place.paper, figures=read)
    form.show(find(place.paper.form.checks, figures))
    return form


def _submit(request: HttpRequest, place: Place) -> HttpResponse:
    form = ProtocolForm(place.paper, request.POST)
    if not form.is_valid():
        return _not_readable(request, place, form)
    if AGAIN in request.POST:
        form.show(form.current_findings())
        return _form_page(request, place, form, stands=standing(place.owed))
    if CHECKED not in request.POST and _would_be_taken(form):
        return _check_page(request, place, form)
    return _send(request, place, form)


def _not_readable(request: HttpRequest, place: Place, form: ProtocolForm) -> HttpResponse:
    if _asks_for_data(request):
        sentences = " ".join(sentence for _target, sentence in form.summary)
        answer = {"taken": False, "code": "bad_figures", "message": sentences, "fields": {}}
        return JsonResponse(answer, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    form.show(form.current_findings())
    return _form_page(request, place, form, stands=standing(place.owed), status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _send(request: HttpRequest, place: Place, form: ProtocolForm) -> HttpResponse:
    submission = Submission(
        owed=place.owed,
        figures=form.figures,
        explanations=form.explanations,
        paper_says_so=form.paper_words,
        idempotency_key=str(form.cleaned_data["key"]),
        body_sha256=form.body_sha256(place.owed),
        on_behalf=place.on_behalf,
        slot=place.slot,
    )
    try:
        claim_entry(owed=place.owed, slot=place.slot, by=place.user, now=timezone.now())
        submitted = submit_protocol(
            submission=submission, by=place.user, role=place.appointment.role, now=timezone.now()
        )
    except Refusal as refusal:
        return _refused(request, place, form, refusal)
    state = _state_after(place, submitted)
    if _asks_for_data(request):
        taken = {"taken": True, "state": state.value, "message": _words_for(state)}
        return JsonResponse(taken, status=HTTPStatus.CREATED if state is State.IN_FORCE else HTTPStatus.ACCEPTED)
    messages.add_message(request, messages.WARNING if state is State.DIFFERS else messages.SUCCESS, _words_for(state))
    return redirect(place.entry_url)


def _asks_for_data(request: HttpRequest) -> bool:
    """Whether a device sends what was kept on it: it shows the answer itself."""
    return request.headers.get("Accept") == "application/json"


def _would_be_taken(form: ProtocolForm) -> bool:
    findings = form.current_findings()
    return assess(findings, ticked=form.explanations, paper_says_so=bool(form.paper_words)) is not Outcome.STOP


def _check_page(request: HttpRequest, place: Place, form: ProtocolForm) -> HttpResponse:
    """All figures once more, with their words, before they are sent: a slip is seen most easily here."""
    form.show(form.current_findings())
    figures = [form.figures.get(line.code) for line in place.paper.all_lines]
    paper = filled(place.paper, figures, form.findings)
    context = {**place.names(), "form": form, "filled": paper, "checked": CHECKED, "again": AGAIN}
    return render(request, "tallies/protocol_check.html", context)


def _refused(request: HttpRequest, place: Place, form: ProtocolForm, refusal: Refusal) -> HttpResponse:
    if isinstance(refusal, ClaimEnded):
        hear_of_ended_claim(owed=place.owed, slot=place.slot, by=place.user)
    if _asks_for_data(request):
        status = HTTPStatus.CONFLICT if isinstance(refusal, AlreadyStands) else HTTPStatus.UNPROCESSABLE_ENTITY
        return JsonResponse({"taken": False, **refusal.as_data()}, status=status)
    match refusal:
        case ChecksFailed():
            form.show(refusal.findings)
            stands = standing(place.owed)
            return _form_page(request, place, form, stands=stands, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        case AlreadyStands():
            return _stands_already(request, place, refusal)
        case KeyReused():
            return _sent_before(request, place, refusal)
        case TwoHaveEntered() | ClaimedByAnother() | ClaimEnded() | NotClosedYet():
            return _not_taken(request, place, form, refusal, status=HTTPStatus.CONFLICT)
        case LinesLocked():
            form.refuse(_what_stays(place, refusal))
            return _not_taken(request, place, form, refusal, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        case _:
            raise refusal


def _state_after(place: Place, submitted: Submitted) -> State:
    """A repeated press is answered as the first one was, before it was held against the other entry."""
    seen = _seen(place) if submitted.repeated and submitted.state is State.FIRST_ENTRY else None
    return seen.state if seen else submitted.state


def _words_for(state: State) -> str:
    if state is State.IN_FORCE:
        return _("The protocol is in force and counted.")
    if state is State.FIRST_ENTRY:
        return _("Your entry has been taken. The protocol stands when a second person has entered the same figures.")
    if state is State.DIFFERS:
        return _("Your entry has been taken. It differs from the other person's: look again at the lines that differ.")
    return _("The protocol has been taken and is held: the district commission decides on it.")


def _what_stays(place: Place, refusal: LinesLocked) -> dict[str, str]:
    """Why each line that was changed is refused, with this person's own figure, to which it must go back."""
    seen = _seen(place)
    entered = dict(zip(place.paper.form.layout.codes, (seen and seen.figures) or (), strict=False))
    return {
        code: f"{sentence} {_('You left it empty.')}"
        if entered.get(code) is None
        else f"{sentence} {_('You entered %(figure)d.') % {'figure': entered[code]}}"
        for code, sentence in refusal.fields.items()
    }


def _not_taken(
    request: HttpRequest, place: Place, form: ProtocolForm, refusal: Refusal, *, status: HTTPStatus
) -> HttpResponse:
    """The form as it was typed, ticks and words included, with what refuses it at the top."""
    form.show(form.current_findings())
    return _form_page(request, place, form, stands=standing(place.owed), not_taken=str(refusal.message), status=status)


def _stands_already(request: HttpRequest, place: Place, refusal: AlreadyStands) -> HttpResponse:
    stands = standing(place.owed)
    if stands is None or State(stands.state) in OPEN_TO_ENTRY:
        fresh = ProtocolForm(place.paper, {**request.POST.dict(), "key": uuid.uuid4()})
        return _form_page(request, place, fresh, stands=stands, refusal=refusal, status=HTTPStatus.CONFLICT)
    return _standing_page(request, place, stands, refusal=refusal, status=HTTPStatus.CONFLICT)


def _sent_before(request: HttpRequest, place: Place, refusal: KeyReused) -> HttpResponse:
    """The form was sent, changed after a step back in the browser, and sent again."""
    stands = standing(place.owed)
    if stands is not None and State(stands.state) not in OPEN_TO_ENTRY:
        return _stands_already(request, place, AlreadyStands(State(stands.state)))
    fresh = ProtocolForm(place.paper, {**request.POST.dict(), "key": uuid.uuid4()})
    return _form_page(request, place, fresh, stands=stands, refusal=refusal, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _form_page(
    request: HttpRequest,
    place: Place,
    form: ProtocolForm,
    *,
    stands: Standing | None,
    refusal: Refusal | None = None,
    not_taken: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    if stands is not None and State(stands.state) not in OPEN_TO_ENTRY:
        refusal = AlreadyStands(State(stands.state))
        return _standing_page(request, place, stands, refusal=refusal, status=HTTPStatus.CONFLICT)
    returned = [
        words.text
        for words in (words_given([stands.version_id]) if stands and stands.version_id else [])
        if words.subject == "return"
    ]
    seen = _seen(place)
    if seen and seen.figures is not None and seen.differing:
        form.look_again(seen.differing, seen.figures)
    context = {
        **place.names(),
        "watched": watched_at(place),
        "form": form,
        "double": place.needs_two,
        "differing": [place.paper.by_code[code] for code in seen.differing] if seen and seen.is_mine else [],
        "not_taken": not_taken,
        "returned": stands is not None and stands.state == State.RETURNED,
        "repeat": stands is not None and stands.state == State.REPEAT_ORDERED,
        "returned_because": returned,
        "refusal": refusal,
    }
    return render(request, "tallies/protocol_form.html", context, status=status)


def _entered_page(request: HttpRequest, place: Place, *, refusal: Refusal | None = None) -> HttpResponse:
    """No form: this person's entry waits for another one, or two other people are entering. Nobody's figures."""
    return render(
        request, "tallies/protocol_entered.html", {**place.names(), "watched": watched_at(place), "refusal": refusal}
    )


def _standing_page(
    request: HttpRequest,
    place: Place,
    stands: Standing,
    *,
    refusal: Refusal | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    version = stands.version
    findings = place.paper.in_words(version.findings, check_set=version.check_set) if version else []
    context = {
        **place.names(),
        "watched": watched_at(place),
        "standing": stands,
        "version": version,
        "findings": findings,
        "filled": filled(place.paper, version.figures, findings) if version else None,
        "words": words_given([version.pk]) if version else [],
        "refusal": refusal,
    }
    return render(request, "tallies/protocol_standing.html", context, status=status)
