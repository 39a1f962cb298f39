"""What the endings and states of complaints are called."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tallies.domain.complaints import ComplaintState, Ending, Remedy

ENDING_WORDS = {
    Ending.UPHELD: _("upheld"),
    Ending.PARTLY_UPHELD: _("upheld in part"),
    Ending.REJECTED: _("rejected"),
    Ending.WITHDRAWN: _("withdrawn"),
}
REMEDY_WORDS = {
    Remedy.NOTHING: _("nothing changes"),
    Remedy.CORRECTION: _("the protocol is corrected"),
    Remedy.RECOUNT: _("the ballots are counted again"),
    Remedy.ANNULMENT: _("annulment of the result is asked for"),
}
WAITING_WORDS = {ComplaintState.OPEN: _("open"), ComplaintState.OVERDUE: _("overdue")}
