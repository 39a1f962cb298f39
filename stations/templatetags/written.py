"""How numbers, shares, dates and hours are written, in the language of the page. Every page writes them by these.

Django knows no Kazakh order of day, month and year, and sets no thousands apart in it; CLDR does.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from babel.dates import format_date
from babel.numbers import format_decimal
from django import template
from django.utils.timezone import localtime
from django.utils.translation import get_language

register = template.Library()

NO_BREAK = "\u00a0"
NARROW_DASH = "—"
MINUS = "\u2212"
# English is read here by people who write the day before the month.
LOCALES = {"en": "en_GB"}


@register.filter
def number(value: int | None) -> str:
    """A whole number with its thousands set apart; a dash for none."""
    return NARROW_DASH if value is None else format_decimal(value, "#,##0", locale=_locale())


@register.filter
def decimal(value: float, places: int) -> str:
    """A number with so many decimals, for statistics."""
    return format_decimal(value, "#,##0." + "0" * places, locale=_locale()).replace("-", MINUS)


@register.filter
def percent(share: Fraction | None) -> str:
    """A share as a percentage with two decimals, halves rounded up; a dash for none."""
    if share is None:
        return NARROW_DASH
    hundredths = Decimal(int(share * 10_000 + Fraction(1, 2))) / 100
    return format_decimal(hundredths, "#,##0.00", locale=_locale()) + _percent_sign()


@register.filter
def plain_percent(value: Decimal) -> str:
    """A percentage given as such, without needless zeros."""
    return format_decimal(value, "#,##0.###", locale=_locale()) + _percent_sign()


@register.filter
def moment(at: datetime | None) -> str:
    """Date and time of day to the second in the zone that is active, with its offset from UTC; empty for none."""
    if at is None:
        return ""
    local = localtime(at)
    offset = local.utcoffset() or timedelta()
    hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
    sign = "+" if offset >= timedelta() else "−"
    zone = f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")
    return f"{day(local)}, {local:%H:%M:%S} ({zone})"


@register.filter
def when(at: datetime | None) -> str:
    """Date and time of day to the minute, short enough for a table; empty for none."""
    if at is None:
        return ""
    local = localtime(at)
    return f"{format_date(local, 'medium', locale=_locale())}, {local:%H:%M}".replace(" ", NO_BREAK)


@register.filter
def hour(at: datetime | None) -> str:
    """The time of day to the minute; empty for none."""
    return "" if at is None else f"{localtime(at):%H:%M}"


@register.filter
def day(at: date | datetime | None) -> str:
    """The date in words; empty for none."""
    if at is None:
        return ""
    shown = localtime(at) if isinstance(at, datetime) else at
    return format_date(shown, "long", locale=_locale())


@register.filter
def unlocalized(value: int) -> str:
    """A whole number as machines write it."""
    return str(value)


@register.simple_tag
def fraction_of(part: int, whole: int) -> str:
    """The share of `part` in `whole` as a percentage; a dash where there is nothing to share."""
    return percent(Fraction(part, whole)) if whole else NARROW_DASH


def _locale() -> str:
    language = get_language() or "en"
    return LOCALES.get(language, language)


def _percent_sign() -> str:
    return "%" if _locale().startswith("en") else NO_BREAK + "%"
