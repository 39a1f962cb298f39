"""Differences between shares, in percentage points."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import floor

from babel.numbers import format_decimal
from django import template
from django.utils.translation import get_language

from stations.templatetags.written import LOCALES, NARROW_DASH

register = template.Library()


@register.filter
def points(difference: Fraction | None) -> str:
    """A difference of shares in percentage points with its sign, two decimals; a dash for none."""
    if difference is None:
        return NARROW_DASH
    hundredths = floor(abs(difference) * 10_000 + Fraction(1, 2))
    language = get_language() or "en"
    written = format_decimal(Decimal(hundredths) / 100, "0.00", locale=LOCALES.get(language, language))
    sign = "" if not hundredths else "+" if difference > 0 else "−"
    return sign + written
