"""How commissions, levels and withdrawals are told, in the language of the page."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from results.certification.domain.levels import Level
from results.certification.telling import Withdrawal
from stations.models import Area
from stations.templatetags.written import moment

register = template.Library()

LEVELS = {
    Level.DISTRICT: gettext_lazy("District commissions"),
    Level.CONSTITUENCY: gettext_lazy("Constituency commissions"),
    Level.REGION: gettext_lazy("Regional commissions"),
    Level.NATION: gettext_lazy("Central Election Commission"),
}


@register.filter
def level_words(level: str) -> str:
    return str(LEVELS[Level(level)])


@register.simple_tag
def commission_words(level: str, area: Area) -> str:
    """The commission that establishes a result."""
    match Level(level):
        case Level.DISTRICT:
            return _("District commission: %(area)s") % {"area": area.name}
        case Level.REGION:
            return _("Regional commission: %(area)s") % {"area": area.name}
        case Level.CONSTITUENCY:
            return _("Constituency commission")
        case Level.NATION:
            return _("Central Election Commission")


@register.filter
def withdrawal_words(withdrawal: Withdrawal) -> str:
    """What withdrew a certificate."""
    told = {"station": withdrawal.station, "at": moment(withdrawal.at)}
    sentences = {
        "protocol.corrected": _("The protocol of station %(station)s was corrected on %(at)s."),
        "protocol.recounted": _("The ballots of station %(station)s were counted again on %(at)s."),
        "protocol.annulled": _("The result of station %(station)s was annulled on %(at)s."),
        "protocol.repeat_ordered": _("Repeat voting was ordered at station %(station)s on %(at)s."),
        "election.amended": _("Stations were added on %(at)s."),
    }
    return sentences.get(withdrawal.kind, _("Something beneath it changed on %(at)s.")) % told
