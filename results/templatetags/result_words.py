"""How figures, moments and states of results are written, in the language of the page."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from babel.dates import format_date
from babel.numbers import format_decimal
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from results.public.showing import Basis, Status

register = template.Library()

NO_BREAK = "\u00a0"
NARROW_DASH = "—"

STATES = {
    "awaited": _("awaited"),
    "first_entry": _("entered once"),
    "differs": _("entries differ"),
    "held": _("held"),
    "returned": _("returned"),
    "in_force": _("in force"),
    "annulled": _("annulled"),
    "superseded": _("superseded"),
}
CHANGES = {
    "protocol.accepted": _("Put in force"),
    "protocol.held": _("Held: a commission must decide"),
    "protocol.returned": _("Returned to the station"),
    "protocol.corrected": _("Corrected"),
    "protocol.annulled": _("Annulled"),
}
ORIGINS = {
    "entry": _("keyed in at the station"),
    "correction": _("corrected by a commission"),
    "import": _("brought in from a file"),
}
REASONS = {
    "acceptance": _("Why it was accepted as it is"),
    "correction": _("Why it was corrected"),
    "annulment": _("Legal ground of the annulment"),
    "paper_says_so": _("Why the paper is so"),
    "import": _("Why it came from a file"),
}
ROLES = {
    "officer": _("station officer"),
    "chair": _("chair of the station's commission"),
    "district": _("district commission"),
    "constituency": _("constituency commission"),
    "region": _("regional commission"),
    "cec": _("Central Election Commission"),
    "system": _("the system"),
}


@register.filter
def number(value: int | None) -> str:
    """A whole number with its thousands set apart; a dash for none."""
    if value is None:
        return NARROW_DASH
    return format_decimal(value, "#,##0", locale=get_language() or "en")


@register.filter
def percent(share: Fraction | None) -> str:
    """A share as a percentage with two decimals, halves rounded up; a dash for none."""
    if share is None:
        return NARROW_DASH
    language = get_language() or "en"
    hundredths = Decimal(int(share * 10_000 + Fraction(1, 2))) / 100
    sign = "%" if language == "en" else NO_BREAK + "%"
    return format_decimal(hundredths, "#,##0.00", locale=language) + sign


@register.filter
def plain_percent(value: Decimal) -> str:
    """A percentage given as such, without needless zeros."""
    language = get_language() or "en"
    return format_decimal(value, "#,##0.###", locale=language) + ("%" if language == "en" else NO_BREAK + "%")


@register.filter
def moment(at: datetime | None) -> str:
    """Date and time of day in the zone that is active, with its offset from UTC; empty for none."""
    if at is None:
        return ""
    local = localtime(at)
    offset = local.utcoffset() or timedelta()
    hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
    sign = "+" if offset >= timedelta() else "−"
    zone = f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")
    # Django knows no Kazakh order of day, month and year; CLDR does.
    return f"{format_date(local, 'long', locale=get_language() or 'en')}, {local:%H:%M:%S} ({zone})"


@register.simple_tag
def share_bar(share: Fraction | None, series: str, threshold: Decimal | None = None) -> SafeString:
    """A bar from 0 to 100 percent, with a mark at the threshold. It repeats what stands beside it in figures."""
    width = f"{float(share or 0) * 100:.2f}"
    mark = (
        format_html('<rect class="threshold" x="{}" width="0.5" height="7"/>', f"{float(threshold):.2f}")
        if threshold
        else ""
    )
    return format_html(
        '<svg class="bars" viewBox="0 0 100 7" aria-hidden="true" focusable="false">'
        '<rect class="track" y="1" width="100" height="5" rx="1"/>'
        '<rect class="{}" y="1" width="{}" height="5" rx="1"/>{}</svg>',
        series,
        width,
        mark,
    )


@register.simple_tag
def state_badge(state: str) -> SafeString:
    """The state of a protocol or of a version, as a badge."""
    return format_html(
        '<span class="badge badge--{}"><span class="badge__word">{}</span></span>',
        state.replace("_", "-"),
        STATES.get(state, state),
    )


@register.simple_tag
def basis_badge(basis: Basis) -> SafeString:
    """What shown figures are: final, or preliminary."""
    final = basis.status is Status.FINAL
    return format_html(
        '<span class="badge badge--{}"><span class="badge__word">{}</span></span>',
        "final" if final else "preliminary",
        _("final result") if final else _("preliminary"),
    )


@register.filter
def change_words(kind: str) -> str:
    return str(CHANGES.get(kind, kind))


@register.filter
def origin_words(origin: str) -> str:
    return str(ORIGINS.get(origin, origin))


@register.filter
def reason_words(subject: str) -> str:
    return str(REASONS.get(subject, subject))


@register.filter
def role_words(role: str) -> str:
    return str(ROLES.get(role, role))


@register.filter
def unlocalized(value: int) -> str:
    """A whole number as machines write it."""
    return str(value)


@register.simple_tag
def fraction_of(part: int, whole: int) -> str:
    """The share of `part` in `whole` as a percentage; a dash where there is nothing to share."""
    return percent(Fraction(part, whole)) if whole else NARROW_DASH


@register.filter
def hexadecimal(value: bytes) -> str:
    return bytes(value).hex()
