"""What kinds of events are called on pages."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KINDS: dict[str, Promise] = {
    "election.loaded": _("Election loaded"),
    "election.amended": _("Election amended"),
    "appointment.made": _("Appointment made"),
    "appointment.revoked": _("Appointment revoked"),
    "entry.recorded": _("Protocol entered by one person"),
    "protocol.accepted": _("Protocol put in force"),
    "protocol.held": _("Protocol held"),
    "protocol.returned": _("Protocol returned to the station"),
    "protocol.corrected": _("Protocol corrected"),
    "protocol.annulled": _("Protocol annulled"),
    "protocols.imported": _("Protocols imported from a file"),
    "bulletin.published": _("Bulletin published"),
    "final.proposed": _("Final result proposed"),
    "final.approved": _("Final result approved"),
}


def kind_in_words(kind: str) -> str:
    """Return the words for a kind of event; the kind itself where there are none."""
    return str(KINDS.get(kind, kind))
