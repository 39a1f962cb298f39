"""What every page of a training system carries, and no page of a real one: its sheet, its band, its word.

The tags ask the settings alone, so that pages for when nothing can be asked of the database carry them too.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

register = template.Library()

# All three at once: whoever passes the screen or finds the printed sheet reads one of them.
WORDS = {"kk": "Жаттығу", "ru": "Тренировка", "en": "Training"}
NOTHING = mark_safe("")


@register.simple_tag
def training_style() -> SafeString:
    """The link to the sheet that marks every page, for the head."""
    if not settings.TRAINING:
        return NOTHING
    return format_html('<link rel="stylesheet" href="{}">', static("css/training.css"))


@register.simple_tag
def training_title() -> str:
    """What the title of a window ends with."""
    return f" · {_('Training')}" if settings.TRAINING else ""


@register.inclusion_tag("training/band.html")
def training_band() -> dict[str, Any]:
    """The band at the top of the page, in the page's language."""
    return {"training": settings.TRAINING, "words": WORDS}
