"""A commission decides on a held protocol."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.selectors import actor
from stations.selectors import contest_form
from tallies.domain.lifecycle import Held
from tallies.selectors import OwedProtocol
from tallies.services.locking import given_reason, lock
from tallies.services.recording import Text, move_standing, opened_figures, record_change


def accept_held(*, owed: OwedProtocol, version_id: int, reason: str, by: User, role: str, now: datetime) -> None:
    """Put a held protocol in force as it is: the paper says so, and the commission has seen it.

    Raises ReasonMissing, NothingToDecide or VersionChanged, and then nothing has changed.
    """
    text = Text("acceptance", given_reason(reason))
    with transaction.atomic():
        held, version = lock(owed, Held, version_id)
        layout = contest_form(owed.contest_id, revision=owed.revision).layout
        accepted = held.accept_held()
        move_standing(owed, accepted, version_id=version.pk, now=now)
        record_change(
            owed,
            accepted.state,
            kind="protocol.accepted",
            version_id=version.pk,
            body={
                "version": version.number,
                "origin": version.origin,
                "findings": [finding["code"] for finding in version.findings],
                "check_set": version.check_set,
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
        held, version = lock(owed, Held, version_id)
        returned = held.return_()
        move_standing(owed, returned, version_id=version.pk, now=now)
        record_change(
            owed,
            returned.state,
            kind="protocol.returned",
            version_id=version.pk,
            body={"version": version.number},
            texts=[text],
            actor=actor(by, role),
            now=now,
        )
