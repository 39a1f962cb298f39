"""Every change of what a station said. One verb, one transaction, one event."""

from tallies.services.annul import annul_protocol
from tallies.services.choose import choose_entry
from tallies.services.correct import correct_protocol
from tallies.services.decide import accept_held, return_held
from tallies.services.recount import record_recount
from tallies.services.repeat import order_repeat_voting
from tallies.services.submit import submit_protocol

__all__ = [
    "accept_held",
    "annul_protocol",
    "choose_entry",
    "correct_protocol",
    "order_repeat_voting",
    "record_recount",
    "return_held",
    "submit_protocol",
]
