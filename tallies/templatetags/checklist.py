"""What an officer's checklist says of a protocol: the ballot's colour and the next step, both in words."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext_lazy as _

from tallies.domain.steps import Step
from tallies.templatetags import protocol

register = template.Library()
register.filters.update(protocol.register.filters)
register.tags.update(protocol.register.tags)

BALLOT_WORDS = {
    "blue": _("Blue ballot"),
    "green": _("Green ballot"),
    "purple": _("Purple ballot"),
    "orange": _("Orange ballot"),
    "grey": _("Grey ballot"),
}
STEP_WORDS = {
    Step.WAIT_FOR_CLOSING: _("Nothing to do yet: the station is open."),
    Step.KEY: _("Nobody has keyed it yet."),
    Step.KEY_AS_SECOND: _("The first person has keyed it. Key it from the paper, without asking what they keyed."),
    Step.KEY_ANEW: _("The district commission has returned it. Key it anew."),
    Step.KEY_REPEAT: _("The repeat voting has ended. Key its protocol."),
    Step.CORRECT_OWN: _("Your lines differ from the other person's. Look at the paper again."),
    Step.ATTACH: _("It counts. A photograph of the signed paper is still missing."),
    Step.PRINT: _("It counts, and its photograph is there. Post the receipt on the door."),
    Step.WAIT_FOR_SECOND: _("You have keyed it. Now the second person keys it."),
    Step.WAIT_FOR_TWO: _("Two others have keyed it and settle what differs. Nothing to do for you."),
    Step.WAIT_FOR_PERSON: _("Somebody is keying it at this moment. Nothing to do for you."),
    Step.WAIT_FOR_DISTRICT: _("The district commission decides. Nothing to do for now."),
    Step.NOTHING: _("Annulled by the Central Election Commission. Nothing to do."),
}
STEP_BUTTONS = {
    Step.KEY: _("Key the protocol"),
    Step.KEY_AS_SECOND: _("Key it as second person"),
    Step.KEY_ANEW: _("Key it anew"),
    Step.KEY_REPEAT: _("Key the protocol"),
    Step.CORRECT_OWN: _("Look at your lines again"),
    Step.ATTACH: _("Attach the photograph"),
    Step.PRINT: _("Print the receipt"),
}


@register.filter
def ballot_word(colour: str) -> str:
    """The colour of a ballot in words; empty for one that the style sheet does not know."""
    return str(BALLOT_WORDS.get(colour, ""))


@register.filter
def step_words(step: Step) -> str:
    return str(STEP_WORDS[step])


@register.filter
def step_button(step: Step) -> str:
    """What the button of a step says; empty where somebody else acts."""
    return str(STEP_BUTTONS.get(step, ""))
