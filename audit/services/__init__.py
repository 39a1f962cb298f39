"""What may be written in this room: events, when they become public, the sealed log, and what witnesses say."""

from audit.domain.events import NewEvent
from audit.services.alarms import clear_alarms, raise_alarm
from audit.services.disclosure import set_disclosure
from audit.services.recording import OutsideTransaction, record_event, record_events
from audit.services.sealing import AnotherPublisher, LogContradiction, one_publisher, seal
from audit.services.witnessing import (
    CosignatureRefused,
    WitnessDisagrees,
    check_with_witnesses,
    push_to_witnesses,
    receive_cosignatures,
)

__all__ = [
    "AnotherPublisher",
    "CosignatureRefused",
    "LogContradiction",
    "NewEvent",
    "OutsideTransaction",
    "WitnessDisagrees",
    "check_with_witnesses",
    "clear_alarms",
    "one_publisher",
    "push_to_witnesses",
    "raise_alarm",
    "receive_cosignatures",
    "record_event",
    "record_events",
    "seal",
    "set_disclosure",
]
