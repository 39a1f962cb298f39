"""Acts about mandates: one person of the central commission proposes, a second one confirms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.domain.roles import Role
from accounts.models import User
from accounts.selectors import actor
from aggregation.domain.mandates import LotsRefused, Verdict, with_lots
from aggregation.domain.seats import Allocation
from audit.services import record_event
from results.mandates.selectors import Mandates, mandates_of
from results.models import MandateAct, MandateDecision
from stations.models import Contest
from tallies.refusals import Refusal
from tallies.services.locking import given_reason
from tallies.services.recording import Text, record_texts

# Advisory locks of mandates: (this class, contest id). Acts are numbered, and each is judged by those before it.
MANDATE_LOCK = 1_020
BY_ELECTION = "by_election"


class ActRefused(Refusal):
    """The act does not follow from the result and the acts before it. `fields` names why."""

    code = "act_refused"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message, fields={"act": reason})


class ActWaits(Refusal):
    """Another act about the contest waits for a second person."""

    code = "act_waits"

    def __init__(self, number: int) -> None:
        super().__init__(
            _("Act %(number)d waits for a second person. Confirm it or withdraw it first.") % {"number": number}
        )


class NotWaiting(Refusal):
    """This act does not wait for a decision."""

    code = "act_not_waiting"

    def __init__(self) -> None:
        super().__init__(_("This act does not wait for a decision any more."))


class SecondPersonNeeded(Refusal):
    """Who proposed an act cannot confirm it."""

    code = "second_person_needed"

    def __init__(self) -> None:
        super().__init__(_("An act is confirmed by a second person, not by the one who proposed it."))


def record_lots(*, contest: Contest, won: list[str], drawn_on: date, act: str, by: User, now: datetime) -> MandateAct:
    """Propose to record lots drawn for a tie of the final result. `act` is the commission's document.

    Raises ReasonMissing, ActWaits or ActRefused.
    """

    def data(mandates: Mandates) -> dict[str, Any]:
        allocation = _allocation(mandates)
        consequence = mandates.consequence
        if consequence is not None and consequence.verdict is not Verdict.LOTS:
            raise ActRefused("no_tie", _("By this contest's rules lots decide nothing here."))
        try:
            with_lots(allocation, won)
        except LotsRefused as refusal:
            raise ActRefused(refusal.code, _lots_sentence(refusal.code)) from None
        lots = allocation.lots
        among = list(lots.choices) if lots else []
        return {"among": among, "won": won, "drawn_on": drawn_on.isoformat()}

    return _propose(contest, MandateAct.Kind.LOTS, data, act, by=by, now=now)


def register_mandates(*, contest: Contest, act: str, by: User, now: datetime) -> MandateAct:
    """Propose to register those whom the final result gives a mandate, in the order of their lists.

    Raises ReasonMissing, ActWaits or ActRefused.
    """

    def data(mandates: Mandates) -> dict[str, Any]:
        if _allocation(mandates).lots is not None:
            raise ActRefused("tie", _("Lots must be drawn first."))
        if mandates.registered is not None:
            raise ActRefused("registered", _("The mandates of this result are registered already."))
        if not any(listed.holders for listed in mandates.lists):
            raise ActRefused("no_lists", _("Nobody whom the election package names has a mandate by this result."))
        held = {listed.choice.code: [each.position for each in listed.holders] for listed in mandates.lists}
        return {"holders": {code: places for code, places in held.items() if places}}

    return _propose(contest, MandateAct.Kind.REGISTRATION, data, act, by=by, now=now)


def give_up_mandate(*, contest: Contest, choice: str, place: int, reason: str, by: User, now: datetime) -> MandateAct:
    """Propose to record that a mandate was refused or has ended; the next on the list takes it, where there is one.

    Raises ReasonMissing, ActWaits or ActRefused.
    """

    def data(mandates: Mandates) -> dict[str, Any]:
        if mandates.registered is None:
            raise ActRefused("not_registered", _("The mandates of this result are not registered yet."))
        listed = next((each for each in mandates.lists if each.choice.code == choice), None)
        if listed is None or place not in {each.position for each in listed.holders}:
            raise ActRefused("no_mandate", _("Nobody holds a mandate from this place."))
        successor = listed.successor
        return {"list": choice, "place": place, "successor": successor.position if successor else None}

    return _propose(contest, MandateAct.Kind.GIVEN_UP, data, reason, by=by, now=now)


def call_repeat(*, contest: Contest, day: date, act: str, by: User, now: datetime) -> MandateAct:
    """Propose to record that repeat voting or a repeat election is called where the final result asks for one, or a
    by-election where who was elected gave the mandate up.

    Raises ReasonMissing, ActWaits or ActRefused.
    """

    def data(mandates: Mandates) -> dict[str, Any]:
        _allocation(mandates)
        consequence = mandates.consequence
        if mandates.called is not None:
            raise ActRefused("called", _("It is called already."))
        if mandates.is_vacated:
            return {"what": BY_ELECTION, "among": [], "day": day.isoformat()}
        if consequence is None or consequence.verdict not in {Verdict.REPEAT_VOTING, Verdict.REPEAT_ELECTION}:
            raise ActRefused("no_repeat", _("By the result of this contest nothing is held again."))
        return {"what": consequence.verdict.value, "among": list(consequence.choices), "day": day.isoformat()}

    return _propose(contest, MandateAct.Kind.REPEAT, data, act, by=by, now=now)


def confirm_act(*, act: MandateAct, by: User, now: datetime) -> None:
    """Confirm a waiting act; from then on it counts. Raises SecondPersonNeeded, NotWaiting or ActRefused."""
    if act.proposed_by_id == by.pk:
        raise SecondPersonNeeded
    with transaction.atomic():
        mandates = _waiting(act)
        snapshot = mandates.snapshot
        if snapshot is None or snapshot.pk != act.snapshot_id:
            raise ActRefused("overtaken", _("The final result has a new edition. Propose the act anew."))
        event_id = record_event(
            kind="mandates.confirmed",
            at=now,
            actor=actor(by, Role.CEC),
            election=act.contest.election.code,
            contest=act.contest.code,
            body={"act": act.number},
        )
        MandateDecision.objects.create(
            act=act, outcome=MandateDecision.Outcome.CONFIRMED, by=by, event_id=event_id, at=now
        )


def withdraw_act(*, act: MandateAct, by: User, now: datetime) -> None:
    """Take a waiting act back; it never counts. Raises NotWaiting."""
    with transaction.atomic():
        _waiting(act)
        event_id = record_event(
            kind="mandates.withdrawn",
            at=now,
            actor=actor(by, Role.CEC),
            election=act.contest.election.code,
            contest=act.contest.code,
            body={"act": act.number},
        )
        MandateDecision.objects.create(
            act=act, outcome=MandateDecision.Outcome.WITHDRAWN, by=by, event_id=event_id, at=now
        )


def _propose(
    contest: Contest,
    kind: MandateAct.Kind,
    data_of: Callable[[Mandates], dict[str, Any]],
    words: str,
    *,
    by: User,
    now: datetime,
) -> MandateAct:
    text = Text("mandate", given_reason(words))
    with transaction.atomic():
        _lock(contest)
        mandates = mandates_of(contest)
        snapshot = mandates.snapshot
        if snapshot is None:
            raise ActRefused("not_final", _("There is no final result yet."))
        if mandates.waiting is not None:
            raise ActWaits(mandates.waiting.number)
        data = data_of(mandates)
        number = MandateAct.objects.filter(contest=contest).count() + 1
        event_id = record_event(
            kind="mandates.proposed",
            at=now,
            actor=actor(by, Role.CEC),
            election=contest.election.code,
            contest=contest.code,
            body={
                "act": number,
                "final": snapshot.number,
                "what": kind.value,
                "data": data,
                "texts": {text.subject: text.commitment},
            },
        )
        record_texts(event_id, None, [text])
        return MandateAct.objects.create(
            contest=contest,
            snapshot=snapshot,
            number=number,
            kind=kind,
            data=data,
            proposed_by=by,
            event_id=event_id,
            at=now,
        )


def _allocation(mandates: Mandates) -> Allocation:
    if mandates.allocation is None:
        raise ActRefused("not_final", _("There is no final result yet."))
    return mandates.allocation


def _waiting(act: MandateAct) -> Mandates:
    _lock(act.contest)
    if MandateDecision.objects.filter(act=act).exists():
        raise NotWaiting
    return mandates_of(act.contest)


def _lock(contest: Contest) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [MANDATE_LOCK, contest.pk])


def _lots_sentence(code: str) -> str:
    sentences = {
        "no_tie": _("The result has no tie for lots to decide."),
        "not_tied": _("Lots are drawn among those who are tied."),
        "wrong_number": _("Lots must give away just the seats that are tied."),
    }
    return sentences[code]
