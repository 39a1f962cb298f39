"""A commission decides on a held protocol."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import actor
from stations.selectors import contest_form
from tallies.domain.lifecycle import Action, NotAllowed, State, next_state
from tallies.models import ProtocolVersion, Standing
from tallies.refusals import Refusal
from tallies.selectors import OwedProtocol
from tallies.services.recording import Text, move_standing, opened_figures, record_change


class NothingToDecide(Refusal):
    """The protocol is not in a state in which this can be decided."""

    code = "not_allowed_now"

    def __init__(self, state: State) -> None:
        super().__init__(
            _("This cannot be done: somebody decided already, or the protocol is in another state."),
            fields={"state": state.value},
        )


class ReasonMissing(Refusal):
    """The law asks for a reason, and none was given."""

    code = "reason_missing"

    def __init__(self) -> None:
        super().__init__(_("Give the reason: it stays with the protocol."), fields={"reason": ""})


class VersionChanged(Refusal):
    """The person decided on a version that is no longer the current one."""

    code = "version_changed"

    def __init__(self) -> None:
        super().__init__(
            _("Another version came in while you were deciding. Look at it first."), fields={"version": ""}
        )


def accept_held(*, owed: OwedProtocol, version_id: int, reason: str, by: User, role: str, now: datetime) -> None:
    """Put a held protocol in force as it is: the paper says so, and the commission has seen it.

    Raises ReasonMissing, NothingToDecide or VersionChanged, and then nothing has changed.
    """
    text = Text("acceptance", given_reason(reason))
    with transaction.atomic():
        version = lock_for(owed, Action.ACCEPT_HELD, version_id)
        layout = contest_form(owed.contest_id, revision=owed.revision).layout
        move_standing(owed, Action.ACCEPT_HELD, version_id=version.pk, now=now)
        record_change(
            owed,
            State.IN_FORCE,
            kind="protocol.accepted",
            version_id=version.pk,
            body={
                "version": version.number,
                "origin": version.origin,
                "findings": [finding["code"] for finding in version.findings],
                "held": True,
                **opened_figures(version.figures, bytes(version.salt), layout),
            },
            texts=[text],
            actor=actor(by, role),
            now=now,
        )


def return_held(*, owed: OwedProtocol, version_id: int, reason: str, by: User, role: str, now: datetime) -> None:
    """Return a held protocol to its station, which must enter it anew.

    Raises ReasonMissing, NothingToDecide or VersionChanged, and then nothing has changed.
    """
    text = Text("return", given_reason(reason))
    with transaction.atomic():
        version = lock_for(owed, Action.RETURN, version_id)
        move_standing(owed, Action.RETURN, version_id=version.pk, now=now)
        record_change(
            owed,
            State.RETURNED,
            kind="protocol.returned",
            version_id=version.pk,
            body={"version": version.number},
            texts=[text],
            actor=actor(by, role),
            now=now,
        )


def given_reason(reason: str) -> str:
    """Return the reason without surrounding space. Raises ReasonMissing."""
    reason = reason.strip()
    if not reason:
        raise ReasonMissing
    return reason


def lock_for(owed: OwedProtocol, action: Action, version_id: int) -> ProtocolVersion:
    """Lock the protocol's standing and return its version, if `action` is allowed and `version_id` is still current.

    The person decided on what they saw: a version that came in since is not what they decided on.
    """
    found = Standing.objects.select_for_update().filter(contest=owed.contest_id, station=owed.station_id).first()
    state = State(found.state) if found else State.AWAITED
    try:
        next_state(state, action)
    except NotAllowed:
        raise NothingToDecide(state) from None
    if found is None or found.version_id != version_id:
        raise VersionChanged
    return ProtocolVersion.objects.get(pk=version_id)
