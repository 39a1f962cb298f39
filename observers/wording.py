"""What kinds of events are called on pages."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KINDS: dict[str, Promise] = {
    "election.loaded": _("Election loaded"),
    "election.amended": _("Election amended"),
    "appointment.made": _("Appointment made"),
    "appointment.revoked": _("Appointment revoked"),
    "access.renewed": _("Access of an officer renewed"),
    "entry.recorded": _("Protocol entered by one person"),
    "protocol.accepted": _("Protocol put in force"),
    "protocol.held": _("Protocol held"),
    "protocol.returned": _("Protocol returned to the station"),
    "protocol.corrected": _("Protocol corrected"),
    "protocol.recounted": _("Protocol recounted"),
    "protocol.annulled": _("Protocol annulled"),
    "protocol.repeat_ordered": _("Repeat voting ordered"),
    "photograph.attached": _("Photograph of a protocol attached"),
    "photograph.withdrawn": _("Photograph of a protocol withdrawn"),
    "claim.taken_over": _("Claim on an entry taken over"),
    "turnout.reported": _("Turnout reported"),
    "complaint.registered": _("Complaint registered"),
    "complaint.answered": _("Complaint answered"),
    "complaint.withdrawn": _("Complaint withdrawn"),
    "protocols.imported": _("Protocols imported from a file"),
    "webhook.set": _("Webhook set"),
    "webhook.turned_off": _("Webhook turned off"),
    "text.erased": _("Text erased by order of the law"),
    "checks.proposed": _("Other checks proposed"),
    "checks.adopted": _("Check set adopted"),
    "checks.withdrawn": _("Check set withdrawn"),
    "query.opened": _("Query opened"),
    "query.closed": _("Query closed"),
    "certificate.proposed": _("Result of an area proposed"),
    "certificate.opinion": _("Dissenting opinion"),
    "certificate.signed": _("Result of an area established"),
    "certificate.withdrawn": _("Established result withdrawn"),
    "publication.paused": _("Publication paused"),
    "publication.resumed": _("Publication resumed"),
    "bulletins.scheduled": _("Bulletins scheduled"),
    "mandates.proposed": _("Act about mandates proposed"),
    "mandates.confirmed": _("Act about mandates confirmed"),
    "mandates.withdrawn": _("Act about mandates withdrawn"),
    "bulletin.published": _("Bulletin published"),
    "final.proposed": _("Final result proposed"),
    "final.approved": _("Final result approved"),
}


def kind_in_words(kind: str) -> str:
    """Return the words for a kind of event; the kind itself where there are none."""
    return str(KINDS.get(kind, kind))
