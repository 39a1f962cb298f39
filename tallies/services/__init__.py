"""Every change of what a station said. One verb, one transaction, one event."""

from tallies.services.annul import annul_protocol
from tallies.services.correct import correct_protocol
from tallies.services.decide import accept_held, return_held
from tallies.services.submit import submit_protocol

__all__ = ["accept_held", "annul_protocol", "correct_protocol", "return_held", "submit_protocol"]
