"""What may be written in this room: events, the moment they become public, and the sealed log."""

from audit.domain.events import NewEvent
from audit.services.disclosure import set_disclosure
from audit.services.recording import OutsideTransaction, record_event, record_events
from audit.services.sealing import AnotherPublisher, LogContradiction, one_publisher, seal

__all__ = [
    "AnotherPublisher",
    "LogContradiction",
    "NewEvent",
    "OutsideTransaction",
    "one_publisher",
    "record_event",
    "record_events",
    "seal",
    "set_disclosure",
]
