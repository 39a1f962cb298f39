"""The central commission annuls a station's result."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.selectors import actor
from tallies.domain.lifecycle import Action, State
from tallies.selectors import OwedProtocol
from tallies.services.decide import given_reason, lock_for
from tallies.services.recording import Text, move_standing, record_change


def annul_protocol(*, owed: OwedProtocol, version_id: int, ground: str, by: User, role: str, now: datetime) -> None:
    """Annul a protocol in force on a legal ground: it counts as zero from now on, and stays to be seen.

    Raises ReasonMissing, NothingToDecide or VersionChanged, and then nothing has changed.
    """
    text = Text("annulment", given_reason(ground))
    with transaction.atomic():
        version = lock_for(owed, Action.ANNUL, version_id)
        move_standing(owed, Action.ANNUL, version_id=version.pk, now=now)
        record_change(
            owed,
            State.ANNULLED,
            kind="protocol.annulled",
            version_id=version.pk,
            body={"version": version.number},
            texts=[text],
            actor=actor(by, role),
            now=now,
        )
