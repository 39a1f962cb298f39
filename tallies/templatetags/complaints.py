"""How complaints look on pages."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tallies.complaint_words import ENDING_WORDS, REMEDY_WORDS, WAITING_WORDS
from tallies.domain.complaints import ComplaintState, Ending, Remedy

register = template.Library()

LOOKS = {
    ComplaintState.OPEN: "warning",
    ComplaintState.OVERDUE: "error",
    ComplaintState.ANSWERED: "in-force",
    ComplaintState.WITHDRAWN: "awaited",
}


@register.simple_tag
def complaint_badge(state: str, ending: str | None = None) -> SafeString:
    """Where a complaint stands as a badge: waiting, or how it ended."""
    known = ComplaintState(state)
    words = ENDING_WORDS[Ending(ending)] if ending else WAITING_WORDS[known]
    return format_html('<span class="badge badge--{}"><span class="badge__word">{}</span></span>', LOOKS[known], words)


@register.filter
def remedy_words(remedy: str) -> str:
    return str(REMEDY_WORDS[Remedy(remedy)])
