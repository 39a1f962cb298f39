"""The checkpoint's text, as C2SP tlog-checkpoint has it: origin, size, root, each on a line."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from audit.domain.merkle import EMPTY_ROOT, HASH_BYTES

_TEXT = re.compile(r"(?P<origin>[^\s+]+)\n(?P<size>0|[1-9][0-9]*)\n(?P<root>[A-Za-z0-9+/]+={0,2})\n")


class CheckpointInvalid(ValueError):
    """The text is not that of a checkpoint."""


@dataclass(frozen=True, slots=True)
class TreeHead:
    """How large the log is and the root over all its entries."""

    size: int
    root: bytes


EMPTY = TreeHead(0, EMPTY_ROOT)
TRAINING = "/training"
"""How the name of a log of practice ends, and of no other."""


def is_training(origin: str) -> bool:
    """Whether a log of this name is practice."""
    return origin.endswith(TRAINING)


def checkpoint_text(origin: str, head: TreeHead) -> str:
    """Return the text that is signed."""
    return f"{origin}\n{head.size}\n{base64.b64encode(head.root).decode()}\n"


def parse_checkpoint(text: str, origin: str) -> TreeHead:
    """Read the text of a checkpoint of this log, or raise `CheckpointInvalid`."""
    matched = _TEXT.fullmatch(text)
    if not matched or matched["origin"] != origin:
        raise CheckpointInvalid(f"not a checkpoint of {origin}")
    try:
        root = base64.b64decode(matched["root"], validate=True)
    except binascii.Error as reason:
        raise CheckpointInvalid("the root is not base64") from reason
    if len(root) != HASH_BYTES:
        raise CheckpointInvalid(f"the root has {len(root)} bytes")
    return TreeHead(int(matched["size"]), root)
