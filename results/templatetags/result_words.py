"""How states of results and their changes are told, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from aggregation.allocation_sentences import shown
from audit.models import Event
from results.models import MandateAct
from results.public.ground import READER
from results.public.showing import Basis, Status
from stations.models import Contest
from stations.templatetags import written
from tallies.models import Explanation

register = template.Library()
# Result pages load this library alone.
register.filters.update(written.register.filters)
register.tags.update(written.register.tags)

STATES = {
    "awaited": _("awaited"),
    "first_entry": _("entered once"),
    "differs": _("entries differ"),
    "held": _("held"),
    "returned": _("returned"),
    "in_force": _("in force"),
    "annulled": _("annulled"),
    "repeat_ordered": _("repeat voting ordered"),
    "superseded": _("superseded"),
}
CHANGES = {
    "protocol.accepted": _("Put in force"),
    "protocol.held": _("Held: a commission must decide"),
    "protocol.returned": _("Returned to the station"),
    "protocol.corrected": _("Corrected"),
    "protocol.recounted": _("Recounted"),
    "protocol.annulled": _("Annulled"),
    "protocol.repeat_ordered": _("Repeat voting ordered"),
}
ORIGINS = {
    "entry": _("keyed in at the station"),
    "on_behalf": _("keyed in by the district commission on the station's behalf"),
    "chosen": _("two entries differed, the commission chose one"),
    "correction": _("corrected by a commission"),
    "recount": _("counted again"),
    "import": _("brought in from a file"),
}
ORDERED_BY = {
    "commission": _("Ordered by a commission above"),
    "court": _("Ordered by a court"),
}
REASONS = {
    "acceptance": _("Why it was accepted as it is"),
    "correction": _("Why it was corrected"),
    "choice": _("Why this entry was chosen"),
    "recount": _("Why the ballots were counted again"),
    "act": _("Act that ordered the recount"),
    "repeat": _("Legal ground of the repeat voting"),
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
    "observer": _("observer"),
    "system": _("the system"),
}


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


@register.filter
def whole(share: Fraction | None) -> str:
    """A share in whole percents without their sign, for drawings that have no room for more; a dash for none."""
    return written.NARROW_DASH if share is None else str(int(share * 100 + Fraction(1, 2)))


@register.filter
def points(difference: Fraction | None) -> str:
    """A difference of shares in percentage points, with its sign; a dash for none."""
    if difference is None:
        return written.NARROW_DASH
    size = written.percent(abs(difference)).rstrip("%").rstrip()
    return f"{'+' if difference > 0 else '−' if difference < 0 else ''}{size}"


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
def decimals(figure: Fraction | None) -> str:
    """A fraction as a calculator shows it: cut after four digits, never rounded up; a dash for none."""
    return written.NARROW_DASH if figure is None else shown(str(figure))


@register.filter
def named(code: str, names: Mapping[str, str]) -> str:
    """The name of the choice with this code."""
    return names.get(code, code)


@register.inclusion_tag("results/_pause.html")
def pause_banner(event_id: int) -> dict[str, object]:
    """That publication is paused, since when and why. Words that the law had erased are left out."""
    event = Event.objects.using(READER).get(pk=event_id)
    words = Explanation.objects.using(READER).filter(event=event_id).values_list("text", flat=True).first()
    return {"since": event.occurred_at, "words": words or ""}


@register.simple_tag
def signed_difference(before: int, after: int) -> str:
    """How much more the later figure is, with its sign; a dash where nothing changed."""
    difference = after - before
    if not difference:
        return written.NARROW_DASH
    return ("+" if difference > 0 else written.MINUS) + written.number(abs(difference))


@register.filter
def change_words(kind: str) -> str:
    return str(CHANGES.get(kind, kind))


@register.filter
def origin_words(origin: str) -> str:
    return str(ORIGINS.get(origin, origin))


@register.filter
def order_words(ordered_by: str) -> str:
    return str(ORDERED_BY.get(ordered_by, ordered_by))


@register.filter
def reason_words(subject: str) -> str:
    return str(REASONS.get(subject, subject))


@register.filter
def role_words(role: str) -> str:
    return str(ROLES.get(role, role))


@register.filter
def hexadecimal(value: bytes) -> str:
    return bytes(value).hex()


@register.filter
def item(mapping: Mapping[int, str], key: int) -> str:
    """What a mapping holds for a key; empty for nothing."""
    return mapping.get(key, "")


@register.filter
def in_language(told: Mapping[str, str], what: str = "name") -> str:
    """The name, or what else it has by language, of something that the registry keeps as data."""
    return told.get(f"{what}_{get_language() or 'en'}") or told[f"{what}_en"]


@register.simple_tag
def act_words(act: MandateAct, names: Mapping[str, str]) -> str:
    """What an act about mandates says."""
    data = act.data
    match act.kind:
        case MandateAct.Kind.LOTS:
            won = ", ".join(names.get(code, code) for code in data["won"])
            values = {"won": won, "day": written.day(date.fromisoformat(data["drawn_on"]))}
            return gettext("lots were drawn on %(day)s for %(won)s") % values
        case MandateAct.Kind.REGISTRATION:
            count = sum(len(places) for places in data["holders"].values())
            return ngettext("%(count)d mandate is registered", "%(count)d mandates are registered", count) % {
                "count": count
            }
        case MandateAct.Kind.GIVEN_UP:
            return _given_up_words(act, names)
    sentences = {
        "repeat_voting": gettext("repeat voting is called for %(day)s"),
        "repeat_election": gettext("a repeat election is called for %(day)s"),
        "by_election": gettext("a by-election is called for %(day)s"),
    }
    return sentences[data["what"]] % {"day": written.day(date.fromisoformat(data["day"]))}


def _given_up_words(act: MandateAct, names: Mapping[str, str]) -> str:
    code, place, successor = act.data["list"], act.data["place"], act.data["successor"]
    values = {"list": names.get(code, code), "place": place, "next": successor}
    if act.contest.kind == Contest.Kind.PLURALITY:
        return gettext("%(list)s gave the mandate up: the seat is vacant") % values
    if successor is None:
        return gettext("%(list)s: place %(place)d gave the mandate up, and nobody is left on the list") % values
    return gettext("%(list)s: place %(place)d gave the mandate up, place %(next)d takes it") % values
