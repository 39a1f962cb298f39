"""What a webhook says, how it is signed, and when it is tried again. No network here.

Messages follow the Standard Webhooks specification (docs/webhooks.md).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta

# The events a webhook can carry: what a commission or an officer must act on. Acceptances are not among them: there
# are fifty thousand of them in a night, and the way of an accepted protocol must not grow.
KINDS = (
    "protocol.held",
    "protocol.returned",
    "protocol.corrected",
    "protocol.recounted",
    "protocol.annulled",
    "protocol.repeat_ordered",
    "claim.taken_over",
)
TEST = "webhook.test"

MOST_ATTEMPTS = 8
_FIRST_PAUSE = timedelta(seconds=10)
_PAUSE_GROWS = 3

SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"  # noqa: S105 (the specification's mark of a secret, not one)


def body_of(kind: str, at: datetime, data: Mapping[str, object]) -> bytes:
    """Return the message: what happened, when, and codes of what it concerns. Never figures, never a person's words."""
    moment = at.isoformat().replace("+00:00", "Z")
    return json.dumps({"type": kind, "timestamp": moment, "data": data}, separators=(",", ":")).encode()


def signature_of(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature`: HMAC-SHA256 over id, timestamp and body. Raises ValueError."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as bad:
        raise ValueError("not a webhook's secret") from bad
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def secret_of(key: bytes) -> str:
    """Return a key as the receiver writes it down."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def pause_after(attempts: int) -> timedelta | None:
    """Return how long to wait after so many failed attempts: 10 s, 30 s, 90 s, …; None when it is given up."""
    return None if attempts >= MOST_ATTEMPTS else _FIRST_PAUSE * _PAUSE_GROWS ** (attempts - 1)
