"""Conditions in sentences."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from results.certification.domain.conditions import Unmet
from stations.templatetags.written import number as written


def unmet_sentence(condition: Unmet, number: int) -> str:
    """Say what is missing, and how often."""
    return _sentence(condition, number) % {"count": written(number)}


def _sentence(condition: Unmet, number: int) -> str:
    return {
        Unmet.MISSING: ngettext("%(count)s protocol is missing.", "%(count)s protocols are missing.", number),
        Unmet.DIFFERING: ngettext(
            "Two entries of %(count)s protocol differ.", "Two entries of %(count)s protocols differ.", number
        ),
        Unmet.HELD: ngettext(
            "%(count)s protocol is held: a commission must decide on it.",
            "%(count)s protocols are held: commissions must decide on them.",
            number,
        ),
        Unmet.QUERIED: ngettext("%(count)s query has no answer yet.", "%(count)s queries have no answer yet.", number),
        Unmet.COMPLAINED: ngettext(
            "%(count)s complaint has no answer yet.", "%(count)s complaints have no answer yet.", number
        ),
        Unmet.BENEATH: ngettext(
            "%(count)s commission below has not established its result.",
            "%(count)s commissions below have not established their results.",
            number,
        ),
        Unmet.PENDING: _("Some changes are not summed up yet. Try again in a moment."),
        Unmet.UNSEALED: _("The last changes are not in the signed log yet. Try again in a moment."),
        Unmet.UNEQUAL: _("The tally differs from the sum of the protocols: tell the central commission."),
    }[condition]
