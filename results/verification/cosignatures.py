"""What witnesses stated: is each cosignature kept here their key's, over the checkpoint it stands beneath?"""

from __future__ import annotations

import base64
import binascii
from collections import Counter
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from results.verification.reading import Reader
from results.verification.verdict import Differences

_COSIGNER = b"\x04"
_ROWS = """
    SELECT given.id, given.checkpoint_id, given.witness, given.vkey, given.time, given.signature, signed.note
    FROM audit_cosignature given LEFT JOIN audit_checkpoint signed ON signed.size = given.checkpoint_id
    ORDER BY given.id
"""


def check_cosignatures(reader: Reader, differences: Differences, counts: Counter[str]) -> None:
    """Add a difference for every cosignature that its witness did not make on this log's checkpoint."""
    for id_, size, witness, vkey, time, signature, note in reader.rows(_ROWS):
        counts["cosignatures"] += 1
        text = (note or "").partition("\n\n")[0] + "\n"
        message = f"cosignature/v1\ntime {time}\n{text}".encode()
        if note is None or not _made(witness, vkey, bytes(signature), message):
            expected = f"the signature of {witness} over the checkpoint"
            differences.add(
                "audit_cosignature", "signature", expected=expected, found=bytes(signature), size=size, cosignature=id_
            )


def _made(witness: str, vkey: str, signature: bytes, message: bytes) -> bool:
    name, _, rest = vkey.partition("+")
    id_, _, encoded = rest.partition("+")
    try:
        material = base64.b64decode(encoded, validate=True)
        own_id = sha256(name.encode() + b"\n" + material).digest()[:4]
        if name != witness or material[:1] != _COSIGNER or own_id.hex() != id_:
            return False
        Ed25519PublicKey.from_public_bytes(material[1:]).verify(signature, message)
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True
