"""Proofs as files that anybody can keep and check without us: C2SP tlog-proof."""

from __future__ import annotations

import base64
from collections.abc import Sequence

FIRST_LINE = "c2sp.org/tlog-proof@v1"


def tlog_proof(*, index: int, entry: bytes, path: Sequence[bytes], checkpoint: str) -> str:
    """Return the proof that `entry` stands at `index` of the log under this signed checkpoint.

    The entry itself is its extra data: its bytes are hashed with a zero byte before them to get the leaf that the path
    leads up from.
    """
    lines = [FIRST_LINE, f"extra {in_base64(entry)}", f"index {index}", *map(in_base64, path)]
    return "\n".join(lines) + "\n\n" + checkpoint


def in_base64(content: bytes) -> str:
    """Return the standard base64 form, as every C2SP format writes bytes."""
    return base64.b64encode(content).decode()
