"""The ballots of a station were counted again, on the order of a commission above or of a court."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import actor
from tallies.domain.lifecycle import InForce
from tallies.models import ProtocolVersion
from tallies.refusals import Refusal
from tallies.selectors import OwedProtocol
from tallies.services.locking import given_reason
from tallies.services.recording import Text
from tallies.services.replace import Replacement, replace_version
from tallies.services.submit import Submitted


class OrderedBy(StrEnum):
    """Who can order that ballots are counted again."""

    COMMISSION = "commission"
    COURT = "court"


@dataclass(frozen=True)
class RecountOrder:
    """Who ordered the recount, and by which act: its number and date."""

    by: OrderedBy
    act: str
    dated: date


class ActMissing(Refusal):
    """A recount needs the act that orders it."""

    code = "act_missing"

    def __init__(self) -> None:
        super().__init__(_("Give the number of the act that orders the recount."), fields={"act": ""})


class ActInFuture(Refusal):
    """An act that is not yet made orders nothing. Its date is a day on the station's clock."""

    code = "act_in_future"

    def __init__(self) -> None:
        super().__init__(_("The act that orders the recount cannot be dated after today."), fields={"dated": ""})


def record_recount(
    *,
    owed: OwedProtocol,
    version_id: int,
    order: RecountOrder,
    figures: Mapping[str, object],
    explanations: Mapping[str, str],
    paper_says_so: str = "",
    reason: str,
    by: User,
    role: str,
    now: datetime,
) -> Submitted:
    """Put what a recount found in force, also where it found the same figures: then the recount confirms them.

    `version_id` is the version the person saw. Raises ReasonMissing, ActMissing, ActInFuture, FiguresRefused,
    ChecksFailed, NothingToDecide or VersionChanged, and then nothing has changed.
    """
    act = order.act.strip()
    if not act:
        raise ActMissing
    if order.dated > now.astimezone(ZoneInfo(owed.time_zone)).date():
        raise ActInFuture
    texts = (Text("recount", given_reason(reason)), Text("act", act))
    return replace_version(
        owed=owed,
        version_id=version_id,
        replacement=Replacement(figures, explanations, paper_says_so, texts),
        step=InForce.recount,
        kind="protocol.recounted",
        origin=ProtocolVersion.Origin.RECOUNT,
        told={"ordered_by": order.by.value, "act_dated": order.dated.isoformat()},
        may_stay_the_same=True,
        actor=actor(by, role),
        now=now,
    )
