"""How states and figures of protocols look on pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from stations.domain.check_sets import CheckText
from stations.templatetags import written
from tallies import number_words
from tallies.domain.lifecycle import State
from tallies.domain.matters import Matter

register = template.Library()
# Pages of protocols load this library alone; a number of a protocol is a figure there.
register.filters.update({**written.register.filters, "figure": written.number})
register.tags.update(written.register.tags)

STATE_WORDS = {
    State.AWAITED: _("awaited"),
    State.FIRST_ENTRY: _("entered once"),
    State.DIFFERS: _("entries differ"),
    State.HELD: _("held"),
    State.RETURNED: _("returned"),
    State.IN_FORCE: _("in force"),
    State.ANNULLED: _("annulled"),
    State.REPEAT_ORDERED: _("repeat voting ordered"),
}
ORIGIN_WORDS = {
    "entry": _("keyed in at the station"),
    "on_behalf": _("keyed in by the district commission on the station's behalf"),
    "chosen": _("two entries differed, the commission chose one"),
    "correction": _("corrected by a commission"),
    "recount": _("counted again"),
    "import": _("brought in from a file"),
}
ORDERED_BY_WORDS = {
    "commission": _("Ordered by a commission above"),
    "court": _("Ordered by a court"),
}
MATTER_WORDS = {
    Matter.HELD: _("held"),
    Matter.DIFFERS: _("entries differ"),
    Matter.RETURNED: _("returned"),
    Matter.LATE: _("late"),
    Matter.MISSING: _("missing"),
    Matter.NOT_CLOSED: _("station still open"),
    Matter.ODD: _("in force with findings"),
    Matter.DONE: _("in force"),
    Matter.ANNULLED: _("annulled"),
}
# One sign each, told apart without colour.
MATTER_MARKS = {
    Matter.HELD: "!",
    Matter.DIFFERS: "≠",
    Matter.RETURNED: "↩",
    Matter.LATE: "⧗",
    Matter.MISSING: "…",
    Matter.NOT_CLOSED: "·",
    Matter.ODD: "✓?",
    Matter.DONE: "✓",
    Matter.ANNULLED: "✕",
}
# The look of a matter's badge is that of the state nearest to it.
MATTER_LOOKS = {
    Matter.DIFFERS: "warning",
    Matter.LATE: "late",
    Matter.MISSING: "awaited",
    Matter.NOT_CLOSED: "awaited",
    Matter.ODD: "in-force",
    Matter.DONE: "in-force",
}
EVENT_WORDS = {
    "entry.recorded": _("Entered by one person"),
    "protocol.accepted": _("In force"),
    "protocol.held": _("Held"),
    "protocol.returned": _("Returned to the station"),
    "protocol.corrected": _("Corrected"),
    "protocol.recounted": _("Recounted"),
    "protocol.annulled": _("Annulled"),
    "protocol.repeat_ordered": _("Repeat voting ordered"),
    "claim.taken_over": _("Somebody's keying ended by the commission"),
    "turnout.reported": _("Turnout reported"),
    "photograph.attached": _("Photograph attached"),
    "photograph.withdrawn": _("Photograph withdrawn"),
    "query.opened": _("Query opened"),
    "query.closed": _("Query closed"),
    "appointment.made": _("Appointment made"),
    "appointment.revoked": _("Appointment revoked"),
    "access.renewed": _("Access of an officer renewed"),
}
SUBJECT_WORDS = {
    "acceptance": _("Why it was accepted as it is"),
    "return": _("Why it was returned"),
    "correction": _("Why it was corrected"),
    "choice": _("Why this entry was chosen"),
    "recount": _("Why the ballots were counted again"),
    "act": _("Act that ordered the recount"),
    "annulment": _("Legal ground of the annulment"),
    "repeat": _("Legal ground of the repeat voting"),
    "paper_says_so": _("Why the paper is so"),
    "query": _("Why the query was closed"),
    "proposal": _("Why the checks change"),
    "withdrawal": _("Why it was withdrawn"),
}
ROLE_WORDS = {
    "officer": _("station officer"),
    "chair": _("chair of the station's commission"),
    "district": _("district commission"),
    "constituency": _("constituency commission"),
    "region": _("regional commission"),
    "cec": _("Central Election Commission"),
    "system": _("the system"),
}


@register.simple_tag
def state_badge(state: str, number: int | None = None) -> SafeString:
    """The state as a badge; with the number of the version where one is given."""
    known = State(state)
    version = format_html(" · {} {}", _("version"), number) if number else ""
    return format_html(
        '<span class="badge badge--{}"><span class="badge__word">{}{}</span></span>',
        known.value.replace("_", "-"),
        STATE_WORDS[known],
        version,
    )


@register.simple_tag
def matter_badge(matter: str) -> SafeString:
    """What a protocol is to the desk, as a badge."""
    known = Matter(matter)
    return format_html(
        '<span class="badge badge--{}"><span class="badge__word">{}</span></span>',
        MATTER_LOOKS.get(known, known.value),
        MATTER_WORDS[known],
    )


@register.filter
def matter_words(matter: str) -> str:
    return str(MATTER_WORDS[Matter(matter)])


@register.filter
def matter_mark(matter: str) -> str:
    """The one sign of a matter in a grid."""
    return MATTER_MARKS[Matter(matter)]


@register.filter
def phone_address(phone: str) -> str:
    """A telephone number as a `tel:` address: digits and a leading plus, without an extension."""
    number = phone.split(",", maxsplit=1)[0].split(";", maxsplit=1)[0]
    return "tel:" + "".join(sign for sign in number if sign.isascii() and (sign.isdigit() or sign == "+"))


@register.filter
def in_words(value: int) -> str:
    """The number in words of the page's language, for the eye that compares."""
    return number_words.in_words(value, get_language() or "en")


@register.filter
def ago(moment: datetime, now: datetime) -> str:
    """How long before `now` something happened, in words."""
    if now - moment < timedelta(minutes=1):
        return gettext("just now")
    return gettext("%(time)s ago") % {"time": timesince(moment, now, depth=1)}


@register.filter
def unbroken(text: str) -> str:
    """Text such as a phone number that stays on one line."""
    return text.replace(" ", "\u00a0")


@register.filter
def thousandths(share: int) -> str:
    """A share given in thousandths, as a percentage."""
    return written.percent(Fraction(share, 1000))


@register.filter
def event_words(kind: str) -> str:
    return str(EVENT_WORDS.get(kind, kind))


@register.filter
def message(check: CheckText) -> str:
    """What a check says, in the language of the page."""
    return check.messages.get(get_language() or "en") or check.messages["en"]


@register.filter
def law(check: CheckText) -> str:
    """The law a check comes from, in the language of the page; empty where none is named."""
    return check.laws.get(get_language() or "en") or check.laws["en"]


@register.filter
def subject_words(subject: str) -> str:
    return str(SUBJECT_WORDS.get(subject, subject))


@register.filter
def origin_words(origin: str) -> str:
    return str(ORIGIN_WORDS.get(origin, origin))


@register.filter
def order_words(ordered_by: str) -> str:
    return str(ORDERED_BY_WORDS.get(ordered_by, ordered_by))


@register.filter
def role_words(role: str) -> str:
    return str(ROLE_WORDS.get(role, role))
