"""What a final result needs, and what of it is not there yet."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aggregation.allocation_sentences import shown
from audit.models import Checkpoint, LogIndex, UnsealedEvent
from audit.selectors import cosignatures, latest_checkpoint
from results.certification.selectors import not_certified
from results.publication.selectors import pause_of, unsettled
from results.verification.verify import verify
from stations.models import Election

# A final result is as of a checkpoint that covers all of these.
SEALED_FIRST = ("protocol.", "certificate.")


def unmet_conditions(election: Election, now: datetime, *, checkpoint: Checkpoint | None = None) -> dict[str, str]:
    """Return what stands in the way of a final result now, each condition by its code with a sentence.

    `verify` runs only when nothing else does: it reads every protocol and the whole log. `checkpoint` is that of a
    result proposed already, whose cosignatures are asked for; without it, the last one.
    """
    unmet = open_conditions(election, now, checkpoint=checkpoint)
    if not unmet:
        verdict = verify()
        if not verdict.ok:
            unmet["verify"] = _("The independent verification found differences: see manage.py verify.")
        elif verdict.counts["moving"]:
            unmet["moving"] = _("Some changes are not summed up yet. Try again in a moment.")
        elif verdict.unchecked:
            unmet["unchecked"] = _("The log's key or folder is out of reach here, so its signatures were not verified.")
    return unmet


def open_conditions(election: Election, now: datetime, *, checkpoint: Checkpoint | None = None) -> dict[str, str]:
    """Return the unmet conditions that can be told at a glance, without `verify`."""
    last = latest_checkpoint()
    found = {
        "figures_public_from": _too_early(election, now),
        "paused": _("Publication is paused.") if pause_of(election) else "",
        **_unsettled(election),
        "not_certified": _not_certified(election),
        "unsealed": _unsealed(last),
        "cosignatures": _not_cosigned(election, checkpoint or last),
    }
    return {code: sentence for code, sentence in found.items() if sentence}


def _too_early(election: Election, now: datetime) -> str:
    return _("The law does not allow figures to be published yet.") if now < election.figures_public_from else ""


def _unsettled(election: Election) -> dict[str, str]:
    held, missing = unsettled(election)
    told = {
        "held": ngettext(
            "%(count)s protocol is held: a commission must decide on it.",
            "%(count)s protocols are held: commissions must decide on them.",
            held,
        )
        % {"count": shown(str(held))},
        "missing": ngettext("%(count)s protocol is missing.", "%(count)s protocols are missing.", missing)
        % {"count": shown(str(missing))},
    }
    return {code: sentence for code, sentence in told.items() if {"held": held, "missing": missing}[code]}


def _not_certified(election: Election) -> str:
    number = len(not_certified(election))
    if not number:
        return ""
    return ngettext(
        "The result of %(count)s contest is not established.",
        "The results of %(count)s contests are not established.",
        number,
    ) % {"count": shown(str(number))}


def _unsealed(checkpoint: Checkpoint | None) -> str:
    size = checkpoint.size if checkpoint else 0
    waiting = UnsealedEvent.objects.all()
    beyond = LogIndex.objects.filter(index__gte=size)
    for kind in SEALED_FIRST:
        if (
            waiting.filter(event__kind__startswith=kind).exists()
            or beyond.filter(event__kind__startswith=kind).exists()
        ):
            return _("The last changes are not in the signed log yet. Try again in a moment.")
    return ""


def _not_cosigned(election: Election, checkpoint: Checkpoint | None) -> str:
    asked = election.witnesses_required
    there = len(cosignatures(checkpoint.size)) if asked and checkpoint else 0
    if there >= asked:
        return ""
    return ngettext(
        "%(there)s of %(count)s witness has cosigned the log's checkpoint.",
        "%(there)s of %(count)s witnesses have cosigned the log's checkpoint.",
        asked,
    ) % {"there": shown(str(there)), "count": shown(str(asked))}
