"""What a webhook may say, and when it is tried again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

from tallies.domain.webhooks import (
    MOST_ATTEMPTS,
    body_of,
    pause_after,
    secret_of,
    signature_of,
)


def test_a_message_is_signed_as_the_specification_of_standard_webhooks_says() -> None:
    """Their own example: https://github.com/standard-webhooks/standard-webhooks, spec, "verifying"."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    signed = signature_of(secret, message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body=body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_another_key_body_id_or_moment_makes_another_signature() -> None:
    key = b"k" * 32
    plain = signature_of(secret_of(key), message_id="msg_1", timestamp=5, body=b"{}")
    expected = base64.b64encode(hmac.new(key, b"msg_1.5.{}", hashlib.sha256).digest()).decode()
    assert plain == f"v1,{expected}"
    others = [
        signature_of(secret_of(b"l" * 32), message_id="msg_1", timestamp=5, body=b"{}"),
        signature_of(secret_of(key), message_id="msg_2", timestamp=5, body=b"{}"),
        signature_of(secret_of(key), message_id="msg_1", timestamp=6, body=b"{}"),
        signature_of(secret_of(key), message_id="msg_1", timestamp=5, body=b"[]"),
    ]
    assert len({plain, *others}) == 5


def test_a_message_says_what_when_and_which() -> None:
    body = json.loads(body_of("protocol.held", datetime(2023, 3, 19, 16, tzinfo=UTC), {"station": "75-0001"}))
    assert body == {"type": "protocol.held", "timestamp": "2023-03-19T16:00:00Z", "data": {"station": "75-0001"}}


def test_pauses_grow_threefold_and_end() -> None:
    pauses = [pause_after(attempt) for attempt in range(1, MOST_ATTEMPTS + 1)]
    assert pauses[:4] == [timedelta(seconds=seconds) for seconds in (10, 30, 90, 270)]
    assert pauses[-1] is None
    assert sum((pause for pause in pauses if pause), timedelta()) < timedelta(hours=4)
