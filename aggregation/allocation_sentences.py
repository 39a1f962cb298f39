"""Says the steps of an allocation in plain sentences of the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from babel.numbers import get_decimal_symbol, get_group_symbol
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from aggregation.domain.seats import Allocation, Change, LotsOver, Step, StepCode

DIGITS = 4
MINUS = "\u2212"

_SENTENCES = {
    StepCode.THRESHOLD: gettext_lazy(
        "%(base)s valid votes, those against all included; the threshold of %(percent)s percent is %(value)s votes."
    ),
    StepCode.AGAINST_ALL: gettext_lazy("%(choice)s: %(votes)s votes, %(percent)s percent; they win nothing."),
    StepCode.PASSED: gettext_lazy("%(choice)s takes part: %(votes)s votes, %(percent)s percent."),
    StepCode.BELOW_THRESHOLD: gettext_lazy("%(choice)s does not take part: %(votes)s votes, %(percent)s percent."),
    StepCode.NO_SEATS: gettext_lazy("There are no seats to allocate."),
    StepCode.NO_VOTES: gettext_lazy("Nobody voted, so none of the %(seats)s seats is allocated."),
    StepCode.NOBODY_PASSES: gettext_lazy("Nobody takes part, so none of the %(seats)s seats is allocated."),
    StepCode.RUNNER_UP_JOINS: gettext_lazy(
        "Only one list passed, so the one with the next most votes joins: %(choice)s with %(votes)s votes."
    ),
    StepCode.NO_RUNNER_UP: gettext_lazy("Only %(choice)s passed, and no other list has votes: it stays alone."),
    StepCode.QUOTA: gettext_lazy(
        "The quota is %(votes)s votes of the lists taking part / %(seats)s seats = %(quota)s."
    ),
    StepCode.QUOTIENT: gettext_lazy(
        "%(choice)s: %(votes)s votes / quota = %(quotient)s; whole part %(whole)s, remainder %(remainder)s."
    ),
    StepCode.RUNNER_UP_QUOTIENT: gettext_lazy(
        "%(choice)s: %(votes)s votes / quota × %(factor)s = %(quotient)s × %(factor)s = %(share)s; "
        "whole part %(whole)s."
    ),
    StepCode.RUNNER_UP_SEATS: gettext_lazy(
        "%(choice)s gets %(seats)s seats: its whole part is %(whole)s, and %(minimum)s are guaranteed to it."
    ),
    StepCode.SEATS_LEFT: gettext_lazy(
        "Seats given by whole quotas: %(given)s. Left for the largest remainders: %(left)s."
    ),
    StepCode.SEAT_BY_REMAINDER: gettext_lazy("Seat %(seat)s goes to %(choice)s for its remainder of %(remainder)s."),
    StepCode.REST_TO_FIRST: gettext_lazy("All the rest goes to %(choice)s, the list that passed: %(seats)s seats."),
    StepCode.SEAT_BY_QUOTIENT: gettext_lazy(
        "Seat %(seat)s goes to %(choice)s: %(votes)s votes / %(divisor)s = %(quotient)s, the largest left."
    ),
    StepCode.WINNER: gettext_lazy("Seat %(seat)s goes to %(choice)s with %(votes)s votes."),
    StepCode.VACANT: gettext_lazy("Seats that stay vacant for want of candidates with votes: %(seats)s."),
}


def sentences(allocation: Allocation, names: Mapping[str, str] | None = None) -> list[str]:
    """One sentence a step. `names` gives the name to show for a choice's code; a code without one shows itself."""
    return [sentence(step, names or {}) for step in allocation.steps]


def sentence(step: Step, names: Mapping[str, str]) -> str:
    """The step as one sentence."""
    values = {name: shown(figure) if name != "over" else figure for name, figure in step.figures.items()}
    values["choice"] = names.get(step.choice, step.choice) or _("the runner-up")
    values["rivals"] = ", ".join(names.get(code, code) for code in step.rivals)
    if step.code is StepCode.LOTS:
        return _lots(step, values)
    text = str(_SENTENCES[step.code])
    if step.rivals:
        text += " " + _("It was registered earlier than the equal %(rivals)s.")
    # A figure that was cut ends in an ellipsis, which is a full stop of its own.
    return (text % values).replace("….", "…")


def consequence(change: Change, names: Mapping[str, str]) -> str:
    """What a change of votes would have changed: "Auyl +1, Aq Jol −1", and what lots would then have to decide."""
    said = [
        f"{names.get(code, code)} {number:+d}".replace("-", MINUS)
        for code, number in sorted(change.seats.items(), key=lambda item: -item[1])
    ]
    text = ", ".join(said) or _("no seat moves")
    if change.lots is None:
        return text
    between = ", ".join(names.get(code, code) for code in change.lots.choices)
    return _("%(seats)s; lots between %(choices)s") % {"seats": text, "choices": between}


def shown(figure: str) -> str:
    """A figure as people write it: whole numbers as they are, fractions cut (never rounded up) with an ellipsis.

    In English "123/7" is shown as 17.5714….
    """
    language = get_language() or "en"
    fraction = Fraction(figure)
    whole, rest = divmod(int(fraction * 10**DIGITS), 10**DIGITS)
    text = f"{whole:,}".replace(",", get_group_symbol(language))
    decimals = f"{rest:0{DIGITS}}".rstrip("0")
    exact = fraction == Fraction(whole * 10**DIGITS + rest, 10**DIGITS)
    if not exact:
        decimals = f"{rest:0{DIGITS}}…"
    return text + get_decimal_symbol(language) + decimals if decimals else text


def _lots(step: Step, values: Mapping[str, str]) -> str:
    if step.figures["over"] == LotsOver.RUNNER_UP:
        return _("Lots must decide which of %(rivals)s is the runner-up; seats that wait for it: %(seats)s.") % values
    return (
        ngettext(
            "Lots must decide which of %(rivals)s gets the last %(seats)s seat: no rule tells them apart.",
            "Lots must decide which of %(rivals)s get the last %(seats)s seats, one each: no rule tells them apart.",
            int(step.figures["seats"]),
        )
        % values
    )
