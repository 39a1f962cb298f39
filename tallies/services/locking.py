"""A decision begins with a lock: what the person saw must be what they decide on."""

from __future__ import annotations

from typing import TypeVar

from django.utils.translation import gettext as _

from tallies.domain.lifecycle import STATES, Lifecycle, State
from tallies.models import ProtocolVersion, Standing
from tallies.refusals import Refusal
from tallies.selectors import OwedProtocol

AnyState = TypeVar("AnyState", bound=Lifecycle)


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


def given_reason(reason: str) -> str:
    """Return the reason without surrounding space. Raises ReasonMissing."""
    reason = reason.strip()
    if not reason:
        raise ReasonMissing
    return reason


def lock(owed: OwedProtocol, expected: type[AnyState], version_id: int) -> tuple[AnyState, ProtocolVersion]:
    """Lock a protocol that must be in the `expected` state; return that state and the version it points to.

    Raises NothingToDecide in any other state, and VersionChanged when `version_id`, the one the person decided on, is
    no longer the current one.
    """
    found = Standing.objects.select_for_update().filter(contest=owed.contest_id, station=owed.station_id).first()
    state = State(found.state) if found else State.AWAITED
    if STATES[state] is not expected:
        raise NothingToDecide(state)
    if found is None or found.version_id != version_id:
        raise VersionChanged
    return expected(), ProtocolVersion.objects.get(pk=version_id)
