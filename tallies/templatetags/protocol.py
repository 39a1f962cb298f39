"""How states and figures of protocols look on pages."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from tallies.domain.lifecycle import State

register = template.Library()

STATE_WORDS = {
    State.AWAITED: _("awaited"),
    State.FIRST_ENTRY: _("entered once"),
    State.DIFFERS: _("entries differ"),
    State.HELD: _("held"),
    State.RETURNED: _("returned"),
    State.IN_FORCE: _("in force"),
    State.ANNULLED: _("annulled"),
}
EVENT_WORDS = {
    "protocol.accepted": _("In force"),
    "protocol.held": _("Held"),
    "protocol.returned": _("Returned to the station"),
    "protocol.corrected": _("Corrected"),
    "protocol.annulled": _("Annulled"),
}
SUBJECT_WORDS = {
    "acceptance": _("Why it was accepted as it is"),
    "return": _("Why it was returned"),
    "correction": _("Why it was corrected"),
    "annulment": _("Legal ground of the annulment"),
    "paper_says_so": _("Why the paper is so"),
}
ROLE_WORDS = {
    "officer": _("station officer"),
    "chair": _("chair of the station's commission"),
    "district": _("district commission"),
    "constituency": _("constituency commission"),
    "region": _("regional commission"),
    "cec": _("Central Election Commission"),
}
NARROW_SPACE = "\u202f"
GROUPED_FROM = 10_000


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


@register.filter
def figure(value: int | None) -> str:
    """A number with its thousands set apart, from five digits on; a dash for an absent one."""
    if value is None:
        return "—"
    return f"{value:,}".replace(",", NARROW_SPACE) if value >= GROUPED_FROM else str(value)


@register.filter
def unbroken(text: str) -> str:
    """Text such as a phone number that stays on one line."""
    return text.replace(" ", "\u00a0")


@register.filter
def event_words(kind: str) -> str:
    return str(EVENT_WORDS.get(kind, kind))


@register.filter
def subject_words(subject: str) -> str:
    return str(SUBJECT_WORDS.get(subject, subject))


@register.filter
def role_words(role: str) -> str:
    return str(ROLE_WORDS.get(role, role))
