"""The central commission annuls a station's result."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.selectors import actor
from tallies.domain.lifecycle import InForce
from tallies.selectors import OwedProtocol
from tallies.services.locking import given_reason, lock
from tallies.services.recording import Text, move_standing, record_change


def annul_protocol(*, owed: OwedProtocol, version_id: int, ground: str, by: User, role: str, now: datetime) -> None:
    """Annul a protocol in force on a legal ground: it counts as zero from now on, and stays to be seen.

    Raises ReasonMissing, NothingToDecide or VersionChanged, and then nothing has changed.
    """
    text = Text("annulment", given_reason(ground))
    with transaction.atomic():
        in_force, version = lock(owed, InForce, version_id)
        annulled = in_force.annul()
        move_standing(owed, annulled, version_id=version.pk, now=now)
        record_change(
            owed,
            annulled.state,
            kind="protocol.annulled",
            version_id=version.pk,
            body={"version": version.number},
            texts=[text],
            actor=actor(by, role),
            now=now,
        )
