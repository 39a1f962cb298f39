"""A commission corrects a protocol in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from accounts.models import User
from accounts.selectors import actor
from tallies.domain.lifecycle import InForce
from tallies.models import ProtocolVersion
from tallies.selectors import OwedProtocol
from tallies.services.locking import given_reason
from tallies.services.recording import Text
from tallies.services.replace import Replacement, replace_version
from tallies.services.submit import Submitted


def correct_protocol(
    *,
    owed: OwedProtocol,
    version_id: int,
    figures: Mapping[str, object],
    explanations: Mapping[str, str],
    paper_says_so: str = "",
    reason: str,
    by: User,
    role: str,
    now: datetime,
) -> Submitted:
    """Replace the version in force by a new one that names it, the reason, and who ordered it.

    `version_id` is the version the person saw. Raises ReasonMissing, FiguresRefused, ChecksFailed, NothingToDecide,
    VersionChanged or NothingCorrected, and then nothing has changed.
    """
    texts = (Text("correction", given_reason(reason)),)
    return replace_version(
        owed=owed,
        version_id=version_id,
        replacement=Replacement(figures, explanations, paper_says_so, texts),
        step=InForce.correct,
        kind="protocol.corrected",
        origin=ProtocolVersion.Origin.CORRECTION,
        told={},
        may_stay_the_same=False,
        actor=actor(by, role),
        now=now,
    )
